import { sql } from 'kysely'
import { sessionLife } from '../contract/idle.ts'
import { ProblemError } from '../contract/problem.ts'
import type { Admitted, HeldBy } from '../contract/sessions.ts'
import { accountGuard, addressGuard, assertOpen, countFailure, forgive } from './attempts.ts'
import { authenticate, type Caller } from './caller.ts'
import { record } from './db/audit.ts'
import type { Database, Tx } from './db/database.ts'
import { assertStands, assertStandsStill, goneAt, isLost } from './db/deletion.ts'
import { admit, admitInstead, type Applicant, seatsFull } from './db/seats.ts'
import { endSessions, openSessionsOf } from './db/sessions.ts'
import type { Holding } from './db/tickets.ts'
import { standingAt } from './hours.ts'
import { verifyPassword } from './passwords.ts'
import { hashToken, newToken } from './tokens.ts'

/** Somebody whose password was right, at a device. */
export interface Entrant extends Holding {
  name: string
  role: Caller['person']['role']
  /** Network address of the request. */
  address: string
}

/** The person behind a ticket or an e-mail address, as it stands now. */
export const findPerson = (db: Database, workspaceId: string) =>
  db
    .selectFrom('users as u')
    .innerJoin('workspaces as w', 'w.id', 'u.workspace_id')
    .where('u.workspace_id', '=', workspaceId)
    .select(['u.id', 'u.name', 'u.role', 'u.state', 'u.password_hash', 'u.hours', 'w.time_zone'])
    .select(['u.language', goneAt.as('gone_at'), isLost.as('lost')])

export type FoundPerson = NonNullable<
  Awaited<ReturnType<ReturnType<typeof findPerson>['executeTakeFirst']>>
>

/**
 * Whose e-mail address and password these are, and the hash that the password was checked against.
 * Throws `bad-credentials`, and `too-many-attempts` (`attempts.ts`).
 */
export async function recognise(
  db: Database,
  it: { workspaceId: string; email: string; password: string; address: string },
): Promise<FoundPerson & { password_hash: string }> {
  const account = accountGuard(it.workspaceId, it.email)
  const guards = [account, addressGuard(it.address)]
  await assertOpen(db, guards)
  const person = await findPerson(db, it.workspaceId)
    .where('u.email', '=', it.email)
    .executeTakeFirst()
  const right = await verifyPassword(person?.password_hash, it.password)
  // Who was invited and has no password yet is answered like a stranger.
  if (!person?.password_hash || !right || person.state === 'invited') {
    await countFailure(db, guards)
    throw new ProblemError('bad-credentials')
  }
  await assertOpen(db, guards)
  await forgive(db, account)
  return { ...person, password_hash: person.password_hash }
}

/** Only after the password was right: who guesses is told nothing about the account. */
export function assertMayEnter(person: FoundPerson): void {
  const { state, hours, time_zone: zone } = person
  if (state === 'deactivated') throw new ProblemError('account-deactivated')
  assertStands(person, person.role)
  const { open, next } = standingAt(hours, zone, new Date())
  if (!open) throw new ProblemError('outside-hours', { next: next?.toISOString() ?? null })
}

/** Signs in if there is a seat; `null`: there is none. `before` runs first, in the same transaction. */
export async function enter(
  db: Database,
  entrant: Entrant,
  before?: (tx: Tx) => Promise<void>,
): Promise<Admitted | null> {
  const token = await admit(db, entrant, async (tx) => {
    await before?.(tx)
    return openSession(tx, entrant)
  })
  return token === null ? null : admitted(db, token, entrant)
}

/** Signs in on the seat of another, whose sessions `makeRoom` ends; nothing is ended in vain. */
export async function enterInstead(
  db: Database,
  entrant: Entrant,
  makeRoom: (tx: Tx) => Promise<void>,
): Promise<Admitted | null> {
  const token = await admitInstead(db, entrant, makeRoom, (tx) => openSession(tx, entrant))
  return token === null ? null : admitted(db, token, entrant)
}

async function openSession(tx: Tx, it: Entrant): Promise<string> {
  // Its deletion takes the lock that an admission holds: one of the two sees the other.
  await assertStandsStill(tx, it.workspaceId, it.role)
  await assertUnchanged(tx, it)
  const { workspaceId, userId, device, address } = it
  const actor = { id: userId, name: it.name, sessionId: null, address }
  await endReplaced(tx, it, actor)
  const token = newToken()
  const session = await tx
    .insertInto('sessions')
    .values({
      workspace_id: workspaceId,
      user_id: userId,
      token_hash: hashToken(token),
      device_id: device.id,
      device_name: device.name,
      device_platform: device.platform,
      device_version: device.version,
      address,
      expires_at: sql<Date>`now() + ${sessionLife} * interval '1 millisecond'`,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await record(
    tx,
    { ...actor, sessionId: session.id },
    { workspaceId, kind: 'session.started', target: session.id, after: { device } },
  )
  return token
}

/** The password may have been changed, or the person deactivated, while it was being checked. */
async function assertUnchanged(tx: Tx, { userId, passwordHash }: Entrant): Promise<void> {
  const same = await tx
    .updateTable('users')
    .set({ last_sign_in_at: sql<Date>`now()` })
    .where('id', '=', userId)
    .where('password_hash', '=', passwordHash)
    .where('state', '=', 'active')
    .returning('id')
    .execute()
  if (same.length === 0) throw new ProblemError('bad-credentials')
}

/** One installation holds one session of a person: signing in again replaces it (B8). */
async function endReplaced(
  tx: Tx,
  { userId, device }: Entrant,
  actor: Parameters<typeof endSessions>[3],
): Promise<void> {
  const replaced = await tx
    .selectFrom('sessions')
    .select('id')
    .where('user_id', '=', userId)
    .where('device_id', '=', device.id)
    .where('ended_at', 'is', null)
    .execute()
  const ids = replaced.map(({ id }) => id)
  await endSessions(tx, ids, 'replaced', actor)
}

/** What the next request would be told, so that the two can never differ. */
async function admitted(db: Database, token: string, { address }: Entrant): Promise<Admitted> {
  const caller = await authenticate(db, token, address)
  return { ...(await heldBy(db, caller)), token }
}

/** What a signed-in workstation knows about itself. */
export async function heldBy(db: Database, caller: Caller): Promise<HeldBy> {
  const { session, person, workspace } = caller
  const { id, name, email, role, access, moduleStates, mustChangePassword } = person
  const others = await openSessionsOf(db, id, session.id)
  const { seal_key: sealKey } = await db
    .selectFrom('users')
    .select('seal_key')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return {
    session: {
      id: session.id,
      createdAt: session.createdAt.toISOString(),
      expiresAt: session.expiresAt.toISOString(),
    },
    person: { id, name, email, role, access, mustChangePassword },
    moduleStates,
    otherSessions: others.length,
    workspace,
    sealKey: sealKey.toString('base64'),
  }
}

/** `no-seat` with the numbers, and what else the entrant needs for the choice (U4). */
export async function noSeat(
  db: Database,
  applicant: Applicant & Pick<Entrant, 'role'>,
  ticket: string,
): Promise<ProblemError> {
  return new ProblemError('no-seat', { ...(await seatsFull(db, applicant)), ticket })
}
