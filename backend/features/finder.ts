import { sql } from 'kysely'
import type { finder as contract, FinderSetting } from '../../contract/finder.ts'
import type { Caller } from '../caller.ts'
import { record } from '../db/audit.ts'
import type { Database, Tx } from '../db/database.ts'
import { tellChanged } from '../db/notify.ts'
import { findTeams } from '../find-teams.ts'
import type { HandlersOf } from '../serve.ts'

export const finder: HandlersOf<typeof contract> = {
  'finder.search': async ({ db, input, address }) => ({
    teams: await findTeams(db, input.query, address),
  }),

  'finder.show': ({ db, caller }) => setting(db, caller),

  'finder.set': ({ db, caller, input }) =>
    db.transaction().execute(async (tx) => {
      const workspaceId = caller.workspace.id
      const before = await lockSetting(tx, workspaceId)
      if (before.visible === input.visible && before.email === input.email)
        return setting(tx, caller)

      await tx
        .updateTable('workspaces')
        .set({
          findable: input.visible,
          email: input.email,
          findable_changed_at: sql<Date>`now()`,
          findable_changed_by: caller.person.name,
        })
        .where('id', '=', workspaceId)
        .execute()
      await record(tx, caller.actor, { workspaceId, kind: 'finder.changed', before, after: input })
      await tellChanged(tx, workspaceId, 'workspace')
      return setting(tx, caller)
    }),
}

const lockSetting = (tx: Tx, workspaceId: string) =>
  tx
    .selectFrom('workspaces')
    .select(['findable as visible', 'email'])
    .where('id', '=', workspaceId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow()

async function setting(db: Database | Tx, { workspace }: Caller): Promise<FinderSetting> {
  const row = await db
    .selectFrom('workspaces')
    .select(['link', 'name', 'email', 'findable', 'findable_changed_at', 'findable_changed_by'])
    .where('id', '=', workspace.id)
    .executeTakeFirstOrThrow()
  const { link, name, email, findable: visible } = row
  const { findable_changed_at: at, findable_changed_by: by } = row
  const changed = at && by ? { at: at.toISOString(), by } : null
  return { visible, team: { link, name }, email, changed }
}
