import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  addWorkspace,
  call,
  newDevice,
  pass,
  signIn,
  startTestBackend,
  type TestBackend,
  trySignIn,
} from '../support/backend.ts'

let backend: TestBackend
let workspaceId: string
beforeAll(async () => {
  backend = await startTestBackend()
  workspaceId = await addWorkspace(backend.db, { licences: 2, agents: 5 })
})
afterAll(() => backend.close())
beforeEach(async () => {
  for (const table of ['sessions', 'seat_tickets', 'seat_samples', 'sign_in_failures'] as const)
    await backend.db.deleteFrom(table).execute()
  await backend.db.updateTable('workspaces').set({ licences: 2 }).execute()
})

const agent = (number: number) => ({ email: `agent${number}@acme.test` })
const owner = { email: 'owner@acme.test' }
const wait = (ticket: string) => call(backend.url, 'seats.wait', { ticket })
const leave = (token: string) => call(backend.url, 'sessions.end', { cause: 'signed-out' }, token)

/** Two agents on the two seats. */
const fill = async () =>
  [await signIn(backend.url, agent(0)), await signIn(backend.url, agent(1))] as const

/** The ticket of somebody who is refused. */
async function refused(who: Parameters<typeof trySignIn>[1] = agent(2)): Promise<string> {
  const { problem, body } = await trySignIn(backend.url, who)
  expect(problem).toBe('no-seat')
  return String(body['ticket'])
}

/** Lets time pass for the queue: seconds since anybody asked. */
const notAskedFor = (seconds: number) =>
  sql`update seat_tickets set asked_at = asked_at - ${seconds} * interval '1 second'`.execute(
    backend.db,
  )

describe('at the limit', () => {
  test('one is told when a seat frees at the latest, and gets a ticket of 256 bits', async () => {
    const [first] = await fill()
    await pass(backend.db, 600, ['last_activity_at'], first.id)
    const { body } = await trySignIn(backend.url, agent(2))
    expect(body).toMatchObject({ licences: 2, taken: 2, waiting: 0 })
    expect(body).not.toHaveProperty('holders')
    expect(Buffer.from(String(body['ticket']), 'base64url')).toHaveLength(32)
    const inMinutes = (Date.parse(String(body['freeBy'])) - Date.now()) / 60_000
    expect(inMinutes).toBeGreaterThan(19)
    expect(inMinutes).toBeLessThan(20.5)
  })

  test('a seat counts as taken until the last device of its holder is idle', async () => {
    const [first] = await fill()
    await pass(backend.db, 600, ['last_activity_at'], first.id)
    await signIn(backend.url, agent(0))
    const { body } = await trySignIn(backend.url, agent(2))
    expect((Date.parse(String(body['freeBy'])) - Date.now()) / 60_000).toBeGreaterThan(29)
  })

  test('the owner sees who holds the seats, longest idle first', async () => {
    const [first, second] = await fill()
    await pass(backend.db, 300, ['last_activity_at'], second.id)
    const { body } = await trySignIn(backend.url, owner)
    expect(body['holders']).toMatchObject([
      { name: 'agent1', role: 'agent', devices: ['desk 1'], idleSeconds: 300 },
      { name: 'agent0', role: 'agent', idleSeconds: 0 },
    ])
    expect(first.id).not.toBe(second.id)
  })

  test('a refusal is counted in the current minute', async () => {
    await fill()
    await refused()
    await refused(agent(3))
    const samples = await backend.db.selectFrom('seat_samples').select('refused').execute()
    expect(samples.reduce((sum, it) => sum + it.refused, 0)).toBe(2)
  })

  test('the ticket is kept as its hash, and its password as the hash it was checked against', async () => {
    await fill()
    const ticket = await refused()
    const { rows } = await sql<{ text: string }>`
      select t::text as text from seat_tickets t`.execute(backend.db)
    expect(rows).toHaveLength(1)
    expect(rows[0]?.text).not.toContain(ticket)
  })
})

