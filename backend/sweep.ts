import { setTimeout as delay } from 'node:timers/promises'
import { system } from './db/audit.ts'
import type { Database } from './db/database.ts'
import { notify } from './db/notify.ts'
import { endSessions, overdue } from './db/sessions.ts'
import { standingAt } from './hours.ts'

/** How often every process looks for sessions that are past their end, ms. */
export const sweepInterval = 5000

/** How often it deletes what is of no use any more, ms. */
export const tidyInterval = 10 * 60_000

/** Ends the sessions that are past their idle deadline or their longest life (S6, B2). */
export async function endOverdue(db: Database): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const over = await tx
      .selectFrom('sessions as s')
      .innerJoin('workspaces as w', 'w.id', 's.workspace_id')
      .select(['s.id', overdue.as('cause')])
      .where('s.ended_at', 'is', null)
      .where(overdue, 'is not', null)
      // What another process is ending at this moment is left to it.
      .forUpdate('s')
      .skipLocked()
      .limit(500)
      .execute()
    for (const cause of ['expired', 'idle'] as const) {
      const ids = over.filter((it) => it.cause === cause).map(({ id }) => id)
      await endSessions(tx, ids, cause, system)
    }
  })
}

/** How long before the end of an account's hours its open sessions are warned, ms. */
const hoursWarning = 5 * 60_000

/** Ends the sessions of accounts whose days or hours are over, and warns those for which that is near. */
export async function keepHours(db: Database, now = new Date()): Promise<void> {
  const rows = await db
    .selectFrom('sessions as s')
    .innerJoin('users as u', 'u.id', 's.user_id')
    .innerJoin('workspaces as w', 'w.id', 's.workspace_id')
    .select(['s.id', 's.workspace_id', 's.hours_end_told', 'u.hours', 'w.time_zone'])
    .where('s.ended_at', 'is', null)
    .where('u.hours', 'is not', null)
    .execute()
  // A floor of people shares a few sets of hours.
  const known = new Map<string, ReturnType<typeof standingAt>>()
  const standings = rows.map((row) => {
    const key = JSON.stringify([row.hours, row.time_zone])
    const standing = known.get(key) ?? standingAt(row.hours, row.time_zone, now)
    known.set(key, standing)
    return { row, ...standing }
  })
  const over = standings.filter(({ open }) => !open).map(({ row }) => row.id)
  if (over.length > 0)
    await db.transaction().execute((tx) => endSessions(tx, over, 'outside-hours', system))

  for (const { row, until } of standings) {
    if (until === null || until.getTime() - now.getTime() > hoursWarning) continue
    if (row.hours_end_told?.getTime() === until.getTime()) continue
    await warn(db, row, until)
  }
}

/** Once for each end, whichever process is first. */
const warn = (db: Database, it: { id: string; workspace_id: string }, until: Date) =>
  db.transaction().execute(async (tx) => {
    const first = await tx
      .updateTable('sessions')
      .set({ hours_end_told: until })
      .where('id', '=', it.id)
      .where('ended_at', 'is', null)
      .where('hours_end_told', 'is distinct from', until)
      .returning('id')
      .executeTakeFirst()
    if (!first) return
    const event = { kind: 'hours-ending' as const, at: until.toISOString() }
    await notify(tx, { workspaceId: it.workspace_id, sessionId: it.id, event })
  })

/**
 * Runs a task again and again until stopped; a failure is told and does not stop it. A task that takes
 * long looks at the signal.
 */
export function repeat(
  interval: number,
  task: (stopping: AbortSignal) => Promise<void>,
  onFailure: (error: unknown) => void,
): { stop: () => Promise<void> } {
  const stopping = new AbortController()
  const loop = async () => {
    while (!stopping.signal.aborted) {
      await task(stopping.signal).catch(onFailure)
      await delay(interval, undefined, { signal: stopping.signal, ref: false }).catch(
        () => undefined,
      )
    }
  }
  const running = loop()
  return {
    stop: () => {
      stopping.abort()
      return running
    },
  }
}
