import { createHash, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Person } from '../contract/permissions.ts'
import { ProblemError } from '../contract/problem.ts'
import type { EndCause } from '../contract/sessions.ts'
import type { Actor } from './db/audit.ts'
import type { Database } from './db/database.ts'
import { endSessions, isAway, pastExpiry, pastIdle, takeSeat } from './db/sessions.ts'

/** 256 random bits. */
export const newToken = () => randomBytes(32).toString('base64url')

export const hashToken = (token: string) => createHash('sha256').update(token).digest()

/** Who calls, in which session, and what a permission depends on. */
export interface Caller {
  person: Person & { id: string; name: string; email: string }
  workspace: { id: string; link: string; name: string; idleMinutes: number }
  session: { id: string; deviceId: string; createdAt: Date; expiresAt: Date }
  /** Whoever an audit row of this request names. */
  actor: Actor
}

interface Found {
  caller: Caller
  ended: EndCause | null
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
  if (ended) throw sessionEnded(ended)
  if (overdue) throw sessionEnded(await end(db, caller, overdue))
  if (away && !seatless) await readmit(db, caller)
  return caller
}

const sessionEnded = (cause: EndCause) => new ProblemError('session-ended', { cause })

async function end(db: Database, { session, actor }: Caller, cause: EndCause): Promise<EndCause> {
  await db.transaction().execute((tx) => endSessions(tx, [session.id], cause, actor))
  return cause
}

async function readmit(db: Database, { session, workspace, person }: Caller): Promise<void> {
  const renewed = await db.transaction().execute(async (tx) => {
    await takeSeat(tx, workspace.id, person.id)
    return tx
      .updateTable('sessions')
      .set({ last_report_at: sql<Date>`now()` })
      .where('id', '=', session.id)
      .where('ended_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
  })
  if (!renewed) throw await whyEnded(db, session.id)
}

/** For a session that was open a moment ago and is not any more. */
export async function whyEnded(db: Database, sessionId: string): Promise<ProblemError> {
  const session = await db
    .selectFrom('sessions')
    .select('ended_cause')
    .where('id', '=', sessionId)
    .executeTakeFirst()
  return session?.ended_cause
    ? sessionEnded(session.ended_cause)
    : new ProblemError('not-signed-in')
}

const moduleStates = sql<Person['moduleStates']>`coalesce(
  (select jsonb_object_agg(module, state) from workspace_modules m where m.workspace_id = w.id), '{}')`

async function find(db: Database, token: string, address: string): Promise<Found | undefined> {
  const row = await db
    .selectFrom('sessions as s')
    .innerJoin('users as u', 'u.id', 's.user_id')
    .innerJoin('workspaces as w', 'w.id', 's.workspace_id')
    .where('s.token_hash', '=', hashToken(token))
    .select(['s.id as session_id', 's.device_id', 's.created_at', 's.expires_at', 's.ended_cause'])
    .select(['u.id as user_id', 'u.name as user_name', 'u.email', 'u.role', 'u.state'])
    .select(['w.id as workspace_id', 'w.link', 'w.name as workspace_name', 'w.idle_minutes'])
    .select([pastIdle.as('past_idle'), pastExpiry.as('past_expiry'), isAway.as('away')])
    .select(moduleStates.as('module_states'))
    .executeTakeFirst()
  if (row?.state !== 'active') return undefined
  return {
    caller: {
      person: {
        id: row.user_id,
        name: row.user_name,
        email: row.email,
        role: row.role,
        access: { kind: 'none' },
        moduleStates: row.module_states,
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
      actor: { id: row.user_id, name: row.user_name, sessionId: row.session_id, address },
    },
    ended: row.ended_cause,
    overdue: row.past_expiry ? 'expired' : row.past_idle ? 'idle' : null,
    away: row.away,
  }
}
