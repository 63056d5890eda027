import { type IncomingMessage, type RequestListener, request } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createServer, type Socket } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { destinationOf, networksOf } from '../../backend/webhook-address.ts'
import { post } from '../../backend/webhook-post.ts'
import { selfSigned } from '../support/certificate.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'

const [none, loopback] = [networksOf(undefined), networksOf('loopback')]

let receiver: Receiver
beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(() => receiver.close())

/** A name server whose answer changes each time. */
function answers(...turns: string[][]) {
  const left = [...turns]
  return () => Promise.resolve(left.shift() ?? [])
}

describe('a name', () => {
  test('that leads into a private network is refused, also where it does so beside a public one', async () => {
    for (const addresses of [['10.0.0.1'], ['93.184.216.34', '10.0.0.1'], ['::1']])
      await expect(
        destinationOf('https://rebind.test/', none, answers(addresses)),
      ).rejects.toMatchObject({ reason: 'private-address' })
  })

  test('that leads nowhere is refused', async () => {
    await expect(destinationOf('https://rebind.test/', none, answers([]))).rejects.toMatchObject({
      reason: 'unknown-host',
    })
  })

  test('may lead into a network that the operator allowed, and into no other', async () => {
    const allowed = networksOf('10.1.0.0/16, fd00::/8,192.168.1.7')
    for (const address of ['10.1.2.3', 'fd12::1', '192.168.1.7'])
      await destinationOf('https://inside.test/', allowed, answers([address]))
    for (const address of ['10.2.0.1', 'fe80::1', '192.168.1.8', '127.0.0.1'])
      await expect(
        destinationOf('https://inside.test/', allowed, answers([address])),
      ).rejects.toMatchObject({ reason: 'private-address' })
  })

  test('of this machine alone may be asked in the clear', async () => {
    await expect(
      destinationOf('http://localhost/', loopback, answers(['93.184.216.34'])),
    ).rejects.toMatchObject({ reason: 'scheme' })
    await destinationOf('http://hooks.localhost/', loopback, answers(['127.0.0.1', '::1']))
  })

  test('that leads elsewhere after it was checked is not followed there', async () => {
    const port = new URL(receiver.url).port
    const resolve = answers(['127.0.0.1'], ['10.0.0.1'])
    const { url, agent } = await destinationOf(`http://localhost:${port}/`, loopback, resolve)
    const answer = await new Promise<IncomingMessage>((found, failed) => {
      request(url, { agent }, found).on('error', failed).end()
    })
    answer.resume()
    expect(answer.socket.remoteAddress).toBe('127.0.0.1')
    expect(receiver.received).toHaveLength(1)

    const reach = () => destinationOf(`https://localhost:${port}/`, loopback, resolve)
    expect(await post(reach, {}, '')).toEqual({ status: null, error: 'private-address' })
    expect(receiver.received).toHaveLength(1)
  })
})

describe('an answer', () => {
  const to = (url: string, resolve?: ReturnType<typeof answers>) => () =>
    destinationOf(url, loopback, resolve)

  test('that does not come is given up', async () => {
    const held: Socket[] = []
    const silent = createServer((socket) => held.push(socket))
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done))
    onTestFinished(() => {
      for (const socket of held) socket.destroy()
      silent.close()
    })
    const address = silent.address()
    const port = typeof address === 'object' && address ? address.port : 0
    expect(await post(to(`http://127.0.0.1:${port}/`), {}, '{}', 200)).toEqual({
      status: null,
      error: 'timeout',
    })
  })

  test('without an end is not read', async () => {
    let hungUp: Promise<unknown> | undefined
    const endless = createServer((socket) => {
      socket.on('error', () => undefined)
      hungUp = new Promise((closed) => socket.on('close', closed))
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const pour = () => {
        while (socket.writable && socket.write('x'.repeat(65_536)));
      }
      socket.on('drain', pour)
      pour()
    })
    await new Promise<void>((done) => endless.listen(0, '127.0.0.1', done))
    onTestFinished(() => void endless.close())
    const address = endless.address()
    const port = typeof address === 'object' && address ? address.port : 0
    expect(await post(to(`http://127.0.0.1:${port}/`), {}, '{}', 600_000)).toEqual({
      status: 200,
      error: null,
    })
    await hungUp
  })

  test('over TLS counts if the certificate is the one of the name, and is trusted', async () => {
    const files = selfSigned('dialler.test')
    const secure = await startReceiver((listener: RequestListener) =>
      createSecureServer(files, listener),
    )
    const { port } = new URL(secure.url)
    const trusted = getCACertificates('default')
    onTestFinished(async () => {
      setDefaultCACertificates(trusted)
      await secure.close()
    })
    const send = (host: string) =>
      post(to(`https://${host}:${port}/`, answers(['127.0.0.1'])), {}, '{}')

    const refused = { status: null, error: 'certificate' }
    expect(await send('dialler.test')).toEqual(refused)
    setDefaultCACertificates([...trusted, files.cert])
    expect(await send('another.test')).toEqual(refused)
    expect(secure.received).toHaveLength(0)
    expect(await send('dialler.test')).toEqual({ status: 204, error: null })
    expect(secure.received).toMatchObject([
      { body: '{}', headers: { host: `dialler.test:${port}` } },
    ])
  })
})
