import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../../backend/config.ts'

describe('config', () => {
  test('needs nothing: an embedded database, on this machine alone', () => {
    const config = readConfig({})
    expect(config).toMatchObject({ HOST: '127.0.0.1', PORT: 4610 })
    expect(config.TRUST_PROXY).toBeUndefined()
    expect(config.DATA_DIR).toBe(resolve('.data'))
    expect(config.DATABASE_URL).toBeUndefined()
  })

  test('takes an empty variable as absent', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: '' })).toEqual(readConfig({}))
  })

  test.each([
    ['PORT', 'abc'],
    ['PORT', '65536'],
    ['PORT', '1.5'],
    ['DATABASE_URL', 'mysql://u:hidden@h/d'],
    ['SMTP_URL', 'mail.hidden.example'],
    ['PUBLIC_URL', 'ftp://hidden'],
    ['LOG_LEVEL', 'loud'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', 'loopback,'],
    ['WEBHOOK_NETWORKS', 'uniquelocal'],
    ['WEBHOOK_NETWORKS', 'fd00::/129'],
  ])('%s=%s is refused by name, without showing the value', (name, value) => {
    const reading = () => readConfig({ [name]: value })
    expect(reading).toThrow(new RegExp(`${name} has to be`))
    expect(reading).not.toThrow(/hidden/)
  })

  test.each(['loopback', '10.0.0.0/8, 192.168.1.7', '::1/128'])('TRUST_PROXY=%s', (proxies) => {
    expect(readConfig({ TRUST_PROXY: proxies }).TRUST_PROXY).toBe(proxies)
  })

  test('allows webhooks into no private network unless it is named', () => {
    expect(readConfig({}).WEBHOOK_NETWORKS).toBeUndefined()
    const named = 'loopback, 10.1.0.0/16'
    expect(readConfig({ WEBHOOK_NETWORKS: named }).WEBHOOK_NETWORKS).toBe(named)
  })

  test('names every bad variable at once', () => {
    expect(() => readConfig({ PORT: 'x', LOG_LEVEL: 'x' })).toThrow(/PORT[^]*LOG_LEVEL/)
  })
})
