import { setTimeout as delay } from 'node:timers/promises'
import { system } from './db/audit.ts'
import type { Database } from './db/database.ts'
import { endSessions, pastExpiry, pastIdle } from './db/sessions.ts'

/** How often every process looks for sessions that are past their end, ms. */
export const sweepInterval = 5000

/** Ends the sessions that are past their idle deadline or their longest life (S6, B2). */
export async function endOverdue(db: Database): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const overdue = await tx
      .selectFrom('sessions as s')
      .innerJoin('workspaces as w', 'w.id', 's.workspace_id')
      .select(['s.id', pastExpiry.as('expired')])
      .where('s.ended_at', 'is', null)
      .where((it) => it.or([pastIdle, pastExpiry]))
      // What another process is ending at this moment is left to it.
      .forUpdate('s')
      .skipLocked()
      .limit(500)
      .execute()
    const idsOf = (expired: boolean) =>
      overdue.filter((it) => it.expired === expired).map(({ id }) => id)
    await endSessions(tx, idsOf(true), 'expired', system)
    await endSessions(tx, idsOf(false), 'idle', system)
  })
}

/** Runs a task again and again until stopped; a failure is told and does not stop it. */
export function repeat(
  interval: number,
  task: () => Promise<void>,
  onFailure: (error: unknown) => void,
): { stop: () => Promise<void> } {
  const stopping = new AbortController()
  const loop = async () => {
    while (!stopping.signal.aborted) {
      await task().catch(onFailure)
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
