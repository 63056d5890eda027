import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { forgetOldSamples, sampleSeats } from '../../backend/db/licences.ts'
import {
  addWorkspace,
  call,
  newDatabase,
  signIn,
  spawnServer,
  startTestBackend,
  type TestBackend,
  trySignIn,
} from '../support/backend.ts'

let backend: TestBackend
let workspaceId: string
let token: string
beforeAll(async () => {
  backend = await startTestBackend()
  workspaceId = await addWorkspace(backend.db, { licences: 3, agents: 4 })
})
afterAll(() => backend.close())
beforeEach(async () => {
  await backend.db.deleteFrom('sessions').execute()
  await backend.db.deleteFrom('seat_samples').execute()
  await backend.db.deleteFrom('seat_tickets').execute()
  ;({ token } = await signIn(backend.url))
})

const agent = (number: number) => ({ email: `agent${number}@acme.test` })
const ask = (name: 'licences.show' | 'licences.history', input = {}, as = token) =>
  call(backend.url, name, input, as)

describe('licences', () => {
  test('shows seats, limit, who waits, and what was refused', async () => {
    await signIn(backend.url, agent(0))
    await signIn(backend.url, agent(1))
    const { body } = await trySignIn(backend.url, agent(2))
    await call(backend.url, 'seats.wait', { ticket: body['ticket'] })
    expect((await ask('licences.show')).body).toEqual({
      licences: 3,
      taken: 3,
      waiting: 1,
      refused: 1,
    })
  })

  test('are shown to those who may see the supervision alone', async () => {
    const { token: agents } = await signIn(backend.url, agent(0))
    expect(await ask('licences.show', {}, agents)).toMatchObject({ status: 403 })
    expect(await ask('licences.history', { range: 'day' }, agents)).toMatchObject({ status: 403 })
  })

  test('are sampled into the minute; a sample replaces the one before it', async () => {
    await sampleSeats(backend.db)
    await signIn(backend.url, agent(0))
    await Promise.all([sampleSeats(backend.db), sampleSeats(backend.db)])
    const { body } = await ask('licences.history', { range: 'day' })
    expect(body['points']).toMatchObject([{ peak: 2, licences: 3, refused: 0 }])
  })

  test('a change is told to those who watch, once', async () => {
    const stream = await fetch(`${backend.url}/events`, {
      headers: { authorization: `Bearer ${token}` },
    })
    await sampleSeats(backend.db)
    await signIn(backend.url, agent(0))
    await sampleSeats(backend.db)
    for (let turn = 0; turn < 3; turn += 1) await sampleSeats(backend.db)
    await call(backend.url, 'workspace.setIdle', { minutes: 41 }, token)
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of stream.body ?? []) {
      text += decoder.decode(chunk)
      if (text.includes('"minutes":41')) break
    }
    // The sweep may have taken the first sample.
    expect(text.match(/"licences"/g)?.length).toBeLessThanOrEqual(2)
    expect(text).toContain('"topic":"licences"')
  })

  test.each([
    ['day', 1, 361],
    ['week', 7, 337],
    ['month', 31, 373],
    ['year', 366, 367],
  ] as const)(
    'a %s of samples is at most 400 points, with mean and peak',
    async (range, days, most) => {
      // In parts: the pool allows no statement to take long.
      for (let day = days; day > 0; day -= 30)
        await sql`
          insert into seat_samples (workspace_id, at, taken, licences, refused)
          select ${workspaceId}, at, (extract(epoch from at)::bigint / 60 % 3)::int, 3, 1
          from generate_series(date_trunc('minute', now()) - ${day} * interval '1 day',
            date_trunc('minute', now()) - ${Math.max(0, day - 30)} * interval '1 day'
              - interval '1 minute', interval '1 minute') at
          on conflict do nothing`.execute(backend.db)
      const start = performance.now()
      const { body } = await ask('licences.history', { range })
      expect(performance.now() - start).toBeLessThan(2000)
      const points = body['points'] as { at: string; mean: number; peak: number; refused: number }[]
      expect(points.length).toBeLessThanOrEqual(most)
      expect(points.length).toBeGreaterThanOrEqual(most - 2)
      expect(points.map(({ at }) => at)).toEqual(points.map(({ at }) => at).sort())
      const middle = points[100]
      expect(middle?.peak).toBe(2)
      expect(middle?.mean).toBeCloseTo(1, 0)
      expect(points.reduce((sum, it) => sum + it.refused, 0)).toBeGreaterThan(days * 1400 - 100)
    },
  )

  test('are kept for thirteen months', async () => {
    await sql`
      insert into seat_samples (workspace_id, at, taken, licences)
      select ${workspaceId}, date_trunc('minute', now() - age::interval), 1, 3
      from unnest(array['12 months', '13 months 1 day', '3 years']) age`.execute(backend.db)
    await forgetOldSamples(backend.db)
    const left = await backend.db
      .selectFrom('seat_samples')
      .select('at')
      .where('at', '<', sql<Date>`now() - interval '1 hour'`)
      .execute()
    expect(left).toHaveLength(1)
  })
})

describe('the command that sets them', () => {
  const run = async (DATABASE_URL: string, ...args: string[]) => {
    const { exited, output } = spawnServer({ DATABASE_URL }, ['licences', ...args])
    return { code: await exited, text: output() }
  }

  test('signs nobody out when they are fewer than are in use, and lets nobody in', async () => {
    const { token: first } = await signIn(backend.url, agent(0))
    expect(await run(backend.databaseUrl, 'acme', '1')).toMatchObject({
      code: 0,
      text: expect.stringContaining('has 1 licences (before: 3); 2 are in use. Nobody') as string,
    })
    expect(await call(backend.url, 'sessions.current', {}, first)).toMatchObject({ status: 200 })
    expect(await trySignIn(backend.url, agent(1))).toMatchObject({
      problem: 'no-seat',
      body: { licences: 1, taken: 2 },
    })
    await run(backend.databaseUrl, 'acme', '3')
    expect(await trySignIn(backend.url, agent(1))).toMatchObject({ status: 200 })
    const rows = await backend.db
      .selectFrom('audit')
      .select(['before', 'after'])
      .where('kind', '=', 'licences.changed')
      .orderBy('id')
      .execute()
    expect(rows[0]).toEqual({ before: { licences: 3 }, after: { licences: 1 } })
  })

  test.each([
    ['no workspace', []],
    ['no number', ['acme']],
    ['none', ['acme', '0']],
    ['a fraction', ['acme', '1.5']],
    ['words', ['acme', 'many']],
    ['too much', ['acme', '5', '6']],
    ['an unknown workspace', ['nowhere', '5']],
  ])('refuses %s', async (_what, args) => {
    const { url, db } = await newDatabase()
    await addWorkspace(db)
    const { code, text } = await run(url, ...args)
    expect(code).toBe(1)
    expect(text).toMatch(/npm run backend -- licences|There is no workspace/)
    expect(text).not.toContain('    at ')
    await db.destroy()
  })
})
