import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { standingAt } from '../../backend/hours.ts'
import { keepHours } from '../../backend/sweep.ts'
import type { SignInHours } from '../../contract/users.ts'
import {
  addWorkspace,
  call,
  pass,
  signIn,
  startTestBackend,
  type TestBackend,
  trySignIn,
} from '../support/backend.ts'
import { eventually } from '../support/eventually.ts'

const weekly = (...it: [number, string, string][]): SignInHours => ({
  from: null,
  until: null,
  weekly: it.map(([day, start, end]) => ({ day, start, end })),
})
const everyDay = (start: string, end: string) =>
  weekly(...[1, 2, 3, 4, 5, 6, 7].map((day): [number, string, string] => [day, start, end]))

/** How it stands, with moments as text. */
const standing = (hours: SignInHours | null, zone: string, at: string) => {
  const { open, until, next } = standingAt(hours, zone, new Date(at))
  return { open, until: until?.toISOString() ?? null, next: next?.toISOString() ?? null }
}

describe('hours', () => {
  test('without any, an account may sign in at any time', () => {
    expect(standing(null, 'UTC', '2026-03-04T05:06:07Z')).toEqual({
      open: true,
      until: null,
      next: null,
    })
  })

  test.each([
    ['2026-03-02T07:59:59Z', { open: false, until: null, next: '2026-03-02T08:00:00.000Z' }],
    ['2026-03-02T08:00:00Z', { open: true, until: '2026-03-02T12:30:00.000Z', next: null }],
    ['2026-03-02T12:30:00Z', { open: false, until: null, next: '2026-03-09T08:00:00.000Z' }],
  ])('a Monday from 08:00 to 12:30, at %s', (at, expected) => {
    expect(standing(weekly([1, '08:00', '12:30']), 'UTC', at)).toEqual(expected)
  })

  test('are told in the time zone of the workspace', () => {
    const hours = weekly([1, '08:00', '09:00'])
    expect(standing(hours, 'America/Bogota', '2026-03-02T13:30:00Z').open).toBe(true)
    expect(standing(hours, 'America/Bogota', '2026-03-02T08:30:00Z').open).toBe(false)
    // Sunday evening in UTC.
    expect(standing(hours, 'Pacific/Auckland', '2026-03-01T19:30:00Z').open).toBe(true)
  })

  test('a night shift goes on over midnight', () => {
    const hours = weekly([5, '22:00', '24:00'], [6, '00:00', '06:00'])
    expect(standing(hours, 'UTC', '2026-03-06T23:00:00Z')).toMatchObject({
      open: true,
      until: '2026-03-07T06:00:00.000Z',
    })
  })

  test('the first and the last day are included', () => {
    const days = { from: '2026-03-10', until: '2026-03-12', weekly: [] }
    const at = (moment: string) => standing(days, 'America/Bogota', moment)
    expect(at('2026-03-10T04:59:59Z')).toEqual({
      open: false,
      until: null,
      next: '2026-03-10T05:00:00.000Z',
    })
    expect(at('2026-03-10T05:00:00Z').open).toBe(true)
    expect(at('2026-03-13T04:59:59Z')).toMatchObject({
      open: true,
      until: '2026-03-13T05:00:00.000Z',
    })
    expect(at('2026-03-13T05:00:00Z')).toEqual({ open: false, until: null, next: null })
  })

  test('a first day that is far off tells the first hour of it', () => {
    const hours = { ...weekly([3, '10:00', '11:00']), from: '2026-06-01' }
    expect(standing(hours, 'UTC', '2026-01-01T00:00:00Z').next).toBe('2026-06-03T10:00:00.000Z')
  })

  test('after the last day there is no next', () => {
    const hours = { ...weekly([3, '10:00', '11:00']), until: '2026-03-04' }
    expect(standing(hours, 'UTC', '2026-03-04T10:30:00Z').open).toBe(true)
    expect(standing(hours, 'UTC', '2026-03-04T11:00:00Z')).toEqual({
      open: false,
      until: null,
      next: null,
    })
  })

  describe('when clocks change', () => {
    // Madrid: forward on 29 March 2026 at 02:00, back on 25 October 2026 at 03:00.
    const night = everyDay('01:00', '05:00')
    const length = (at: string) => {
      const { until } = standing(night, 'Europe/Madrid', at)
      return until
    }
    test('a night that is an hour shorter ends at the hour on the wall', () => {
      expect(length('2026-03-29T00:30:00Z')).toBe('2026-03-29T03:00:00.000Z')
    })
    test('and so does one that is an hour longer', () => {
      expect(length('2026-10-24T23:30:00Z')).toBe('2026-10-25T04:00:00.000Z')
    })
    test('hours that begin when the clock skips them begin at the skip', () => {
      const hours = everyDay('02:30', '05:00')
      expect(standing(hours, 'Europe/Madrid', '2026-03-29T00:30:00Z').next).toBe(
        '2026-03-29T01:00:00.000Z',
      )
    })
    test('hours that the clock shows twice count both times', () => {
      const hours = everyDay('02:15', '02:45')
      const open = (at: string) => standing(hours, 'Europe/Madrid', at).open
      expect(open('2026-10-25T00:30:00Z')).toBe(true)
      expect(open('2026-10-25T01:30:00Z')).toBe(true)
      expect(open('2026-10-25T01:50:00Z')).toBe(false)
    })
    test('a day whose midnight does not exist begins an hour later', () => {
      // Santiago: forward on 6 September 2026 at 00:00.
      const days = { from: '2026-09-06', until: null, weekly: [] }
      expect(standing(days, 'America/Santiago', '2026-09-06T03:00:00Z').next).toBe(
        '2026-09-06T04:00:00.000Z',
      )
    })
  })
})

