import { sql } from 'kysely'
import type { Profile } from '../contract/profiles.ts'
import type { Caller } from './caller.ts'
import { recordAll } from './db/audit.ts'
import type { Tx } from './db/database.ts'
import { accessValues } from './db/people.ts'

/** Gives every user of a profile another one, or none; answers how many there were. */
export async function moveUsers(
  tx: Tx,
  { workspace, actor }: Caller,
  from: Profile,
  to: Profile | null,
): Promise<number> {
  // They may be a hundred thousand.
  await sql`set local statement_timeout = '60s'`.execute(tx)
  const users = await tx
    .selectFrom('users')
    .select('id')
    .where('workspace_id', '=', workspace.id)
    .where('profile_id', '=', from.id)
    // In the order of every other lock on users.
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
  if (users.length === 0) return 0

  await tx
    .updateTable('users')
    .set(accessValues(to ? { kind: 'profile', profileId: to.id } : { kind: 'none' }))
    .set({ version: sql<number>`version + 1` })
    .where('workspace_id', '=', workspace.id)
    .where('profile_id', '=', from.id)
    .execute()
  const accessOf = (it: Profile | null) =>
    it ? { kind: 'profile', profileId: it.id, name: it.name } : { kind: 'none' }
  const [before, after] = [{ access: accessOf(from) }, { access: accessOf(to) }]
  await recordAll(
    tx,
    actor,
    users.map(({ id }) => ({
      workspaceId: workspace.id,
      kind: 'user.changed',
      target: id,
      before,
      after,
    })),
  )
  return users.length
}
