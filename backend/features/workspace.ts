import { sql } from 'kysely'
import { ProblemError } from '../../contract/problem.ts'
import type { IdlePolicy, workspace as contract } from '../../contract/workspace.ts'
import { record } from '../db/audit.ts'
import type { Database, Tx } from '../db/database.ts'
import { notify } from '../db/notify.ts'
import { isOpen } from '../db/sessions.ts'
import type { HandlersOf } from '../serve.ts'

export const workspace: HandlersOf<typeof contract> = {
  'workspace.find': async ({ db, input }) => {
    const found = await db
      .selectFrom('workspaces')
      .select(['link', 'name'])
      .where('link', '=', input.link)
      .executeTakeFirst()
    if (!found) throw new ProblemError('workspace-not-found')
    return found
  },

  'workspace.showIdle': ({ db, caller }) => idlePolicy(db, caller.workspace.id),

  'workspace.setIdle': ({ db, caller, input }) =>
    db.transaction().execute(async (tx) => {
      const workspaceId = caller.workspace.id
      const { minutes } = input
      const before = await lockMinutes(tx, workspaceId)
      if (before === minutes) return idlePolicy(tx, workspaceId)

      await tx
        .updateTable('workspaces')
        .set({
          idle_minutes: minutes,
          idle_changed_at: sql<Date>`now()`,
          idle_changed_by: caller.person.name,
        })
        .where('id', '=', workspaceId)
        .execute()
      await record(tx, caller.actor, {
        workspaceId,
        kind: 'idle-policy.changed',
        before: { minutes: before },
        after: { minutes },
      })
      await notify(tx, { workspaceId, event: { kind: 'idle-policy', minutes } })
      await notify(tx, { workspaceId, event: { kind: 'changed', topic: 'workspace' } })
      return idlePolicy(tx, workspaceId)
    }),

  'workspace.idleEffect': async ({ db, caller, input }) => {
    const { sessions } = await db
      .selectFrom('sessions as s')
      .innerJoin('workspaces as w', 'w.id', 's.workspace_id')
      .select(sql<number>`count(*)::int`.as('sessions'))
      .where('s.workspace_id', '=', caller.workspace.id)
      .where(isOpen)
      .where(sql<boolean>`s.last_activity_at + ${input.minutes} * interval '1 minute' <= now()`)
      .executeTakeFirstOrThrow()
    return { sessions }
  },
}

async function lockMinutes(tx: Tx, workspaceId: string): Promise<number> {
  const row = await tx
    .selectFrom('workspaces')
    .select('idle_minutes')
    .where('id', '=', workspaceId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow()
  return row.idle_minutes
}

async function idlePolicy(db: Database | Tx, workspaceId: string): Promise<IdlePolicy> {
  const row = await db
    .selectFrom('workspaces')
    .select(['idle_minutes', 'idle_changed_at', 'idle_changed_by'])
    .where('id', '=', workspaceId)
    .executeTakeFirstOrThrow()
  const { idle_minutes: minutes, idle_changed_at: at, idle_changed_by: by } = row
  return { minutes, changed: at && by ? { at: at.toISOString(), by } : null }
}