describe('who waits', () => {
  test('is let in when a seat frees, with a session as by a sign-in', async () => {
    const [first] = await fill()
    const ticket = await refused()
    expect(await wait(ticket)).toMatchObject({ body: { status: 'waiting', waiting: 0, taken: 2 } })
    await leave(first.token)
    const { body } = await wait(ticket)
    expect(body).toMatchObject({ status: 'admitted', person: { name: 'agent2' } })
    const current = await call(backend.url, 'sessions.current', {}, String(body['token']))
    expect(current).toMatchObject({ status: 200, body: { person: { name: 'agent2' } } })
  })

  test('is served first come first served, whoever asks first', async () => {
    const [first, second] = await fill()
    const early = await refused(agent(2))
    const late = await refused(agent(3))
    await wait(early)
    expect(await wait(late)).toMatchObject({ body: { waiting: 1 } })
    await leave(first.token)
    expect(await wait(late)).toMatchObject({ body: { status: 'waiting', taken: 1, waiting: 1 } })
    expect(await wait(early)).toMatchObject({ body: { status: 'admitted' } })
    await leave(second.token)
    expect(await wait(late)).toMatchObject({ body: { status: 'admitted' } })
  })

  test('is not overtaken by a sign-in, nor by who comes back', async () => {
    const [first, second] = await fill()
    const ticket = await refused()
    await wait(ticket)
    await pass(backend.db, 200, ['last_report_at'], first.id)
    expect(await trySignIn(backend.url, agent(3))).toMatchObject({
      problem: 'no-seat',
      body: { taken: 1, waiting: 1 },
    })
    expect(await call(backend.url, 'account.show', {}, first.token)).toMatchObject({
      problem: 'no-seat',
    })
    expect(second.id).not.toBe(first.id)
    expect(await wait(ticket)).toMatchObject({ body: { status: 'admitted' } })
  })

  test('does not stand in the way of who has a seat already', async () => {
    await fill()
    await wait(await refused())
    expect(await trySignIn(backend.url, agent(0))).toMatchObject({ status: 200 })
  })

  test('at two desks takes one place', async () => {
    const [first] = await fill()
    await wait(await refused(agent(2)))
    await wait(await refused(agent(2)))
    const behind = await refused(agent(3))
    expect(await wait(behind)).toMatchObject({ body: { waiting: 1 } })
    await leave(first.token)
    expect(await wait(behind)).toMatchObject({ body: { status: 'waiting' } })
  })

  test('gives up by leaving, and by not asking for a while', async () => {
    const [first] = await fill()
    const gone = await refused(agent(2))
    await wait(gone)
    await call(backend.url, 'seats.leave', { ticket: gone })
    expect(await wait(gone)).toMatchObject({ status: 409, problem: 'ticket-expired' })

    const silent = await refused(agent(3))
    await wait(silent)
    await notAskedFor(20)
    await leave(first.token)
    expect(await trySignIn(backend.url, agent(4))).toMatchObject({ status: 200 })
    // Back again, at the end of the line.
    expect(await wait(silent)).toMatchObject({ body: { status: 'waiting', waiting: 0 } })
  })

  test('with a ticket that is ten minutes old has to sign in again', async () => {
    await fill()
    const ticket = await refused()
    await sql`update seat_tickets set expires_at = now()`.execute(backend.db)
    expect(await wait(ticket)).toMatchObject({ problem: 'ticket-expired' })
    expect(await wait('nobody-ever-had-this-one')).toMatchObject({ problem: 'ticket-expired' })
  })

  test('twice with one ticket at once gets one session', async () => {
    const [first] = await fill()
    const ticket = await refused()
    await wait(ticket)
    await leave(first.token)
    const answers = await Promise.all([wait(ticket), wait(ticket), wait(ticket)])
    const admitted = answers.filter(({ body }) => body['status'] === 'admitted')
    expect(admitted).toHaveLength(1)
    const others = answers.filter(({ problem }) => problem === 'ticket-expired')
    expect(others).toHaveLength(2)
  })

  test('finds the ticket worthless after a change of the password, or deactivated', async () => {
    await fill()
    const [changed, deactivated] = [await refused(agent(2)), await refused(agent(3))]
    const set = (who: { email: string }, values: object) =>
      backend.db.updateTable('users').set(values).where('email', '=', who.email).execute()
    const before = await backend.db
      .selectFrom('users')
      .select('password_hash')
      .where('email', '=', agent(2).email)
      .executeTakeFirstOrThrow()
    await set(agent(2), { password_hash: 'another' })
    await set(agent(3), { state: 'deactivated' })
    expect(await wait(changed)).toMatchObject({ problem: 'ticket-expired' })
    expect(await wait(deactivated)).toMatchObject({ problem: 'account-deactivated' })
    await set(agent(2), before)
    await set(agent(3), { state: 'active' })
  })

  test('is let in at once when licences are added', async () => {
    await fill()
    const ticket = await refused()
    await wait(ticket)
    await backend.db.updateTable('workspaces').set({ licences: 3 }).execute()
    expect(await wait(ticket)).toMatchObject({ body: { status: 'admitted' } })
  })
})

describe('the owner', () => {
  const idOf = async (name: string) =>
    (
      await backend.db
        .selectFrom('users')
        .select('id')
        .where('workspace_id', '=', workspaceId)
        .where('name', '=', name)
        .executeTakeFirstOrThrow()
    ).id

  test('takes the seat of one user, who is told by whom, past the queue', async () => {
    const [first] = await fill()
    const secondDevice = await signIn(backend.url, { ...agent(0), device: newDevice() })
    await wait(await refused(agent(2)))
    const ticket = await refused(owner)
    const answer = await call(backend.url, 'seats.take', { ticket, from: await idOf('agent0') })
    expect(answer).toMatchObject({ status: 200, body: { person: { role: 'owner' } } })
    for (const { token } of [first, secondDevice])
      expect(await call(backend.url, 'sessions.current', {}, token)).toMatchObject({
        problem: 'session-ended',
        body: { cause: 'seat-taken', by: 'owner' },
      })
  })

  test('alone may: anybody else is refused, and nothing ends', async () => {
    const [first] = await fill()
    for (const who of [agent(2), { email: 'administrator@acme.test' }]) {
      const ticket = await refused(who)
      const answer = await call(backend.url, 'seats.take', { ticket, from: await idOf('agent0') })
      expect(answer).toMatchObject({ status: 403, problem: 'forbidden' })
    }
    expect(await call(backend.url, 'sessions.current', {}, first.token)).toMatchObject({
      status: 200,
    })
  })

  test('who takes a seat that is not there ends nothing', async () => {
    const [first] = await fill()
    await backend.db.updateTable('workspaces').set({ licences: 1 }).execute()
    const ticket = await refused(owner)
    const answer = await call(backend.url, 'seats.take', { ticket, from: await idOf('agent0') })
    expect(answer).toMatchObject({ problem: 'no-seat', body: { licences: 1, taken: 2 } })
    expect(await call(backend.url, 'sessions.current', {}, first.token)).toMatchObject({
      status: 200,
    })
    const stranger = { ticket, from: '00000000-0000-4000-8000-000000000000' }
    expect(await call(backend.url, 'seats.take', stranger)).toMatchObject({ problem: 'not-found' })
  })
})
