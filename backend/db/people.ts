import { sql } from 'kysely'
import type { AccessInput, AccessOutput, Grants } from '../../contract/access.ts'
import { decide, type Person, permissions, type Role } from '../../contract/permissions.ts'
import type { UserRow } from '../../contract/users.ts'
import type { Database, Tx } from './database.ts'

/** A user as permissions see it (`decide`, `obstacle`, `beyond`). */
export type Somebody = Person & { id: string; access: AccessOutput }

/** What `accessOf` reads: of `users as u`, with `profiles as p` joined to the left. */
export const accessColumns = [
  'u.access',
  'u.grants',
  'u.profile_id',
  'p.name as profile_name',
  'p.grants as profile_grants',
] as const

interface AccessRow {
  access: UserRow['access']
  grants: Grants | null
  profile_id: string | null
  profile_name: string | null
  profile_grants: Grants | null
}

/** What a user has been given besides the role. The table's constraints keep kind and columns together. */
export function accessOf(row: AccessRow): AccessOutput {
  switch (row.access) {
    case 'profile':
      return {
        kind: 'profile',
        profileId: row.profile_id ?? '',
        name: row.profile_name ?? '',
        grants: row.profile_grants ?? {},
      }
    case 'custom':
      return { kind: 'custom', grants: row.grants ?? {} }
    default:
      return { kind: row.access }
  }
}

export const personOf = (
  row: AccessRow & { id: string; role: Role },
  moduleStates: Person['moduleStates'],
): Somebody => ({ id: row.id, role: row.role, access: accessOf(row), moduleStates })

/** Every right there is, whether the person has it, and why (`account.permissions`, B4). */
export const permissionsOf = (person: Person) =>
  permissions.map(({ module, action }) => {
    const { allowed, because } = decide(person, module, action)
    return { module, action, allowed, because: because.map((it) => ({ ...it })) }
  })

/** The modules of `workspaces as w` that are not active. */
export const moduleStates = sql<Person['moduleStates']>`coalesce(
  (select jsonb_object_agg(module, state) from workspace_modules m where m.workspace_id = w.id), '{}')`

/** Users of a workspace with what they have been given; narrow it and add columns. */
export const peopleOf = (db: Database | Tx, workspaceId: string) =>
  db
    .selectFrom('users as u')
    .leftJoin('profiles as p', (join) =>
      join.onRef('p.workspace_id', '=', 'u.workspace_id').onRef('p.id', '=', 'u.profile_id'),
    )
    .where('u.workspace_id', '=', workspaceId)
    .select(['u.id', 'u.name', 'u.email', 'u.role'])
    .select(accessColumns)

/** How an access is kept. */
export const accessValues = (access: AccessInput) => ({
  access: access.kind,
  profile_id: access.kind === 'profile' ? access.profileId : null,
  grants: access.kind === 'custom' ? JSON.stringify(access.grants) : null,
})

/** Locks users until the end of the transaction, one order for all: otherwise two changes could wait for each other. */
export const lockUsers = (tx: Tx, workspaceId: string, ids: readonly string[]) =>
  tx
    .selectFrom('users')
    .select('id')
    .where('workspace_id', '=', workspaceId)
    .where('id', 'in', ids)
    .orderBy('id')
    // A deletion needs no more: it takes the stronger lock itself, which only waits for new sessions.
    .forNoKeyUpdate()
    .execute()

/** The open sessions of some users. */
export async function openSessions(tx: Tx, workspaceId: string, userIds: readonly string[]) {
  if (userIds.length === 0) return []
  const open = await tx
    .selectFrom('sessions')
    .select('id')
    .where('workspace_id', '=', workspaceId)
    .where('user_id', 'in', userIds)
    .where('ended_at', 'is', null)
    .orderBy('id')
    .execute()
  return open.map(({ id }) => id)
}

/** Those of the users whose desktops may be open. */
export async function withOpenSessions(tx: Tx, workspaceId: string, userIds: readonly string[]) {
  const rows = await tx
    .selectFrom('sessions')
    .select('user_id')
    .distinct()
    .where('workspace_id', '=', workspaceId)
    .where('user_id', '=', sql<string>`any(${userIds}::uuid[])`)
    .where('ended_at', 'is', null)
    .execute()
  return rows.map((row) => row.user_id)
}
