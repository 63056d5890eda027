import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { mountFeatures, newServer } from '../../backend/app.ts'
import { openDatabase } from '../../backend/db/database.ts'
import { routes } from '../../contract/routes.ts'
import {
  addWorkspace,
  call,
  newDevice,
  password,
  read,
  signIn,
  startTestBackend,
  type TestBackend,
} from '../support/backend.ts'

let backend: TestBackend
beforeAll(async () => {
  backend = await startTestBackend()
  await addWorkspace(backend.db)
  await addWorkspace(backend.db, { link: 'other' })
})
afterAll(() => backend.close())

const names = Object.keys(routes)
const credentials = { workspace: 'acme', email: 'agent@acme.test', password, device: newDevice() }

// Who may call which route: permissions.test.ts.
describe('permissions', () => {
  test('a refusal says why', async () => {
    const { token } = await signIn(backend.url, { email: 'agent@acme.test' })
    const answer = await call(backend.url, 'workspace.showIdle', {}, token)
    expect(answer).toMatchObject({
      problem: 'forbidden',
      body: { because: [{ kind: 'role-needed', roles: ['owner', 'administrator'] }] },
    })
  })

  test.each(['', 'Bearer', 'Bearer x', 'Basic b3duZXI6eA==', `Bearer ${'a'.repeat(5000)}`])(
    'the authorization “%.20s” is no session',
    async (authorization) => {
      const answer = await read(await fetch(`${backend.url}/me`, { headers: { authorization } }))
      expect(answer).toMatchObject({ status: 401, problem: 'not-signed-in' })
    },
  )
})

describe('bad input', () => {
  const json = { 'content-type': 'application/json' }
  const send = async (path: string, init: RequestInit) =>
    read(await fetch(backend.url + path, { method: 'POST', headers: json, ...init }))

  test.each([
    ['wrong JSON', '{"workspace": ', 400, 'bad-json'],
    ['nothing', '', 400, 'bad-json'],
    ['a list', '[]', 400, 'invalid-input'],
    ['a text', '"hello"', 400, 'invalid-input'],
    ['null', 'null', 400, 'invalid-input'],
    ['a poisoned prototype', '{"__proto__": {"role": "owner"}}', 400, 'bad-json'],
    ['more than 64 kB', JSON.stringify({ workspace: 'a'.repeat(70_000) }), 413, 'body-too-large'],
  ])('%s as a body', async (_what, body, status, problem) => {
    const answer = await send('/sessions', { body })
    expect(answer).toMatchObject({ status, problem })
    expect(answer.headers.get('content-type')).toMatch('application/problem+json')
  })

  test('unknown fields are named, never ignored', async () => {
    const input = { ...credentials, role: 'owner' }
    const answer = await call(backend.url, 'sessions.create', input)
    expect(answer).toMatchObject({ status: 400, problem: 'invalid-input' })
    expect(JSON.stringify(answer.body['errors'])).toContain('role')
  })

  test('a query where a body is expected is refused', async () => {
    const answer = await send('/sessions?password=x', {
      body: JSON.stringify(credentials),
    })
    expect(answer).toMatchObject({
      problem: 'invalid-input',
      body: { errors: [{ path: 'query' }] },
    })
  })

  test('a body that is not JSON', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'text/html']) {
      const answer = await send('/sessions', { body: 'a=b', headers: { 'content-type': type } })
      expect(answer).toMatchObject({ status: 415, problem: 'not-json' })
    }
  })

  test('an unknown address, whatever is sent to it', async () => {
    expect(await send('/nowhere', { body: '{bad' })).toMatchObject({
      status: 404,
      problem: 'not-found',
    })
  })

  test.each([
    ['POST', '/me', 'GET'],
    ['PATCH', '/session', 'GET, HEAD, DELETE'],
    ['DELETE', '/health', 'GET'],
    ['POST', '/workspaces/acme', 'GET'],
  ])('%s %s is a wrong method, and the right ones are told', async (method, path, allow) => {
    const answer = await send(path, { method, body: '{}' })
    expect(answer).toMatchObject({ status: 405, problem: 'method-not-allowed' })
    const told = answer.headers.get('allow')?.split(', ')
    expect(told).toEqual(expect.arrayContaining(allow.split(', ')))
  })

  test('a path that is no address', async () => {
    const status = await new Promise((resolve, reject) => {
      const sent = request(backend.url, { path: '/workspaces/%ff' }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
      sent.on('error', reject)
      sent.end()
    })
    expect(status).toBe(404)
  })

  test('who is not signed in learns that before what is wrong with the input', async () => {
    const answer = await call(backend.url, 'workspace.setIdle', { minutes: 0 })
    expect(answer).toMatchObject({ problem: 'not-signed-in' })
  })

  test('who may not learns that before what is wrong with the input', async () => {
    const { token } = await signIn(backend.url, { email: 'agent@other.test', workspace: 'other' })
    const answer = await call(backend.url, 'workspace.setIdle', { minutes: 0 }, token)
    expect(answer).toMatchObject({ problem: 'forbidden' })
  })
})

