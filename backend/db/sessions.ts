import { sql } from 'kysely'
import { leaseTime } from '../../contract/idle.ts'
import { ProblemError } from '../../contract/problem.ts'
import type { EndCause } from '../../contract/sessions.ts'
import { type Actor, record } from './audit.ts'
import type { Tx } from './database.ts'
import { notify } from './notify.ts'

/**
 * A report this close to the end of its lease passes the admission. Between the two limits the seat
 * still counts as taken, so a report under way can never meet an admission that has given it away.
 */
const leaseMargin = 5000

// All by the database's clock: processes need not agree on the time. `s` is sessions, `w` workspaces.
export const pastIdle = sql<boolean>`s.last_activity_at + w.idle_minutes * interval '1 minute' <= now()`
export const pastExpiry = sql<boolean>`s.expires_at <= now()`
/** The lease lapsed, or is about to: the seat has to be asked for again. */
export const isAway = sql<boolean>`s.last_report_at + ${leaseTime - leaseMargin} * interval '1 millisecond' <= now()`
const holdsSeat = sql<boolean>`s.ended_at is null and not (${pastIdle}) and not (${pastExpiry})
  and s.last_report_at + ${leaseTime} * interval '1 millisecond' > now()`

/**
 * Admits a person of the workspace to a seat (U4); the caller then signs in or renews the lease in
 * the same transaction. The row lock lets one admission at a time through, in all processes.
 * Throws `no-seat` with `licences` and `taken`.
 */
export async function takeSeat(tx: Tx, workspaceId: string, userId: string): Promise<void> {
  const { licences } = await tx
    .selectFrom('workspaces')
    .select('licences')
    .where('id', '=', workspaceId)
    // Weaker than `for update`, for which the audit rows of other transactions would have to wait.
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow()
  const { rows } = await sql<{ taken: number; own: boolean }>`
    select count(distinct s.user_id)::int as taken,
           coalesce(bool_or(s.user_id = ${userId}), false) as own
    from sessions s join workspaces w on w.id = s.workspace_id
    where s.workspace_id = ${workspaceId} and ${holdsSeat}`.execute(tx)
  const { taken, own } = rows[0] ?? { taken: 0, own: false }
  if (!own && taken >= licences) throw new ProblemError('no-seat', { licences, taken })
}

export interface EndedSession {
  id: string
  workspace_id: string
  user_id: string
}

/** Ends those of the sessions that are still open, tells their workstations, and writes it down. */
export async function endSessions(
  tx: Tx,
  ids: readonly string[],
  cause: EndCause,
  actor: Actor,
): Promise<EndedSession[]> {
  if (ids.length === 0) return []
  const ended = await tx
    .updateTable('sessions')
    .set({ ended_at: sql<Date>`now()`, ended_cause: cause })
    .where('id', 'in', ids)
    .where('ended_at', 'is', null)
    .returning(['id', 'workspace_id', 'user_id'])
    .execute()
  for (const { id, workspace_id: workspaceId, user_id: userId } of ended) {
    const happening = { kind: 'session.ended', target: id, after: { cause, userId } }
    await record(tx, actor, { workspaceId, ...happening })
    await notify(tx, { workspaceId, sessionId: id, event: { kind: 'session-ended', cause } })
  }
  return ended
}
