import { sql } from 'kysely'
import type { Database, Tx } from './database.ts'

/** The profiles of a workspace, each with how many users have it. */
export const profilesOf = (db: Database | Tx, workspaceId: string) =>
  db
    .selectFrom('profiles as p')
    .leftJoin(
      (it) =>
        it
          .selectFrom('users')
          .select(['profile_id', sql<number>`count(*)::int`.as('users')])
          .where('workspace_id', '=', workspaceId)
          .where('profile_id', 'is not', null)
          .groupBy('profile_id')
          .as('used'),
      (join) => join.onRef('used.profile_id', '=', 'p.id'),
    )
    .where('p.workspace_id', '=', workspaceId)
    .select(['p.id', 'p.name', 'p.grants', 'p.version', 'p.changed_at'])
    .select(sql<number>`coalesce(used.users, 0)`.as('users'))

/** The users with a profile whose desktops may be open: a profile may have far more users than that. */
export async function seatedWith(tx: Tx, workspaceId: string, profileId: string) {
  const rows = await tx
    .selectFrom('sessions as s')
    .innerJoin('users as u', 'u.id', 's.user_id')
    .where('s.workspace_id', '=', workspaceId)
    .where('s.ended_at', 'is', null)
    .where('u.profile_id', '=', profileId)
    .select('u.id')
    .distinct()
    .execute()
  return rows.map(({ id }) => id)
}
