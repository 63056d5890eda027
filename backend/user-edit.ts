import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import { ProblemError } from '../contract/problem.ts'
import type { RouteName } from '../contract/routes.ts'
import type { User } from '../contract/users.ts'
import type { Caller } from './caller.ts'
import { record } from './db/audit.ts'
import { type Database, isDuplicate, type Tx } from './db/database.ts'
import { notify, tellChanged, tellPermissions } from './db/notify.ts'
import { accessValues, lockUsers, openSessions } from './db/people.ts'
import { endSessions } from './db/sessions.ts'
import { findUser } from './db/users.ts'
import { invite } from './invitations.ts'
import { closeLinks } from './mail-links.ts'
import { assertHandsOn, assertManages, nobody, resolveAccess } from './rights.ts'
import type { Context } from './serve.ts'
import { tellAgentMode } from './webhook-events.ts'

/** Throws `not-found`. */
export async function showUser(db: Database | Tx, caller: Caller, id: string): Promise<User> {
  const user = await findUser(db, caller.workspace.id, id)
  if (!user) throw new ProblemError('not-found')
  return user
}

/** The user, locked, if the caller may manage them at all. */
export async function lockManaged(tx: Tx, caller: Caller, id: string): Promise<User> {
  await lockUsers(tx, caller.workspace.id, [id])
  const user = await showUser(tx, caller, id)
  assertManages(caller.person, { ...user, moduleStates: {} })
  return user
}

async function resolved(tx: Tx, caller: Caller, asked: Parameters<typeof resolveAccess>[2]) {
  const access = await resolveAccess(tx, caller.workspace.id, asked)
  if (!access) throw new ProblemError('no-such-profile')
  return access
}

export const sendInvitation = <R extends RouteName>(
  tx: Tx,
  { sendMail, caller }: Pick<Context<R>, 'sendMail'> & { caller: Caller },
  { id, name, email, language }: Pick<User, 'id' | 'name' | 'email' | 'language'>,
) =>
  invite(
    tx,
    { sendMail },
    { id, workspaceId: caller.workspace.id, name, email, language },
    caller.person.name,
  )

/** Writes a new user, who waits for an invitation unless there is a password; answers the id. */
export async function insertUser(
  tx: Tx,
  context: Context<'users.create'>,
  passwordHash: string | null,
): Promise<string> {
  const { caller, input } = context
  const workspaceId = caller.workspace.id
  const { name, email, role, language, hours, welcome } = input
  const access = await resolved(tx, caller, input.access)
  assertHandsOn(caller.person, nobody, { ...nobody, role, access })
  const created = await tx
    .insertInto('users')
    .values({
      workspace_id: workspaceId,
      ...{ name, email, role, language },
      ...accessValues(access),
      hours: hours && JSON.stringify(hours),
      state: passwordHash ? 'active' : 'invited',
      password_hash: passwordHash,
      must_change_password: passwordHash !== null,
    })
    // Of two at once the second waits for the first, and finds the address taken.
    .onConflict((conflict) => conflict.columns(['workspace_id', 'email']).doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!created) throw new ProblemError('email-taken')

  const after = { name, email, role, language, access, hours, welcome }
  await record(tx, caller.actor, { workspaceId, kind: 'user.created', target: created.id, after })
  await tellChanged(tx, workspaceId, 'users', 'profiles')
  if (passwordHash && role === 'agent') await tellAgentMode(tx, context, workspaceId, [created.id])
  return created.id
}

/** Throws `conflict`, with what is there, over a version that is not the current one. */
export async function updateUser(tx: Tx, context: Context<'users.update'>): Promise<User> {
  const { caller, input } = context
  const { id, version, name, email, role, language, hours } = input
  const access = await resolved(tx, caller, input.access)
  const before = await lockManaged(tx, caller, id)
  if (before.version !== version) throw new ProblemError('conflict', { current: before })
  const person = { ...before, moduleStates: {} }
  assertHandsOn(caller.person, person, { ...person, role, access })

  const changed = differing(before, { name, email, role, language, access, hours })
  if (Object.keys(changed.after).length === 0) return before
  await tx
    .updateTable('users')
    .set({ name, email, role, language, ...accessValues(access) })
    .set({ hours: hours && JSON.stringify(hours), version: sql<number>`version + 1` })
    .where('workspace_id', '=', caller.workspace.id)
    .where('id', '=', id)
    .execute()
    .catch((error: unknown) => {
      throw isDuplicate(error) ? new ProblemError('email-taken') : error
    })
  if (before.email !== email) await moveLinks(tx, context, before, input)
  await tellUpdated(tx, caller, id, changed)
  if (before.role !== role && before.state === 'active')
    await tellAgentMode(tx, context, caller.workspace.id, [id])
  return showUser(tx, caller, id)
}

/** The fields that differ, as they were and as they are. */
function differing(before: User, given: Partial<User>) {
  const names = (Object.keys(given) as (keyof User)[]) // keys() forgets them
    .filter((field) => !isDeepStrictEqual(before[field], given[field]))
  const pick = (it: Partial<User>) => Object.fromEntries(names.map((field) => [field, it[field]]))
  return { before: pick(before), after: pick(given) }
}

/** What was mailed to the old address stops working there; an invitation goes to the new one. */
async function moveLinks(
  tx: Tx,
  context: Context<'users.update'>,
  before: User,
  now: Pick<User, 'id' | 'name' | 'email' | 'language'>,
): Promise<void> {
  await closeLinks(tx, context.caller.workspace.id, [now.id], 'reset')
  if (before.invitation) await sendInvitation(tx, context, now)
}

async function tellUpdated(
  tx: Tx,
  { workspace, actor }: Caller,
  userId: string,
  changed: { before: object; after: object },
): Promise<void> {
  const workspaceId = workspace.id
  await record(tx, actor, { workspaceId, kind: 'user.changed', target: userId, ...changed })
  await tellChanged(tx, workspaceId, 'users')
  await notify(tx, { workspaceId, userId, event: { kind: 'changed', topic: 'account' } })
  if ('access' in changed.after) await tellChanged(tx, workspaceId, 'profiles')
  if ('access' in changed.after || 'role' in changed.after)
    await tellPermissions(tx, workspaceId, [userId])
}

/** Gives a password that has to be changed; whoever is signed in with the old one is out. */
export async function givePassword(
  tx: Tx,
  context: Context<'users.givePassword'>,
  passwordHash: string,
): Promise<void> {
  const { caller, input } = context
  const { id } = input
  const workspaceId = caller.workspace.id
  const before = await lockManaged(tx, caller, id)
  await tx
    .updateTable('users')
    .set({ password_hash: passwordHash, must_change_password: true })
    // It opens an account that was waiting for its invitation, not one that was closed.
    .set({ state: sql`case when state = 'invited' then 'active' else state end` })
    .set({ version: sql<number>`version + 1` })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .execute()
  for (const kind of ['invitation', 'reset'] as const) await closeLinks(tx, workspaceId, [id], kind)
  const open = await openSessions(tx, workspaceId, [id])
  await endSessions(tx, open, 'password-given', caller.actor, { by: caller.person.name })
  await record(tx, caller.actor, { workspaceId, kind: 'password.given', target: id })
  await tellChanged(tx, workspaceId, 'users')
  if (before.state === 'invited' && (before.role === 'agent' || before.agentMode))
    await tellAgentMode(tx, context, workspaceId, [id])
}
