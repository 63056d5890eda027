import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { importMaxLength } from '../../contract/imports.ts'
import { codeOf, problem, ProblemError, type Reply } from '../../contract/problem.ts'
import { fromQuery } from '../../contract/route.ts'
import { routes } from '../../contract/routes.ts'
import { backendAddress, createBackend, requestOf } from '../../electron/backend.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serving(listener: RequestListener) {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on TCP
  return createBackend(new URL(`http://127.0.0.1:${port}`))
}

const answering = (status: number, type: string, body: string, headers = {}) =>
  serving((_request, response) => {
    response.writeHead(status, { 'content-type': type, ...headers }).end(body)
  })

const outcome = (reply: Reply<unknown>) => (reply.ok ? reply.data : codeOf(reply.problem))
const found = { link: 'demo', name: 'Demo' }

describe('asking the backend', () => {
  it('fills the path, sends the token, and answers what the route promises', async () => {
    let seen: IncomingMessage | undefined
    const backend = await serving((request, response) => {
      seen = request
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ ...found, more: 'is dropped' }))
    })
    const reply = await backend.ask('workspace.find', { link: 'demo' }, { token: 'T' })
    expect(outcome(reply)).toEqual(found)
    expect(seen?.url).toBe('/workspaces/demo')
    expect(seen?.headers.authorization).toBe('Bearer T')
  })

  it('sends a body as JSON and takes an empty answer', async () => {
    let body = ''
    let type: string | undefined
    const backend = await serving((request, response) => {
      type = request.headers['content-type']
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () =>
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end('{"remainingSeconds":5,"idleMinutes":30}'),
      )
    })
    const reply = await backend.ask('sessions.report', { idleSeconds: 3 })
    expect(outcome(reply)).toEqual({ remainingSeconds: 5, idleMinutes: 30 })
    expect([type, body]).toEqual(['application/json', '{"idleSeconds":3}'])
    const empty = await answering(204, 'text/plain', '')
    expect(outcome(await empty.ask('sessions.end', { cause: 'idle' }))).toEqual({})
  })

  it('passes a problem on as it came', async () => {
    const it = problem('too-many-attempts', { retryAfterSeconds: 7 })
    const backend = await answering(429, 'application/problem+json', JSON.stringify(it))
    expect(await backend.ask('workspace.find', found)).toEqual({ ok: false, problem: it })
  })

  it('calls everything else a bad answer: HTML, another shape, a foreign problem, half an answer', async () => {
    const html = '<!doctype html><h1>Sign in to the Wi-Fi</h1>'
    for (const backend of [
      await answering(200, 'text/html', html),
      await answering(502, 'text/html', html),
      await answering(200, 'application/json', '{"other":1}'),
      await answering(200, 'application/json', '{"li'),
      await answering(400, 'application/problem+json', '{"type":"about:blank"}'),
      await answering(500, 'application/json', JSON.stringify(found)),
    ])
      expect(outcome(await backend.ask('workspace.find', { link: 'demo' }))).toBe('bad-answer')
  })

  it('follows no redirect: the token stays here', async () => {
    let wasAsked = false
    const elsewhere = await serving((_request, response) => {
      wasAsked = true
      response.end()
    })
    expect(elsewhere).toBeDefined()
    const { port } = servers[0]?.address() as AddressInfo // the one just started
    const backend = await answering(302, 'text/plain', '', {
      location: `http://127.0.0.1:${port}/`,
    })
    expect(outcome(await backend.ask('account.show', {}, { token: 'T' }))).toBe('bad-answer')
    expect(wasAsked).toBe(false)
  })

  it('is offline when nobody listens, the connection breaks, or no answer comes', async () => {
    const nobody = createBackend(new URL('http://127.0.0.1:1'))
    expect(outcome(await nobody.ask('account.show', {}))).toBe('offline')
    const reset = await serving((request) => request.socket.destroy())
    expect(outcome(await reset.ask('account.show', {}))).toBe('offline')
    const hang = await serving(() => undefined)
    expect(outcome(await hang.ask('account.show', {}, { timeout: 50 }))).toBe('offline')
    const drip = await serving((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const timer = setInterval(() => response.write(' '), 10)
      response.on('close', () => clearInterval(timer))
    })
    expect(outcome(await drip.ask('account.show', {}, { timeout: 100 }))).toBe('offline')
  })

  it('writes input into the path or the query where it cannot break out', () => {
    expect(requestOf('workspace.find', { link: '../me?x=1' }).path).toBe(
      '/workspaces/..%2Fme%3Fx%3D1',
    )
    expect(requestOf('sessions.end', { cause: 'idle' }).path).toBe('/session?cause=idle')
  })

  it('writes what is not text into the query so that the backend reads the same', () => {
    const input = { search: '123', signedIn: false, limit: 50, role: undefined, descending: true }
    const query = new URL(requestOf('users.list', input).path, 'http://x').searchParams
    expect([...query.keys()].sort()).toEqual(['descending', 'limit', 'search', 'signedIn'])
    const { shape } = routes['users.list'].input
    const read = Object.fromEntries(
      [...query].map(([key, text]) => [key, fromQuery(shape[key as keyof typeof shape], text)]),
    )
    expect(read).toEqual({ search: '123', signedIn: false, limit: 50, descending: true })
    expect(requestOf('profiles.delete', { id: 'p', version: 3, moveTo: null }).path).toBe(
      '/profiles/p?version=3&moveTo=null',
    )
  })

  it('carries files as large as an import may be, and answers as large as a list of all', async () => {
    const csv = `nombre;correo\r\n${'"'.repeat(importMaxLength - 20)}`
    let length = 0
    const rows = Array.from({ length: 50_000 }, (_, line) => ({
      line,
      name: 'x'.repeat(150),
      email: 'x@demo.test',
      outcome: 'new',
      errors: [],
    }))
    const backend = await serving((request, response) => {
      request.on('data', (chunk: Buffer) => (length += chunk.length))
      request.on('end', () =>
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ rows, digest: 'd' })),
      )
    })
    const defaults = { role: 'agent', language: 'es', profileId: null } as const
    const reply = await backend.ask('imports.preview', { csv, columns: {}, defaults })
    expect(reply.ok && reply.data.rows.length).toBe(rows.length)
    expect(length).toBeGreaterThan(2 * importMaxLength - 100)
  })
})

