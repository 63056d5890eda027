import { type RawBuilder, sql } from 'kysely'
import type { Parsed } from '../../contract/routes.ts'
import type { User, UserRow } from '../../contract/users.ts'
import type { Database, Tx } from './database.ts'
import { accessOf, peopleOf } from './people.ts'
import { contains, typed } from './search.ts'
import { holdsSeat } from './sessions.ts'

export type UserFilter = Parsed<'users.export'>

/** Whether `users as u` are signed in: asked once for all rows, not for each. */
export const signedIn = (workspaceId: string) => sql<boolean>`u.id in (
  select s.user_id from sessions s join workspaces w on w.id = s.workspace_id
  where s.workspace_id = ${workspaceId} and ${holdsSeat})`

/** The conditions of a filter, on `users as u`. */
export function conditions(workspaceId: string, filter: UserFilter): RawBuilder<boolean>[] {
  const { search = '', role, access, profileId, state, agentMode, signedIn: wanted } = filter
  const seated = signedIn(workspaceId)
  return [
    sql<boolean>`u.workspace_id = ${workspaceId}`,
    ...wordsOf(search).map((word) => contains(sql`u.search`, word)),
    ...(role ? [sql<boolean>`u.role = ${role}`] : []),
    ...(access ? [sql<boolean>`u.access = ${access}`] : []),
    ...(profileId ? [sql<boolean>`u.profile_id = ${profileId}`] : []),
    ...(state ? [sql<boolean>`u.state = ${state}`] : []),
    ...(agentMode === undefined ? [] : [sql<boolean>`u.agent_mode = ${agentMode}`]),
    ...(wanted === undefined ? [] : [wanted ? seated : sql<boolean>`not (${seated})`]),
  ]
}

/** Every word has to be found, in whatever order. */
const wordsOf = (search: string) =>
  typed(search)
    .split(/\s+/)
    .filter((word) => word !== '')

export const countUsers = async (db: Database, where: RawBuilder<boolean>[]): Promise<number> => {
  const { rows } = await sql<{ total: number }>`
    select count(*)::int as total from users u where ${sql.join(where, sql` and `)}`.execute(db)
  return rows[0]?.total ?? 0
}

/** A line of the table as it is read, with `p` as the profile. */
export interface ListedUser {
  id: string
  name: string
  email: string
  role: UserRow['role']
  state: UserRow['state']
  access: UserRow['access']
  profile: string | null
  agent_mode: boolean
  signed_in: boolean
  last_sign_in_at: Date | null
  created_at: Date
}

export const listedColumns = sql`u.id, u.name, u.email, u.role, u.state, u.access, p.name as profile,
  u.agent_mode, u.last_sign_in_at, u.created_at`

export const withProfile = sql`users u left join profiles p
  on p.workspace_id = u.workspace_id and p.id = u.profile_id`

export const userRow = (row: ListedUser): UserRow => ({
  id: row.id,
  name: row.name,
  email: row.email,
  role: row.role,
  state: row.state,
  access: row.access,
  profile: row.profile,
  agentMode: row.agent_mode,
  signedIn: row.signed_in,
  lastSignInAt: row.last_sign_in_at?.toISOString() ?? null,
  createdAt: row.created_at.toISOString(),
})

/** One user of the workspace, whole; nothing where there is none. */
export async function findUser(
  db: Database | Tx,
  workspaceId: string,
  id: string,
): Promise<User | undefined> {
  const row = await peopleOf(db, workspaceId)
    .leftJoin('mail_links as l', (join) =>
      join
        .onRef('l.user_id', '=', 'u.id')
        .on('l.kind', '=', 'invitation')
        .on('l.closed_at', 'is', null),
    )
    .where('u.id', '=', id)
    .select(['u.state', 'u.language', 'u.hours', 'u.must_change_password', 'u.agent_mode'])
    .select([
      'u.last_sign_in_at',
      'u.created_at',
      'u.version',
      signedIn(workspaceId).as('signed_in'),
    ])
    .select(['l.created_at as sent_at', 'l.expires_at'])
    .executeTakeFirst()
  return (
    row && {
      ...userRow({ ...row, profile: row.profile_name }),
      access: accessOf(row),
      language: row.language,
      hours: row.hours,
      mustChangePassword: row.must_change_password,
      invitation:
        row.sent_at && row.expires_at
          ? { sentAt: row.sent_at.toISOString(), expiresAt: row.expires_at.toISOString() }
          : null,
      version: row.version,
    }
  )
}

/** Heads of the exported columns; an import knows those that it can take. */
export const exportedColumns = ['name', 'email', 'role', 'profile', 'language'].concat([
  'access',
  'state',
  'agent mode',
  'last sign-in',
  'created',
])

/** The users that match, by name, each as the cells of a row. */
export async function exportUsers(
  db: Database,
  workspaceId: string,
  filter: UserFilter,
): Promise<string[][]> {
  const where = conditions(workspaceId, filter)
  const { rows } = await sql<Omit<ListedUser, 'signed_in'> & { language: string }>`
    select ${listedColumns}, u.language from ${withProfile}
    where ${sql.join(where, sql` and `)} order by u.name_key, u.id`.execute(db)
  return rows.map((row) => [
    ...[row.name, row.email, row.role, row.profile ?? '', row.language, row.access, row.state],
    row.agent_mode ? 'yes' : 'no',
    row.last_sign_in_at?.toISOString() ?? '',
    row.created_at.toISOString(),
  ])
}
