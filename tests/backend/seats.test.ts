import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  addWorkspace,
  call,
  newDatabase,
  newDevice,
  pass,
  signIn,
  spawnBackend,
  startTestBackend,
  type TestBackend,
  trySignIn,
} from '../support/backend.ts'

let backend: TestBackend
beforeAll(async () => {
  backend = await startTestBackend()
  await addWorkspace(backend.db, { licences: 2, agents: 3 })
})
afterAll(() => backend.close())
beforeEach(() => backend.db.deleteFrom('sessions').execute())

const agent = (number: number) => ({ email: `agent${number}@acme.test` })

describe('seats', () => {
  test('200 people sign in at once on two processes: exactly the 50 licences are given', async () => {
    const { url: DATABASE_URL, db } = await newDatabase()
    await addWorkspace(db, { link: 'big', licences: 50, agents: 200 })
    const processes = await Promise.all([
      spawnBackend({ DATABASE_URL }),
      spawnBackend({ DATABASE_URL }),
    ])

    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        trySignIn(processes[index % 2]?.url ?? '', {
          workspace: 'big',
          email: `agent${index}@big.test`,
        }),
      ),
    )
    const open = await db
      .selectFrom('sessions')
      .select('id')
      .where('ended_at', 'is', null)
      .execute()
    await Promise.all(processes.map(({ stop }) => stop()))
    await db.destroy()

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(50)
    expect(answers.filter(({ problem }) => problem === 'no-seat')).toHaveLength(150)
    expect(open).toHaveLength(50)
  })

  test('the person after the last licence is refused, with the numbers', async () => {
    await signIn(backend.url, agent(0))
    await signIn(backend.url, agent(1))
    const refused = await trySignIn(backend.url, agent(2))
    expect(refused).toMatchObject({
      status: 409,
      problem: 'no-seat',
      body: { licences: 2, taken: 2 },
    })
  })

  test('a second device of the same person needs no second seat', async () => {
    await signIn(backend.url, agent(0))
    await signIn(backend.url, agent(1))
    expect(await trySignIn(backend.url, agent(1))).toMatchObject({ status: 200 })
  })

  test('signing in again from the same installation replaces its session', async () => {
    const device = newDevice()
    const first = await signIn(backend.url, { ...agent(0), device })
    await signIn(backend.url, { ...agent(0), device })
    expect(await call(backend.url, 'sessions.current', {}, first.token)).toMatchObject({
      problem: 'session-ended',
      body: { cause: 'replaced' },
    })
  })

  test('the same installation does not replace the session of somebody else', async () => {
    const device = newDevice()
    const first = await signIn(backend.url, { ...agent(0), device })
    await signIn(backend.url, { ...agent(1), device })
    expect(await call(backend.url, 'sessions.current', {}, first.token)).toMatchObject({
      status: 200,
    })
  })

  test('signing out frees the seat', async () => {
    const { token } = await signIn(backend.url, agent(0))
    await signIn(backend.url, agent(1))
    await call(backend.url, 'sessions.end', { cause: 'signed-out' }, token)
    expect(await trySignIn(backend.url, agent(2))).toMatchObject({ status: 200 })
  })

  test('a workstation that is cut off loses its seat 90 s after its last report, not before', async () => {
    const { id } = await signIn(backend.url, agent(0))
    await signIn(backend.url, agent(1))
    await pass(backend.db, 88, ['last_report_at'], id)
    expect(await trySignIn(backend.url, agent(2))).toMatchObject({ problem: 'no-seat' })
    await pass(backend.db, 3, ['last_report_at'], id)
    expect(await trySignIn(backend.url, agent(2))).toMatchObject({ status: 200 })
  })

  test('who comes back takes a seat again if there is one, and goes on in the same session', async () => {
    const away = await signIn(backend.url, agent(0))
    await pass(backend.db, 200, ['last_report_at'], away.id)
    expect(await call(backend.url, 'account.show', {}, away.token)).toMatchObject({ status: 200 })
    await signIn(backend.url, agent(1))
    expect(await trySignIn(backend.url, agent(2))).toMatchObject({ problem: 'no-seat' })
  })

  test('who comes back to a full house is refused, and the session waits', async () => {
    const away = await signIn(backend.url, agent(0))
    const other = await signIn(backend.url, agent(1))
    await pass(backend.db, 200, ['last_report_at'], away.id)
    await signIn(backend.url, agent(2))
    const report = () => call(backend.url, 'sessions.report', { idleSeconds: 0 }, away.token)

    expect(await report()).toMatchObject({ problem: 'no-seat', body: { licences: 2, taken: 2 } })
    await call(backend.url, 'sessions.end', { cause: 'signed-out' }, other.token)
    expect(await report()).toMatchObject({ status: 200 })
  })

  test('signing out needs no seat', async () => {
    const away = await signIn(backend.url, agent(0))
    await pass(backend.db, 200, ['last_report_at'], away.id)
    await signIn(backend.url, agent(1))
    await signIn(backend.url, agent(2))
    const ended = await call(backend.url, 'sessions.end', { cause: 'signed-out' }, away.token)
    expect(ended).toMatchObject({ status: 200 })
  })

  test('two who come back at once to one seat: one gets it', async () => {
    const tokens = await Promise.all(
      [0, 1].map(async (it) => (await signIn(backend.url, agent(it))).token),
    )
    await pass(backend.db, 200, ['last_report_at'])
    await signIn(backend.url, agent(2))
    const answers = await Promise.all(
      tokens.map((token) => call(backend.url, 'sessions.current', {}, token)),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
  })
})