describe('a file of the backend', () => {
  const zip = { 'content-type': 'application/zip' }
  const bytes = Buffer.alloc(300_000, 'PK')
  const opening = (backend: Awaited<ReturnType<typeof serving>>, silence?: number) =>
    backend.download(
      'deletion.export',
      {},
      { token: 'T', signal: new AbortController().signal, ...(silence && { silence }) },
    )
  /** What is read of it, or the problem. */
  async function reading(reply: Awaited<ReturnType<typeof opening>>) {
    if (!reply.ok) return codeOf(reply.problem)
    const pieces: Uint8Array[] = []
    try {
      for await (const piece of reply.data) pieces.push(piece)
    } catch (error) {
      return error instanceof ProblemError ? codeOf(error.problem) : error
    }
    return Buffer.concat(pieces)
  }

  it('is asked for with the token, and comes piece by piece', async () => {
    let seen: IncomingMessage | undefined
    const backend = await serving((request, response) => {
      seen = request
      response.writeHead(200, zip).write(bytes, () => response.end(bytes))
    })
    expect(await reading(await opening(backend))).toEqual(Buffer.concat([bytes, bytes]))
    expect([seen?.method, seen?.url]).toEqual(['POST', '/workspace/export'])
    expect(seen?.headers.authorization).toBe('Bearer T')
  })

  it('that is refused says why, and what is no file is a bad answer', async () => {
    const it = problem('forbidden', { because: [] })
    const refused = await answering(403, 'application/problem+json', JSON.stringify(it))
    expect(await opening(refused)).toEqual({ ok: false, problem: it })
    for (const backend of [
      await answering(200, 'text/html', '<h1>Sign in to the Wi-Fi</h1>'),
      await answering(500, 'application/zip', 'PK'),
    ])
      expect(await reading(await opening(backend))).toBe('bad-answer')
  })

  it('that breaks, is silent or is given up throws, and never passes for the whole', async () => {
    const broken = await serving((_request, response) => {
      response.writeHead(200, zip).write(bytes, () => setImmediate(() => response.destroy()))
    })
    expect(await reading(await opening(broken))).toBe('offline')
    const silent = await serving((_request, response) => {
      response.writeHead(200, zip).write(bytes)
    })
    expect(await reading(await opening(silent, 100))).toBe('offline')
    const mute = await serving(() => undefined)
    expect(await reading(await opening(mute, 100))).toBe('offline')
    const giveUp = new AbortController()
    const options = { token: 'T', signal: giveUp.signal }
    const given = await silent.download('deletion.export', {}, options)
    giveUp.abort()
    expect(await reading(given)).toBe('offline')
  })

  it('may take longer than any silence in it', async () => {
    const backend = await serving((_request, response) => {
      response.writeHead(200, zip)
      let left = 10
      const timer = setInterval(() => {
        response.write('P')
        if (--left > 0) return
        clearInterval(timer)
        response.end()
      }, 120)
    })
    expect(await reading(await opening(backend, 1000))).toEqual(Buffer.from('PPPPPPPPPP'))
  })
})

describe('the address of the backend', () => {
  it('is https, or on this machine', () => {
    for (const good of [
      'https://a.example',
      'http://127.0.0.1:4610',
      'http://localhost',
      'http://[::1]:1',
    ])
      expect(backendAddress(good).href).toContain(good)
    for (const bad of [
      'http://a.example',
      'http://127.0.0.1.evil.example',
      'ftp://127.0.0.1',
      'x',
      '',
    ])
      expect(() => backendAddress(bad)).toThrow('ATALAYA_BACKEND')
  })
})
