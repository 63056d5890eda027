import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sweepInterval } from '../../backend/sweep.ts'
import {
  addWorkspace,
  call,
  pass,
  signIn,
  startTestBackend,
  type TestBackend,
} from '../support/backend.ts'

let backend: TestBackend
let token: string
let id: string
beforeAll(async () => {
  backend = await startTestBackend()
  await addWorkspace(backend.db)
})
afterAll(() => backend.close())
beforeEach(async () => {
  ;({ token, id } = await signIn(backend.url))
})

const minutes = 60
const report = (idleSeconds: unknown) =>
  call(backend.url, 'sessions.report', { idleSeconds }, token)
const remaining = async (idleSeconds: number) =>
  Number((await report(idleSeconds)).body['remainingSeconds'])
const endedIdle = { status: 401, problem: 'session-ended', body: { cause: 'idle' } }

describe('idle', () => {
  test('a session is refused from the very moment its deadline passes', async () => {
    await pass(backend.db, 30 * minutes - 5, ['last_activity_at'], id)
    expect(await call(backend.url, 'sessions.current', {}, token)).toMatchObject({ status: 200 })
    await pass(backend.db, 6, ['last_activity_at'], id)
    expect(await call(backend.url, 'sessions.current', {}, token)).toMatchObject(endedIdle)
  })

  test('no request but a report extends a session', async () => {
    const moments = () =>
      backend.db
        .selectFrom('sessions')
        .select(['last_activity_at', 'last_report_at'])
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
    const before = await moments()
    await call(backend.url, 'sessions.current', {}, token)
    await call(backend.url, 'account.show', {}, token)
    await call(backend.url, 'workspace.setIdle', { minutes: 30 }, token)
    expect(await moments()).toEqual(before)
  })

  test('a report of fresh input starts the time anew', async () => {
    await pass(backend.db, 20 * minutes, ['last_activity_at'], id)
    expect(await remaining(10)).toBeCloseTo(30 * minutes - 10, -1)
  })

  test('a report without fresh input keeps the seat and gains no time', async () => {
    await pass(backend.db, 20 * minutes, ['last_activity_at'], id)
    expect(await remaining(20 * minutes)).toBeCloseTo(10 * minutes, -1)
  })

  test('a report of longer idling than known takes nothing back', async () => {
    expect(await remaining(86_400)).toBeCloseTo(30 * minutes, -1)
  })

  test.each([-1, 86_401, 'now', null])('a report of %s seconds is refused', async (idleSeconds) => {
    expect(await report(idleSeconds)).toMatchObject({ status: 400, problem: 'invalid-input' })
  })

  test('no report gives a session more than its longest life', async () => {
    await pass(backend.db, 12 * 60 * minutes - 60, ['expires_at'], id)
    expect(await remaining(0)).toBeLessThanOrEqual(60)
  })

  test('a report after the end does not revive the session', async () => {
    await pass(backend.db, 31 * minutes, ['last_activity_at'], id)
    expect(await report(0)).toMatchObject(endedIdle)
    expect(await report(0)).toMatchObject(endedIdle)
  })

  test('lowering the policy bites on the next request', async () => {
    await pass(backend.db, 10 * minutes, ['last_activity_at'], id)
    const other = await signIn(backend.url)
    await call(backend.url, 'workspace.setIdle', { minutes: 5 }, other.token)
    expect(await call(backend.url, 'account.show', {}, token)).toMatchObject(endedIdle)
    await call(backend.url, 'workspace.setIdle', { minutes: 30 }, other.token)
  })

  test('a session that nobody asks about is ended by the sweep, and written down', async () => {
    await pass(backend.db, 31 * minutes, ['last_activity_at'], id)
    await delay(sweepInterval + 1000)
    const session = await backend.db
      .selectFrom('sessions')
      .select('ended_cause')
      .where('id', '=', id)
      .executeTakeFirst()
    expect(session).toEqual({ ended_cause: 'idle' })
    const rows = await backend.db
      .selectFrom('audit')
      .select(['actor_name', 'after'])
      .where('target', '=', id)
      .where('kind', '=', 'session.ended')
      .execute()
    expect(rows).toMatchObject([{ actor_name: 'Atalaya', after: { cause: 'idle' } }])
  })
})
