import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { sql } from 'kysely'
import { livePath } from '../../contract/live.ts'
import {
  addWorkspace,
  call,
  newDevice,
  password,
  pass,
  read,
  signIn,
  spawnBackend,
  startTestBackend,
  type TestBackend,
} from '../support/backend.ts'
import { openStream } from '../support/live.ts'
import { eventually } from '../support/eventually.ts'

let backend: TestBackend
beforeAll(async () => {
  backend = await startTestBackend()
  await addWorkspace(backend.db, { agents: 2 })
  await addWorkspace(backend.db, { link: 'other' })
  await eventually(async () => {
    const { token } = await signIn(backend.url)
    const stream = await fetch(backend.url + livePath, { headers: bearer(token) })
    await stream.body?.cancel()
    expect(stream.status).toBe(200)
  })
})
afterAll(() => backend.close())

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

async function open(token: string, url = backend.url) {
  const stream = await openStream(url, token)
  expect(stream.events).toHaveLength(1)
  return stream
}

describe('live', () => {
  test('a stream begins with the policy that holds', async () => {
    const { token } = await signIn(backend.url)
    expect((await open(token)).events).toEqual([{ kind: 'idle-policy', minutes: 30 }])
  })

  test('a new policy reaches the desktops of another process in less than two seconds', async () => {
    const other = await spawnBackend({ DATABASE_URL: backend.databaseUrl })
    onTestFinished(async () => {
      await other.stop()
    })
    const { token } = await signIn(backend.url, { email: 'agent@acme.test' })
    const stream = await eventually(() => open(token, other.url))
    const owner = await signIn(backend.url)

    await call(backend.url, 'workspace.setIdle', { minutes: 17 }, owner.token)
    await vi.waitFor(
      () => expect(stream.events).toContainEqual({ kind: 'idle-policy', minutes: 17 }),
      { timeout: 2000, interval: 20 },
    )
    await call(backend.url, 'workspace.setIdle', { minutes: 30 }, owner.token)
  })

  test('nobody hears of another workspace, or of another person’s account', async () => {
    const stranger = await signIn(backend.url, { workspace: 'other', email: 'owner@other.test' })
    const colleague = await signIn(backend.url, { email: 'agent0@acme.test' })
    const changer = await signIn(backend.url, { email: 'agent1@acme.test' })
    const [far, near, own] = [
      await open(stranger.token),
      await open(colleague.token),
      await open(changer.token),
    ]
    const owner = await signIn(backend.url)
    await call(
      backend.url,
      'account.changePassword',
      { current: password, next: 'Another-horse-9', key: randomUUID() },
      changer.token,
    )
    await call(backend.url, 'workspace.setIdle', { minutes: 31 }, owner.token)

    await eventually(() => {
      expect(near.events).toContainEqual({ kind: 'changed', topic: 'workspace' })
      expect(own.events).toContainEqual({ kind: 'changed', topic: 'account' })
    })
    expect(near.events).not.toContainEqual({ kind: 'changed', topic: 'account' })
    expect(far.events).toHaveLength(1)
    await call(backend.url, 'workspace.setIdle', { minutes: 30 }, owner.token)
  })

  test('a session that ends is told so, and its stream closes', async () => {
    const device = newDevice()
    const { token } = await signIn(backend.url, { device })
    const stream = await open(token)
    await signIn(backend.url, { device })
    await eventually(() => expect(stream.closed).toBe(true))
    expect(stream.events.at(-1)).toEqual({ kind: 'session-ended', cause: 'replaced' })
  })

  test('a stream keeps no session alive: the sweep ends it when nobody touches the workstation', async () => {
    const { token, id } = await signIn(backend.url)
    const stream = await open(token)
    await pass(backend.db, 31 * 60, ['last_activity_at'], id)
    await vi.waitFor(() => expect(stream.closed).toBe(true), { timeout: 8000 })
    expect(stream.events.at(-1)).toEqual({ kind: 'session-ended', cause: 'idle' })
  })

  test('the stream of a session that went away is closed, without an end', async () => {
    const { token, id } = await signIn(backend.url)
    const stream = await open(token)
    await pass(backend.db, 100, ['last_report_at'], id)
    await vi.waitFor(() => expect(stream.closed).toBe(true), { timeout: 8000 })
    expect(stream.events).toHaveLength(1)
  })

  test.each(['', 'nonsense'])('the token “%s” opens no stream', async (token) => {
    const answer = await read(await fetch(backend.url + livePath, { headers: bearer(token) }))
    expect(answer).toMatchObject({ status: 401, problem: 'not-signed-in' })
  })

  test('when the connection that listens is lost, the streams close and can be opened again', async () => {
    const { token } = await signIn(backend.url)
    const stream = await open(token)
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'atalaya live' and datname = current_database()`.execute(backend.db)
    await eventually(() => expect(stream.closed).toBe(true))
    await vi.waitFor(() => open(token), { timeout: 5000, interval: 200 })
  })
})
