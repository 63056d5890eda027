import { sql } from 'kysely'
import { leaseTime } from '../../contract/idle.ts'
import type { EndCause } from '../../contract/sessions.ts'
import { type Actor, recordAll } from './audit.ts'
import type { Database, Tx } from './database.ts'
import { notifyAll } from './notify.ts'

/**
 * A report this close to the end of its lease passes the admission. Between the two limits the seat
 * still counts as taken, so a report under way can never meet an admission that has given it away.
 */
const leaseMargin = 5000

// All by the database's clock: processes need not agree on the time. `s` is sessions, `w` workspaces.
const idleEnd = sql<Date>`(s.last_activity_at + w.idle_minutes * interval '1 minute')`
const pastIdle = sql<boolean>`${idleEnd} <= now()`
const pastExpiry = sql<boolean>`s.expires_at <= now()`
/** The lease lapsed, or is about to: the seat has to be asked for again. */
export const isAway = sql<boolean>`s.last_report_at + ${leaseTime - leaseMargin} * interval '1 millisecond' <= now()`
/** Why a session that nobody has ended yet is over all the same, by the deadline that came first; `null`: it is not. */
export const overdue = sql<
  'expired' | 'idle' | null
>`case when not (${pastIdle} or ${pastExpiry}) then null
  when ${idleEnd} < s.expires_at then 'idle' else 'expired' end`
/** Neither ended nor past a deadline. */
export const isOpen = sql<boolean>`(s.ended_at is null and not (${pastIdle}) and not (${pastExpiry}))`
/** The session stands for a seat now (U4). */
export const holdsSeat = sql<boolean>`(${isOpen}
  and s.last_report_at + ${leaseTime} * interval '1 millisecond' > now())`

/** What a workstation says of one session: for how long nobody had touched it, seconds. */
export interface ActivityReport {
  sessionId: string
  idleSeconds: number
}

/**
 * Takes one report of each of the sessions, and answers for those that are open (S6, B2): seconds
 * that are left, and the policy in minutes.
 */
export async function reportActivity(
  db: Database,
  reports: readonly ActivityReport[],
): Promise<{ sessionId: string; remaining: number; minutes: number }[]> {
  const ids = reports.map((it) => it.sessionId)
  const idle = reports.map((it) => it.idleSeconds)
  // A duration, never a time: the workstation's clock is not believed, and time is only taken forward.
  const { rows } = await sql<{ sessionId: string; remaining: number; minutes: number }>`
    update sessions s set
      last_report_at = now(),
      last_activity_at = greatest(s.last_activity_at, now() - r.idle * interval '1 second')
    from unnest(${ids}::uuid[], ${idle}::float[]) as r (id, idle), workspaces w
    where s.id = r.id and w.id = s.workspace_id and ${isOpen}
    returning s.id as "sessionId", w.idle_minutes as minutes, extract(epoch from
      least(s.expires_at, ${idleEnd}) - now()
    )::float as remaining`.execute(db)
  return rows
}

export interface EndedSession {
  id: string
  workspace_id: string
  user_id: string
}

/** Told to the person whose session it was: the name of whoever ended it, and why. */
interface Explanation {
  by?: string | undefined
  reason?: string | undefined
}

/** Ends those of the sessions that are still open, tells their workstations, and writes it down. */
export async function endSessions(
  tx: Tx,
  ids: readonly string[],
  cause: EndCause,
  actor: Actor,
  { by, reason }: Explanation = {},
): Promise<EndedSession[]> {
  if (ids.length === 0) return []
  const told = { cause, ...(by && { by }), ...(reason && { reason }) }
  const ended = await tx
    .updateTable('sessions')
    .set({
      ended_at: sql<Date>`now()`,
      ended_cause: cause,
      ended_by: by ?? null,
      ended_reason: reason ?? null,
    })
    .where('id', 'in', ids)
    .where('ended_at', 'is', null)
    .returning(['id', 'workspace_id', 'user_id'])
    .execute()
  await recordAll(
    tx,
    actor,
    ended.map((it) => ({
      workspaceId: it.workspace_id,
      kind: 'session.ended',
      target: it.id,
      after: { ...told, userId: it.user_id },
    })),
  )
  await notifyAll(
    tx,
    ended.map((it) => ({
      workspaceId: it.workspace_id,
      sessionId: it.id,
      event: { kind: 'session-ended', ...told },
    })),
  )
  return ended
}

/** Ids of the open sessions of a user, but for one. Those past their deadline are the sweep's to end. */
export async function openSessionsOf(
  db: Database | Tx,
  userId: string,
  except?: string,
): Promise<string[]> {
  const open = await db
    .selectFrom('sessions as s')
    .innerJoin('workspaces as w', 'w.id', 's.workspace_id')
    .select('s.id')
    .where('s.user_id', '=', userId)
    .where('s.ended_at', 'is', null)
    .where((it) => it.not(it.or([pastIdle, pastExpiry])))
    .execute()
  return open.map(({ id }) => id).filter((id) => id !== except)
}
