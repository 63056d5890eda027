import { sql } from 'kysely'
import { ProblemError } from '../contract/problem.ts'
import type { EndCause } from '../contract/sessions.ts'
import type { SignInHours } from '../contract/users.ts'
import type { Actor } from './db/audit.ts'
import type { Database } from './db/database.ts'
import { accessColumns, moduleStates, personOf, type Somebody } from './db/people.ts'
import { admit, seatsFull } from './db/seats.ts'
import { endSessions, isAway, isOpen, overdue } from './db/sessions.ts'
import { standingAt } from './hours.ts'
import { hashToken } from './tokens.ts'

/** Who calls, in which session, and what a permission depends on. */
export interface Caller {
  person: Somebody & {
    name: string
    email: string
    /** Signed in with a one-time password: has to change it before anything else (U2). */
    mustChangePassword: boolean
  }
  workspace: { id: string; link: string; name: string; idleMinutes: number }
  session: { id: string; deviceId: string; createdAt: Date; expiresAt: Date }
  /** Whoever an audit row of this request names. */
  actor: Actor
}

interface Found {
  caller: Caller
  ended: ProblemError | null
  overdue: EndCause | null
  away: boolean
}

/**
 * The caller that a bearer token stands for. Looking it up never extends a session; it ends one
 * that is past its idle deadline or its longest life. Throws `not-signed-in` or `session-ended`
 * with `cause`.
 *
 * A session whose lease lapsed (B2, docs/decisions/0001-lease.md) first has to get a seat again, or
 * `no-seat` is thrown; `seatless` spares whoever only wants to sign out.
 */
export async function authenticate(
  db: Database,
  token: string | undefined,
  address: string,
  { seatless = false } = {},
): Promise<Caller> {
  const found = token ? await find(db, token, address) : undefined
  if (!found) throw new ProblemError('not-signed-in')
  const { caller, ended, overdue, away } = found
  if (ended) throw ended
  if (overdue) throw await end(db, caller, overdue)
  if (away && !seatless) await readmit(db, caller)
  return caller
}

/** The problem of a session's row; `null`: it is open. */
function endOf(row: {
  ended_cause: EndCause | null
  ended_by: string | null
  ended_reason: string | null
}): ProblemError | null {
  const { ended_cause: cause, ended_by: by, ended_reason: reason } = row
  return (
    cause &&
    new ProblemError('session-ended', { cause, ...(by && { by }), ...(reason && { reason }) })
  )
}

async function end(db: Database, { session, actor }: Caller, cause: EndCause) {
  await db.transaction().execute((tx) => endSessions(tx, [session.id], cause, actor))
  // Not always by this: whoever was first has said why, and that is what is kept.
  return whyEnded(db, session.id)
}

async function readmit(db: Database, caller: Caller): Promise<void> {
  const { session, workspace, person } = caller
  const applicant = { workspaceId: workspace.id, userId: person.id }
  const renewed = await admit(db, applicant, (tx) =>
    tx
      .updateTable('sessions as s')
      .from('workspaces as w')
      .set({ last_report_at: sql<Date>`now()` })
      .whereRef('w.id', '=', 's.workspace_id')
      .where('s.id', '=', session.id)
      // Its deadline may have passed while it waited for its turn.
      .where(isOpen)
      .returning('s.id')
      .execute(),
  )
  if (!renewed) throw new ProblemError('no-seat', { ...(await seatsFull(db, applicant)) })
  if (renewed.length === 0) throw await whyOver(db, caller)
}

/** For a session that was open a moment ago and is not any more, ended or only past its deadline. */
export async function whyOver(db: Database, caller: Caller): Promise<ProblemError> {
  const due = await db
    .selectFrom('sessions as s')
    .innerJoin('workspaces as w', 'w.id', 's.workspace_id')
    .select(overdue.as('cause'))
    .where('s.id', '=', caller.session.id)
    .where('s.ended_at', 'is', null)
    .executeTakeFirst()
  return due?.cause ? end(db, caller, due.cause) : whyEnded(db, caller.session.id)
}

/** For a session that has ended. */
export async function whyEnded(db: Database, sessionId: string): Promise<ProblemError> {
  const session = await db
    .selectFrom('sessions')
    .select(['ended_cause', 'ended_by', 'ended_reason'])
    .where('id', '=', sessionId)
    .executeTakeFirst()
  return (session && endOf(session)) ?? new ProblemError('not-signed-in')
}

/** Hours only stand in the way of coming back: the sweep sees to who stays. */
function overdueOf(row: {
  overdue: 'expired' | 'idle' | null
  away: boolean
  hours: SignInHours | null
  time_zone: string
}): EndCause | null {
  if (row.overdue) return row.overdue
  return row.away && !standingAt(row.hours, row.time_zone, new Date()).open ? 'outside-hours' : null
}

async function find(db: Database, token: string, address: string): Promise<Found | undefined> {
  const row = await db
    .selectFrom('sessions as s')
    .innerJoin('users as u', 'u.id', 's.user_id')
    .innerJoin('workspaces as w', 'w.id', 's.workspace_id')
    .leftJoin('profiles as p', 'p.id', 'u.profile_id')
    .where('s.token_hash', '=', hashToken(token))
    .select(['s.id as session_id', 's.device_id', 's.created_at', 's.expires_at'])
    .select(['s.ended_cause', 's.ended_by', 's.ended_reason'])
    .select(['u.id', 'u.name', 'u.email', 'u.role', 'u.state', 'u.must_change_password'])
    .select(['u.hours', 'w.time_zone'])
    .select(accessColumns)
    .select(['w.id as workspace_id', 'w.link', 'w.name as workspace_name', 'w.idle_minutes'])
    .select('w.deletes_at')
    .select([overdue.as('overdue'), isAway.as('away')])
    .select(moduleStates.as('module_states'))
    .executeTakeFirst()
  if (!row) return undefined
  const ended = endOf(row)
  // Deactivating, and deleting the workspace, end the sessions, so this one would be a mistake
  // elsewhere; it still opens nothing.
  if ((row.state !== 'active' || row.deletes_at !== null) && !ended) return undefined
  return {
    caller: {
      person: {
        ...personOf(row, row.module_states),
        name: row.name,
        email: row.email,
        mustChangePassword: row.must_change_password,
      },
      workspace: {
        id: row.workspace_id,
        link: row.link,
        name: row.workspace_name,
        idleMinutes: row.idle_minutes,
      },
      session: {
        id: row.session_id,
        deviceId: row.device_id,
        createdAt: row.created_at,
        expiresAt: row.expires_at,
      },
      actor: { id: row.id, name: row.name, sessionId: row.session_id, address },
    },
    ended,
    overdue: overdueOf(row),
    away: row.away,
  }
}
