import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createCountdown } from '../../backend/countdown.ts'
import type { Database } from '../../backend/db/database.ts'
import { eraseDue } from '../../backend/erase.ts'
import { addWorkspace, newDatabase, waitingForLock } from '../support/backend.ts'
import { eventually } from '../support/eventually.ts'

let db: Database
beforeAll(async () => {
  db = (await newDatabase()).db
  await addWorkspace(db)
})
afterAll(() => db.destroy())

const week = 604_800

/** How the row looks: seconds from the database's now, and seconds that are left. */
const stand = ({ end = week, counted = -3600, left = week }) =>
  sql`update workspaces set deletes_at = now() + ${end} * interval '1 second',
    deletion_counted_at = now() + ${counted} * interval '1 second',
    deletion_seconds_left = ${left}`.execute(db)
beforeEach(() => stand({}))

const left = async () => {
  const [row] = await db.selectFrom('workspaces').select('deletion_seconds_left').execute()
  return row?.deletion_seconds_left
}

/** A process with a clock that the test moves. */
function startProcess() {
  let now = 50_000
  const count = createCountdown(db, () => now)
  const after = async (seconds: number) => {
    now += seconds * 1000
    await count()
  }
  return { after }
}

describe('the time that is left', () => {
  test('is what the clock of the process has not counted yet', async () => {
    const { after } = startProcess()
    await after(0)
    expect(await left()).toBe(week)
    await after(5)
    expect(await left()).toBe(week - 5)
  })

  test('is not less because the clock of the database was set forward', async () => {
    const { after } = startProcess()
    await after(0)
    // Eight days, as far as the database can see.
    await stand({ end: -86_400, counted: -8 * 86_400 })
    await after(5)
    await after(5)
    expect(await left()).toBe(week - 5)
    await eraseDue(db, new AbortController().signal)
    expect(await db.selectFrom('workspaces').select('link').execute()).toEqual([{ link: 'acme' }])
  })

  test('is not less because the process thinks that much time passed', async () => {
    const { after } = startProcess()
    await stand({ counted: -2 })
    await after(0)
    await after(1_000_000)
    expect(await left()).toBeGreaterThan(week - 60)
    expect(await left()).toBeLessThanOrEqual(week - 2)
  })

  test('is not more because the clock was set back, and is counted on from there', async () => {
    const { after } = startProcess()
    await stand({ end: 8 * 86_400, counted: 86_400 })
    await after(0)
    await after(5)
    expect(await left()).toBe(week)
  })

  test('stands still while no backend runs', async () => {
    await startProcess().after(5)
    await startProcess().after(5)
    expect(await left()).toBe(week)
  })

  test('is counted once, however many processes count', async () => {
    const processes = Array.from({ length: 4 }, startProcess)
    await Promise.all(processes.map(({ after }) => after(0)))
    // All have looked before one of them counts.
    const counting = await db.transaction().execute(async (tx) => {
      await tx.selectFrom('workspaces').select('id').forUpdate().execute()
      const counting = processes.map(({ after }) => after(10))
      await eventually(async () => expect(await waitingForLock(db)).toBe(4))
      return counting
    })
    await Promise.all(counting)
    expect(await left()).toBe(week - 10)
  })

  test('is counted on by another process when one is gone', async () => {
    const [first, second] = [startProcess(), startProcess()]
    await first.after(0)
    await first.after(10)
    await second.after(0)
    await stand({ left: week - 10 })
    await second.after(5)
    await second.after(5)
    expect(await left()).toBe(week - 15)
  })

  test('is nothing only when both clocks say so, and then the workspace goes', async () => {
    const { after } = startProcess()
    await stand({ end: 60, left: 5 })
    await after(0)
    await after(100)
    expect(await left()).toBe(1)
    await eraseDue(db, new AbortController().signal)
    expect(await left()).toBe(1)

    await stand({ end: -1, left: 1 })
    await after(0)
    await after(1)
    expect(await left()).toBe(0)
    await eraseDue(db, new AbortController().signal)
    expect(await left()).toBeUndefined()
  })
})
