import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import type { Grants } from '../../contract/access.ts'
import { meets } from '../../contract/permissions.ts'
import { ProblemError } from '../../contract/problem.ts'
import type { Profile, profiles as contract } from '../../contract/profiles.ts'
import type { Caller } from '../caller.ts'
import { record } from '../db/audit.ts'
import { type Database, isDuplicate, type Tx } from '../db/database.ts'
import { tellChanged, tellPermissions } from '../db/notify.ts'
import { accessValues, lockUsers } from '../db/people.ts'
import { profilesOf, seatedWith } from '../db/profiles.ts'
import { findUser } from '../db/users.ts'
import { moveUsers } from '../profile-users.ts'
import { assertHandsOn, assertManages, nobody } from '../rights.ts'
import type { Context, HandlersOf } from '../serve.ts'

export const profiles: HandlersOf<typeof contract> = {
  'profiles.list': async ({ db, caller }) => ({ profiles: await list(db, caller) }),

  'profiles.create': ({ db, caller, input }) =>
    db.transaction().execute(async (tx) => {
      const workspaceId = caller.workspace.id
      const { name, grants, promoteFrom } = input
      assertHandsOn(caller.person, nobody, having(name, grants))
      const { id } = await tx
        .insertInto('profiles')
        .values({ workspace_id: workspaceId, name, grants: JSON.stringify(grants) })
        .returning('id')
        .executeTakeFirstOrThrow()
        .catch(nameTaken)
      const happening = { kind: 'profile.created', target: id, after: { name, grants } }
      await record(tx, caller.actor, { workspaceId, ...happening })
      await tellChanged(tx, workspaceId, 'profiles')
      if (promoteFrom) await promote(tx, caller, promoteFrom, { id, name, grants })
      return show(tx, caller, id)
    }),

  'profiles.update': (context) => context.db.transaction().execute((tx) => update(tx, context)),

  'profiles.delete': (context) => context.db.transaction().execute((tx) => remove(tx, context)),
}

/** Whoever has a profile and nothing else: the measure of what it hands out. */
const having = (name: string, grants: Grants) => ({
  ...nobody,
  access: { kind: 'profile' as const, name, grants },
})

const list = async (db: Database | Tx, caller: Caller): Promise<Profile[]> =>
  (await profilesOf(db, caller.workspace.id).orderBy('p.name_key').execute()).map(asProfile)

async function show(tx: Tx, caller: Caller, id: string): Promise<Profile> {
  const row = await profilesOf(tx, caller.workspace.id).where('p.id', '=', id).executeTakeFirst()
  if (!row) throw new ProblemError('not-found')
  return asProfile(row)
}

const asProfile = ({
  changed_at: changedAt,
  ...it
}: Omit<Profile, 'changedAt'> & { changed_at: Date }): Profile => ({
  ...it,
  changedAt: changedAt.toISOString(),
})

function nameTaken(error: unknown): never {
  throw isDuplicate(error) ? new ProblemError('name-taken') : error
}

/** Gives the user, whose custom permissions the profile was made of, the profile instead (U8). */
async function promote(
  tx: Tx,
  caller: Caller,
  userId: string,
  profile: { id: string; name: string; grants: Grants },
): Promise<void> {
  const workspaceId = caller.workspace.id
  // It changes a user besides the profile.
  const { allowed, because } = meets(caller.person, { module: 'users', action: 'edit' })
  if (!allowed) throw new ProblemError('forbidden', { because })
  await lockUsers(tx, workspaceId, [userId])
  const user = await findUser(tx, workspaceId, userId)
  if (!user) throw new ProblemError('not-found')
  assertManages(caller.person, { ...user, moduleStates: {} })
  if (user.access.kind !== 'custom' || !isDeepStrictEqual(user.access.grants, profile.grants))
    throw notTheirs()

  const access = { kind: 'profile', profileId: profile.id } as const
  await tx
    .updateTable('users')
    .set({ ...accessValues(access), version: sql<number>`version + 1` })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', userId)
    .execute()
  await record(tx, caller.actor, {
    workspaceId,
    kind: 'user.changed',
    target: userId,
    before: { access: user.access },
    after: { access: { ...access, name: profile.name, grants: profile.grants } },
  })
  await tellChanged(tx, workspaceId, 'users')
  await tellPermissions(tx, workspaceId, [userId])
}

const notTheirs = () =>
  new ProblemError('invalid-input', {
    errors: [{ path: 'promoteFrom', message: 'does not have these custom permissions' }],
  })

/** The profile, locked with the one its users go to; the caller's own is not theirs to change. */
async function lockManaged(
  tx: Tx,
  caller: Caller,
  { id, version }: { id: string; version: number },
  others: readonly string[] = [],
): Promise<Profile> {
  await tx
    .selectFrom('profiles')
    .select('id')
    .where('workspace_id', '=', caller.workspace.id)
    .where('id', 'in', [id, ...others])
    .orderBy('id')
    .forUpdate()
    .execute()
  const profile = await show(tx, caller, id)
  const { access } = caller.person
  if (access.kind === 'profile' && access.profileId === id)
    throw new ProblemError('obstacle', { obstacle: 'self' })
  if (profile.version !== version) throw new ProblemError('conflict', { current: profile })
  return profile
}

async function update(tx: Tx, { caller, input }: Context<'profiles.update'>): Promise<Profile> {
  const workspaceId = caller.workspace.id
  const { id, name, grants } = input
  const before = await lockManaged(tx, caller, input)
  assertHandsOn(caller.person, having(before.name, before.grants), having(name, grants))
  if (before.name === name && isDeepStrictEqual(before.grants, grants)) return before

  await tx
    .updateTable('profiles')
    .set({ name, grants: JSON.stringify(grants), changed_at: sql<Date>`now()` })
    .set({ version: sql<number>`version + 1` })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .execute()
    .catch(nameTaken)
  await record(tx, caller.actor, {
    workspaceId,
    kind: 'profile.changed',
    target: id,
    before: { name: before.name, grants: before.grants },
    after: { name, grants },
  })
  await tellChanged(tx, workspaceId, 'profiles', 'users')
  await tellPermissions(tx, workspaceId, await seatedWith(tx, workspaceId, id))
  return show(tx, caller, id)
}

async function remove(tx: Tx, { caller, input }: Context<'profiles.delete'>) {
  const workspaceId = caller.workspace.id
  const { id, moveTo } = input
  const before = await lockManaged(tx, caller, input, moveTo ? [moveTo] : [])
  const next = moveTo === null ? null : (await list(tx, caller)).find((it) => it.id === moveTo)
  if (next === undefined || moveTo === id) throw new ProblemError('no-such-profile')
  const after = next ? having(next.name, next.grants) : nobody
  assertHandsOn(caller.person, having(before.name, before.grants), after)

  const concerned = await seatedWith(tx, workspaceId, id)
  const movedUsers = await moveUsers(tx, caller, before, next)
  await tx
    .deleteFrom('profiles')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .execute()
  await record(tx, caller.actor, {
    workspaceId,
    kind: 'profile.deleted',
    target: id,
    before: { name: before.name, grants: before.grants },
    after: { movedTo: next?.name ?? null, movedUsers },
  })
  await tellChanged(tx, workspaceId, 'profiles', 'users')
  await tellPermissions(tx, workspaceId, concerned)
  return { movedUsers }
}