describe('an account with hours', () => {
  let backend: TestBackend
  beforeAll(async () => {
    backend = await startTestBackend()
    await addWorkspace(backend.db, { agents: 1 })
  })
  afterAll(() => backend.close())

  const email = 'agent0@acme.test'
  const setHours = (hours: SignInHours | null) =>
    backend.db
      .updateTable('users')
      .set({ hours: hours && JSON.stringify(hours) })
      .where('email', '=', email)
      .execute()
  /** Open now, for that many minutes. */
  const openFor = (minutes: number): SignInHours => {
    const now = new Date()
    const end = new Date(now.getTime() + minutes * 60_000)
    const day = now.getUTCDay() || 7
    const endDay = end.getUTCDay() || 7
    const time = end.toISOString().slice(11, 16)
    return endDay === day
      ? weekly([day, '00:00', time])
      : weekly([day, '00:00', '24:00'], [endDay, '00:00', time])
  }
  const yesterday = { from: null, until: '2020-01-01', weekly: [] }
  const tomorrow = (): SignInHours => ({
    from: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10),
    until: null,
    weekly: [],
  })
  beforeEach(() => setHours(null))

  test('is refused outside them, and told when the next are', async () => {
    const hours = tomorrow()
    await setHours(hours)
    expect(await trySignIn(backend.url, { email })).toMatchObject({
      status: 403,
      problem: 'outside-hours',
      body: { next: `${hours.from}T00:00:00.000Z` },
    })
    await setHours(yesterday)
    expect(await trySignIn(backend.url, { email })).toMatchObject({ body: { next: null } })
  })

  test('tells whoever guesses nothing about them', async () => {
    await setHours(yesterday)
    expect(await trySignIn(backend.url, { email, password: 'Wrong-horse-9' })).toMatchObject({
      problem: 'bad-credentials',
    })
  })

  test('an open session ends when they are over', async () => {
    const { token } = await signIn(backend.url, { email })
    await setHours(yesterday)
    await eventually(async () =>
      expect(await call(backend.url, 'sessions.current', {}, token)).toMatchObject({
        problem: 'session-ended',
        body: { cause: 'outside-hours' },
      }),
    )
  })

  test('a session that was away does not come back outside of them', async () => {
    const { token, id } = await signIn(backend.url, { email })
    await pass(backend.db, 200, ['last_report_at'], id)
    await setHours(yesterday)
    expect(await call(backend.url, 'sessions.current', {}, token)).toMatchObject({
      problem: 'session-ended',
      body: { cause: 'outside-hours' },
    })
  })

  test('is warned five minutes before, once', async () => {
    const { id } = await signIn(backend.url, { email })
    const told = async () =>
      (
        await backend.db
          .selectFrom('sessions')
          .select('hours_end_told')
          .where('id', '=', id)
          .executeTakeFirstOrThrow()
      ).hours_end_told
    await setHours(openFor(30))
    await keepHours(backend.db)
    expect(await told()).toBeNull()
    await setHours(openFor(4))
    const stream = await fetch(`${backend.url}/events`, {
      headers: { authorization: `Bearer ${(await signIn(backend.url, { email })).token}` },
    })
    await Promise.all(Array.from({ length: 4 }, () => keepHours(backend.db)))
    await vi.waitFor(async () => expect(await told()).not.toBeNull(), { timeout: 8000 })
    await keepHours(backend.db)

    await call(backend.url, 'workspace.setIdle', { minutes: 31 }, (await signIn(backend.url)).token)
    const text = await readUntil(stream, '"minutes":31')
    expect(text.match(/hours-ending/g)).toHaveLength(1)
  })
})

/** What a stream says up to a text. */
async function readUntil(stream: Response, end: string): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of stream.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.includes(end)) break
  }
  return text
}
