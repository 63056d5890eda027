import { performance } from 'node:perf_hooks'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hashToken } from '../../backend/tokens.ts'
import {
  addWorkspace,
  call,
  password,
  signIn,
  startTestBackend,
  type TestBackend,
  trySignIn,
} from '../support/backend.ts'

let backend: TestBackend
beforeAll(async () => {
  backend = await startTestBackend()
  await addWorkspace(backend.db, { agents: 40 })
  await addWorkspace(backend.db, { link: 'other' })
})
afterAll(() => backend.close())
beforeEach(() => backend.db.deleteFrom('sign_in_failures').execute())

const wrong = { password: 'Wrong-horse-9' }
const fail = async (times: number, email = 'owner@acme.test') => {
  for (let turn = 0; turn < times; turn += 1) await trySignIn(backend.url, { email, ...wrong })
}
/** Ends the blocks, keeping the counts. */
const waitOut = () =>
  backend.db
    .updateTable('sign_in_failures')
    .set({ blocked_until: sql<Date>`now()` })
    .execute()

describe('sign in', () => {
  test('answers who, where and until when, and a token of 256 bits', async () => {
    const { body } = await trySignIn(backend.url)
    expect(body).toMatchObject({
      person: { email: 'owner@acme.test', role: 'owner' },
      workspace: { link: 'acme', idleMinutes: 30 },
    })
    expect(Buffer.from(String(body['token']), 'base64url')).toHaveLength(32)
  })

  test('keeps the token only as its hash', async () => {
    const { token, id } = await signIn(backend.url)
    const { rows } = await sql<{ text: string; token_hash: Buffer }>`
      select s::text as text, token_hash from sessions s where id = ${id}`.execute(backend.db)
    expect(rows[0]?.token_hash).toEqual(hashToken(token))
    expect(rows[0]?.text).not.toContain(token)
  })

  test('takes the address in any case and with spaces around', async () => {
    expect(await trySignIn(backend.url, { email: '  OWNER@Acme.test ' })).toMatchObject({
      status: 200,
    })
  })

  test('a workspace that does not exist is named as the reason', async () => {
    const answer = await trySignIn(backend.url, { workspace: 'nowhere' })
    expect(answer).toMatchObject({ status: 404, problem: 'workspace-not-found' })
  })

  test('an unknown address and a wrong password get the same answer', async () => {
    const [unknown, mistyped] = [
      await trySignIn(backend.url, { email: 'nobody@acme.test' }),
      await trySignIn(backend.url, wrong),
    ]
    expect(unknown).toMatchObject({ status: 401, problem: 'bad-credentials' })
    expect(unknown.body).toEqual(mistyped.body)
  })

  test('an unknown address takes as long as a wrong password', async () => {
    const times: Record<string, number[]> = { known: [], unknown: [] }
    for (let turn = 0; turn < 9; turn += 1) {
      for (const [who, email] of [
        ['known', `agent${turn}@acme.test`],
        ['unknown', `nobody${turn}@acme.test`],
      ] as const) {
        const start = performance.now()
        await trySignIn(backend.url, { email, ...wrong })
        times[who]?.push(performance.now() - start)
      }
    }
    // The fastest of each: what the machine does besides can only add.
    const least = (who: string) => Math.min(...(times[who] ?? []))
    // Without the work on a hash that is nobody's it would be some twentieth.
    expect(least('unknown') / least('known')).toBeGreaterThan(0.25)
    expect(least('unknown') / least('known')).toBeLessThan(4)
  })

  test('the password of one workspace does not open another', async () => {
    const answer = await trySignIn(backend.url, { workspace: 'other', email: 'owner@acme.test' })
    expect(answer).toMatchObject({ problem: 'bad-credentials' })
  })

  test('a deactivated person is told so, but only with the right password, and is out at once', async () => {
    const email = 'agent39@acme.test'
    const { token } = await signIn(backend.url, { email })
    await backend.db
      .updateTable('users')
      .set({ state: 'deactivated' })
      .where('email', '=', email)
      .execute()
    expect(await trySignIn(backend.url, { email })).toMatchObject({
      status: 403,
      problem: 'account-deactivated',
    })
    expect(await trySignIn(backend.url, { email, ...wrong })).toMatchObject({
      problem: 'bad-credentials',
    })
    const next = await call(backend.url, 'account.show', {}, token)
    expect(next).toMatchObject({ problem: 'not-signed-in' })
  })

  test('who was invited and has no password yet is answered like a stranger', async () => {
    const email = 'agent38@acme.test'
    await backend.db
      .updateTable('users')
      .set({ state: 'invited', password_hash: null })
      .where('email', '=', email)
      .execute()
    expect(await trySignIn(backend.url, { email })).toMatchObject({ problem: 'bad-credentials' })
  })

  test('is kept as the person’s last', async () => {
    const email = 'agent37@acme.test'
    const last = async () =>
      (
        await backend.db
          .selectFrom('users')
          .select('last_sign_in_at')
          .where('email', '=', email)
          .executeTakeFirstOrThrow()
      ).last_sign_in_at
    expect(await last()).toBeNull()
    await trySignIn(backend.url, { email, ...wrong })
    expect(await last()).toBeNull()
    await signIn(backend.url, { email })
    expect(await last()).not.toBeNull()
  })

  test('a session lives twelve hours at most', async () => {
    const { token, id } = await signIn(backend.url)
    const { expires_at, created_at } = await backend.db
      .selectFrom('sessions')
      .select(['expires_at', 'created_at'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    expect(expires_at.getTime() - created_at.getTime()).toBe(12 * 3_600_000)
    await backend.db
      .updateTable('sessions')
      .set({ expires_at: sql<Date>`now()` })
      .where('id', '=', id)
      .execute()
    expect(await call(backend.url, 'sessions.current', {}, token)).toMatchObject({
      status: 401,
      problem: 'session-ended',
      body: { cause: 'expired' },
    })
  })

  test('the start of a session is written in the ledger, without a secret', async () => {
    const { token, id } = await signIn(backend.url)
    const row = await backend.db
      .selectFrom('audit')
      .selectAll()
      .where('target', '=', id)
      .executeTakeFirstOrThrow()
    expect(row).toMatchObject({ kind: 'session.started', actor_name: 'owner' })
    expect(JSON.stringify(row)).not.toContain(token)
    expect(JSON.stringify(row)).not.toContain(password)
  })
})

describe('wrong passwords', () => {
  test('from the fifth on an account the right one has to wait as well', async () => {
    await fail(4)
    expect(await trySignIn(backend.url)).toMatchObject({ status: 200 })
    await fail(5)
    const blocked = await trySignIn(backend.url)
    expect(blocked).toMatchObject({
      status: 429,
      problem: 'too-many-attempts',
      body: { retryAfterSeconds: 1 },
    })
    expect(blocked.headers.get('retry-after')).toBe('1')
    await waitOut()
    expect(await trySignIn(backend.url)).toMatchObject({ status: 200 })
  })

  test('the wait doubles, to five minutes at most', async () => {
    await fail(5)
    const waits: unknown[] = []
    for (let turn = 0; turn < 10; turn += 1) {
      waits.push((await trySignIn(backend.url)).body['retryAfterSeconds'])
      await waitOut()
      await fail(1)
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300])
  })

  test('an account that does not exist is blocked alike', async () => {
    await fail(5, 'nobody@acme.test')
    const answer = await trySignIn(backend.url, { email: 'nobody@acme.test' })
    expect(answer).toMatchObject({ problem: 'too-many-attempts' })
  })

  test('guessing in parallel tells no more than five results', async () => {
    const start = performance.now()
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => trySignIn(backend.url, wrong)),
    )
    const seconds = (performance.now() - start) / 1000
    const told = answers.filter(({ problem }) => problem === 'bad-credentials').length
    // On a slow machine a block of 1, 2, 4 s may be over meanwhile: then one more is listened to.
    const waitedOut = Math.floor(Math.log2(seconds + 1))
    expect(told).toBeGreaterThanOrEqual(5)
    expect(told).toBeLessThanOrEqual(5 + waitedOut)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(40 - told)
  })

  test('from the twentieth an address has to wait, on whatever account', async () => {
    for (let turn = 0; turn < 20; turn += 1) await fail(1, `agent${turn}@acme.test`)
    const answer = await trySignIn(backend.url, { email: 'agent30@acme.test' })
    expect(answer).toMatchObject({ problem: 'too-many-attempts' })
  })

  test('one every ten minutes from a whole site keeps nobody out', async () => {
    for (let turn = 0; turn < 48; turn += 1) {
      await fail(1, `agent${turn % 30}@acme.test`)
      await backend.db
        .updateTable('sign_in_failures')
        .set({ last_at: sql<Date>`last_at - interval '10 minutes'` })
        .execute()
    }
    expect(await trySignIn(backend.url, { email: 'agent30@acme.test' })).toMatchObject({
      status: 200,
    })
  })

  test('are forgotten after a quiet quarter of an hour', async () => {
    await fail(4)
    await backend.db
      .updateTable('sign_in_failures')
      .set({ last_at: sql<Date>`now() - interval '16 minutes'` })
      .execute()
    await fail(1)
    expect(await trySignIn(backend.url)).toMatchObject({ status: 200 })
  })

  test('leave no address or account readable in the database', async () => {
    await fail(1)
    const { rows } = await sql<{
      text: string
    }>`select f::text as text from sign_in_failures f`.execute(backend.db)
    expect(rows).toHaveLength(2)
    expect(JSON.stringify(rows)).not.toMatch(/acme|127\.0/)
  })
})
