import { sql } from 'kysely'
import { ProblemError } from '../../contract/problem.ts'
import type { Parsed } from '../../contract/routes.ts'
import { hashToken, newToken } from '../tokens.ts'
import type { Database, Tx } from './database.ts'
import { type Applicant, inLine, inTurn } from './seats.ts'

/** What a ticket stands for: this person was at this device with this password. */
export interface Holding extends Applicant {
  passwordHash: string
  device: Parsed<'sessions.create'>['device']
}

export interface Ticket extends Holding {
  id: string
}

/** How long it is worth something after the password was checked, or its holder last asked. */
const validity = sql`interval '10 minutes'`

/**
 * Answers a ticket for who met no free seat, and counts the refusal. An earlier one of the same
 * installation is given up.
 */
export async function issueTicket(db: Database, it: Holding): Promise<string> {
  const ticket = newToken()
  const { workspaceId, userId, passwordHash, device } = it
  // In turn, or a storm of refusals would wait for the row of the minute with all connections.
  await inTurn(`refused ${workspaceId}`, () =>
    sql`
      with earlier as (
        delete from seat_tickets where user_id = ${userId} and device ->> 'id' = ${device.id}),
      refusal as (
        insert into seat_samples as it (workspace_id, at, taken, licences, refused)
        select id, date_trunc('minute', now()), licences, licences, 1 from workspaces where id = ${workspaceId}
        on conflict (workspace_id, at) do update set refused = it.refused + 1)
      insert into seat_tickets (workspace_id, user_id, token_hash, password_hash, device, expires_at)
      values (${workspaceId}, ${userId}, ${hashToken(ticket)}, ${passwordHash},
        ${JSON.stringify(device)}, now() + ${validity})`.execute(db),
  )
  return ticket
}

/** Throws `ticket-expired` for what is no ticket any more. */
export async function findTicket(db: Database, ticket: string): Promise<Ticket> {
  const row = await db
    .selectFrom('seat_tickets')
    .select(['id', 'device', 'workspace_id as workspaceId', 'user_id as userId'])
    .select('password_hash as passwordHash')
    .where('token_hash', '=', hashToken(ticket))
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst()
  if (!row) throw new ProblemError('ticket-expired')
  return row
}

/** Gets in line, or tells that somebody still waits. A place nobody asked for in time is at the end. */
export async function standInLine(db: Database, { id }: Ticket): Promise<void> {
  await sql`
    update seat_tickets t set
      queued_at = case when ${inLine} then t.queued_at else now() end,
      asked_at = now(),
      expires_at = now() + ${validity}
    where t.id = ${id}`.execute(db)
}

/** A ticket admits once: throws `ticket-expired` where another request was faster. */
export async function useTicket(tx: Tx, { id }: Ticket): Promise<void> {
  const used = await tx.deleteFrom('seat_tickets').where('id', '=', id).returning('id').execute()
  if (used.length === 0) throw new ProblemError('ticket-expired')
}

export async function dropTicket(db: Database, ticket: string): Promise<void> {
  await db.deleteFrom('seat_tickets').where('token_hash', '=', hashToken(ticket)).execute()
}

/** For the sweep. */
export async function forgetOldTickets(db: Database): Promise<void> {
  await db
    .deleteFrom('seat_tickets')
    .where('expires_at', '<', sql<Date>`now()`)
    .execute()
}

/** People who wait for a seat now. */
export async function countWaiting(db: Database, workspaceId: string): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    select count(distinct t.user_id)::int as waiting from seat_tickets t
    where t.workspace_id = ${workspaceId} and ${inLine}`.execute(db)
  return rows[0]?.waiting ?? 0
}