describe('every answer', () => {
  test.each(['/health', '/me', '/nowhere', '/openapi.json'])('of %s is guarded', async (path) => {
    const { headers } = await fetch(backend.url + path)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('content-security-policy')).toMatch("default-src 'none'")
  })
})

describe('the address of a caller', () => {
  const addressSeen = async (trustProxy: string | undefined) => {
    const app = newServer({ log: { level: 'silent' }, trustProxy })
    app.get('/address', (request) => ({ address: request.ip }))
    const headers = { 'x-forwarded-for': '6.6.6.6, 203.0.113.9' }
    const answer = await app.inject({ path: '/address', remoteAddress: '10.0.0.5', headers })
    await app.close()
    return answer.json<{ address: string }>().address
  }

  test('is what a trusted proxy saw, not what the caller claims', async () => {
    expect(await addressSeen('10.0.0.0/8')).toBe('203.0.113.9')
  })

  test('is the address of the connection where nobody is trusted', async () => {
    expect(await addressSeen(undefined)).toBe('10.0.0.5')
    expect(await addressSeen('192.168.0.0/16')).toBe('10.0.0.5')
  })
})

describe('without a database', () => {
  test('everything says that it is unavailable, and nothing about the database', async () => {
    const db = openDatabase('postgres://x:secret@127.0.0.1:1/x', () => undefined)
    const log: string[] = []
    const app = newServer({
      log: { level: 'info', stream: { write: (line) => log.push(line) } },
      trustProxy: undefined,
    })
    const nothing = () => Promise.resolve()
    const jobs = { sendMail: nothing, sendWebhooks: nothing, forgot: nothing }
    await mountFeatures(app, { db, reach: () => Promise.reject(new Error()), ...jobs })
    onTestFinished(async () => {
      await app.close()
      await db.destroy()
    })
    for (const path of ['/health', '/workspaces/acme']) {
      const answer = await app.inject(path)
      expect(answer.statusCode).toBe(503)
      expect(answer.body).toContain('urn:atalaya:problem:unavailable')
      expect(answer.body).not.toMatch(/postgres|127/)
    }
    expect(log.join('')).not.toContain('secret')
  })

  test('an unforeseen failure tells an id, and the log tells the rest', async () => {
    const log: string[] = []
    const app = newServer({
      log: { level: 'info', stream: { write: (line) => log.push(line) } },
      trustProxy: undefined,
    })
    app.get('/broken', () => Promise.reject(new Error('the inner reason')))
    const answer = await app.inject('/broken')
    const { id, type } = answer.json<{ id: string; type: string }>()
    expect(answer.statusCode).toBe(500)
    expect(type).toBe('urn:atalaya:problem:internal')
    expect(answer.body).not.toContain('inner reason')
    const line = log.find((it) => it.includes('the inner reason'))
    expect(line).toContain(`"reqId":"${id}"`)
  })
})

describe('documentation', () => {
  test('OpenAPI 3.1 lists every route with its fields', async () => {
    const { body } = await read(await fetch(`${backend.url}/openapi.json`))
    expect(body['openapi']).toBe('3.1.0')
    const operations = JSON.stringify(body['paths'])
    for (const name of names) expect(operations).toContain(`"operationId":"${name}"`)
    expect(body['paths']).toMatchObject({
      '/workspace/idle': {
        put: {
          security: [{ session: [] }],
          requestBody: {
            content: {
              'application/json': {
                schema: {
                  properties: { minutes: { minimum: 1, maximum: 120 } },
                  required: ['minutes'],
                },
              },
            },
          },
        },
      },
      '/workspace/export': { post: { responses: { 200: { content: { 'application/zip': {} } } } } },
      '/workspaces/{link}': { get: { security: [], parameters: [{ name: 'link', in: 'path' }] } },
    })
  })

  test('a page to read it comes from this server alone', async () => {
    const page = await fetch(`${backend.url}/docs`)
    const html = await page.text()
    expect(page.status).toBe(200)
    expect(html).toContain('swagger-ui')
    expect(html).not.toMatch(/(src|href)="https?:/)
    expect(page.headers.get('content-security-policy')).toMatch("script-src 'self'")
  })
})
