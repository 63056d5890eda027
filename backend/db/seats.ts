import { sql } from 'kysely'
import { ProblemError } from '../../contract/problem.ts'
import { type SeatsFull, waitPatience } from '../../contract/seats.ts'
import type { Role } from '../../contract/permissions.ts'
import type { Database, Tx } from './database.ts'
import { holdsSeat } from './sessions.ts'

/** Who asks for a seat. */
export interface Applicant {
  workspaceId: string
  userId: string
}

/** A place in the queue for which somebody still asks; `t` is seat_tickets. */
export const inLine = sql<boolean>`(t.queued_at is not null and t.expires_at > now()
  and t.asked_at + ${waitPatience} * interval '1 millisecond' > now())`

/** Users with a seat. */
const seated = (workspaceId: string) => sql`
  select distinct s.user_id from sessions s join workspaces w on w.id = s.workspace_id
  where s.workspace_id = ${workspaceId} and ${holdsSeat}`

interface Standing {
  licences: number
  taken: number
  /** The applicant has a seat already, on another device. */
  own: boolean
  /** People who wait and came before the applicant. */
  ahead: number
}

/** People wait, not tickets: who waits at two desks has the earlier place, once. */
async function standing(db: Database | Tx, { workspaceId, userId }: Applicant): Promise<Standing> {
  const { rows } = await sql<Standing>`
    with seated as (${seated(workspaceId)}),
    line as (
      select t.user_id, min(t.queued_at) as since from seat_tickets t
      where t.workspace_id = ${workspaceId} and ${inLine}
        and t.user_id not in (select user_id from seated)
      group by t.user_id)
    select w.licences,
      (select count(*)::int from seated) as taken,
      exists (select from seated where user_id = ${userId}) as own,
      (select count(*)::int from line other where other.user_id <> ${userId} and not exists (
        select from line mine where mine.user_id = ${userId}
          and (mine.since, mine.user_id) < (other.since, other.user_id))) as ahead
    from workspaces w where w.id = ${workspaceId}`.execute(db)
  const [row] = rows
  if (!row) throw new ProblemError('workspace-not-found')
  return row
}

const hasRoom = ({ own, licences, taken, ahead }: Standing, pastQueue: boolean) =>
  own || licences - taken > (pastQueue ? 0 : ahead)

/**
 * The one way into a seat (U4): sign-in, return after a lapsed lease, the queue, and the owner's
 * choice. `work` signs in or renews the lease, in the transaction that holds the seat; `null`: there
 * is none. Without the lock first, so that a refusal waits for nobody; then under it, one admission
 * at a time in all processes.
 */
export async function admit<T>(
  db: Database,
  applicant: Applicant,
  work: (tx: Tx) => Promise<T>,
): Promise<T | null> {
  if (!hasRoom(await standing(db, applicant), false)) return null
  return admitted(db, applicant, work, { pastQueue: false })
}

/** The same for the owner, who frees a seat (`makeRoom`) and does not queue for it. */
export const admitInstead = <T>(
  db: Database,
  applicant: Applicant,
  makeRoom: (tx: Tx) => Promise<void>,
  work: (tx: Tx) => Promise<T>,
): Promise<T | null> => admitted(db, applicant, work, { pastQueue: true, makeRoom })

class NoRoom extends Error {}

async function admitted<T>(
  db: Database,
  applicant: Applicant,
  work: (tx: Tx) => Promise<T>,
  options: { pastQueue: boolean; makeRoom?: (tx: Tx) => Promise<void> },
): Promise<T | null> {
  const transaction = () =>
    db.transaction().execute(async (tx) => {
      await tx
        .selectFrom('workspaces')
        .select('id')
        .where('id', '=', applicant.workspaceId)
        // Weaker than `for update`, for which the audit rows of other transactions would have to wait.
        .forNoKeyUpdate()
        .execute()
      await options.makeRoom?.(tx)
      // A statement of its own, which sees what the one before us committed.
      if (!hasRoom(await standing(tx, applicant), options.pastQueue)) throw new NoRoom()
      return work(tx)
    })
  try {
    return await inTurn(applicant.workspaceId, transaction)
  } catch (error) {
    // Thrown, and not returned, so that room that was made in vain is given back.
    if (error instanceof NoRoom) return null
    throw error
  }
}

/** The last in each line. */
const lines = new Map<string, Promise<unknown>>()

/**
 * One task at a time for each key in this process, first come first served. A storm of sign-ins
 * waits here, and not with a connection in its hand for the row lock until the statement times out:
 * of each process one transaction waits for it at most.
 */
export async function inTurn<T>(key: string, task: () => Promise<T>): Promise<T> {
  const mine = (lines.get(key) ?? Promise.resolve()).then(task)
  const done = mine.then(
    () => undefined,
    () => undefined,
  )
  lines.set(key, done)
  try {
    return await mine
  } finally {
    if (lines.get(key) === done) lines.delete(key)
  }
}

/** Members of `no-seat`, as they stand for the applicant; `holders` for the owner. */
export async function seatsFull(
  db: Database | Tx,
  applicant: Applicant & { role?: Role },
): Promise<SeatsFull> {
  const { licences, taken, ahead } = await standing(db, applicant)
  const holders = await holdersOf(db, applicant.workspaceId)
  const moments = holders.map(({ freeBy }) => freeBy.getTime())
  return {
    licences,
    taken,
    waiting: ahead,
    freeBy: moments.length > 0 ? new Date(Math.min(...moments)).toISOString() : null,
    ...(applicant.role === 'owner' && {
      holders: holders.map(({ userId, name, role, devices, since, idleSeconds }) => ({
        ...{ userId, name, role, devices, idleSeconds },
        since: since.toISOString(),
      })),
    }),
  }
}

interface Holder {
  userId: string
  name: string
  role: Role
  devices: string[]
  since: Date
  idleSeconds: number
  /** When the last of the user's sessions ends if nobody touches them. */
  freeBy: Date
}

async function holdersOf(db: Database | Tx, workspaceId: string): Promise<Holder[]> {
  const { rows } = await sql<Holder>`
    select u.id as "userId", u.name, u.role,
      array_agg(distinct s.device_name order by s.device_name) as devices,
      min(s.created_at) as since,
      greatest(0, floor(extract(epoch from now() - max(s.last_activity_at))))::int as "idleSeconds",
      max(least(s.expires_at, s.last_activity_at + w.idle_minutes * interval '1 minute')) as "freeBy"
    from sessions s
    join workspaces w on w.id = s.workspace_id
    join users u on u.id = s.user_id
    where s.workspace_id = ${workspaceId} and ${holdsSeat}
    group by u.id
    order by "idleSeconds" desc, u.name_key`.execute(db)
  return rows
}
