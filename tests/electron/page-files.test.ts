import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cspNoncePlaceholder } from '../../build/vite.renderer.ts'
import { filePath, isOwnPage, noncePlaceholder, serveFile } from '../../electron/page-files.ts'

let folder: string
beforeAll(() => {
  const root = mkdtempSync(join(tmpdir(), 'atalaya-page-'))
  writeFileSync(join(root, 'secret.json'), '{}')
  folder = join(root, 'page')
  mkdirSync(join(folder, 'assets'), { recursive: true })
  writeFileSync(join(folder, 'index.html'), `<style nonce="${noncePlaceholder}"></style>`)
  writeFileSync(join(folder, 'assets', 'a b.js'), 'export {}')
  writeFileSync(join(folder, 'source.map'), '{}')
})
afterAll(() => rmSync(join(folder, '..'), { recursive: true }))

const get = (address: string, method = 'GET') => serveFile(folder, new Request(address, { method }))

describe('the page’s own protocol', () => {
  it('serves the page at the root and files below it', async () => {
    expect((await get('app://atalaya/')).headers.get('content-type')).toContain('text/html')
    const script = await get('app://atalaya/assets/a%20b.js?v=1#x')
    expect(script.headers.get('content-type')).toContain('text/javascript')
    expect(await script.text()).toBe('export {}')
  })

  it('has no way out of its folder', async () => {
    for (const path of [
      '../secret.json',
      '..%2fsecret.json',
      '%2e%2e/secret.json',
      '..%5csecret.json',
      'assets/..%2f..%2fsecret.json',
      '/../secret.json',
      'c:%5cx.json',
      'index.html%00.js',
    ])
      expect((await get(`app://atalaya/${path}`)).status, path).toBe(404)
    expect(filePath('app://atalaya/%E0%A4%A')).toBeNull()
    expect(filePath('app://elsewhere/index.html')).toBeNull()
    expect(filePath('file:///etc/passwd')).toBeNull()
  })

  it('answers 404 to what is not there or of no known type, and 405 to anything but GET', async () => {
    expect((await get('app://atalaya/none.js')).status).toBe(404)
    expect((await get('app://atalaya/assets/')).status).toBe(404)
    expect((await get('app://atalaya/source.map')).status).toBe(404)
    expect((await get('app://atalaya/', 'POST')).status).toBe(405)
  })

  it('sends a policy that allows nothing but its own files, with a fresh nonce on every load', async () => {
    const nonces = new Set<string>()
    for (let i = 0; i < 5; i++) {
      const response = await get('app://atalaya/')
      const policy = response.headers.get('content-security-policy') ?? ''
      const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? ''
      expect(policy).toBe(
        `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'`,
      )
      expect(Buffer.from(nonce, 'base64').length).toBe(16)
      expect(await response.text()).toBe(`<style nonce="${nonce}"></style>`)
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      nonces.add(nonce)
    }
    expect(nonces.size).toBe(5)
  })

  it('replaces the very placeholder that the build writes', () => {
    expect(noncePlaceholder).toBe(cspNoncePlaceholder)
  })

  it('knows its own page from others', () => {
    expect(isOwnPage('app://atalaya/#/inbox')).toBe(true)
    for (const other of [
      'app://atalaya.evil/',
      'https://atalaya/',
      'about:blank',
      '',
      'app:atalaya',
    ])
      expect(isOwnPage(other), other).toBe(false)
  })
})
