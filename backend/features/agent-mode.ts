import { type RawBuilder, sql } from 'kysely'
import type { agentMode as contract, Attendant } from '../../contract/agent-mode.ts'
import { ProblemError } from '../../contract/problem.ts'
import type { Caller } from '../caller.ts'
import { attends, workspaceModule } from '../db/attendance.ts'
import { record } from '../db/audit.ts'
import type { Database, Tx } from '../db/database.ts'
import { notifyAll } from '../db/notify.ts'
import { holdsSeat, isOpen } from '../db/sessions.ts'
import type { HandlersOf } from '../serve.ts'
import { tellAgentMode } from '../webhook-events.ts'

export const agentMode: HandlersOf<typeof contract> = {
  'agentMode.show': async ({ db, caller }) => {
    const row = await db
      .selectFrom('users')
      .select('agent_mode as on')
      .where('workspace_id', '=', caller.workspace.id)
      .where('id', '=', caller.person.id)
      .executeTakeFirstOrThrow()
    return { on: row.on, module: moduleOf(caller) }
  },

  'agentMode.set': ({ db, caller, input: { on }, sendWebhooks }) =>
    db.transaction().execute(async (tx) => {
      await assertActive(tx, caller)
      if (await turn(tx, caller, on)) {
        await tell(tx, caller, on)
        await tellAgentMode(tx, { sendWebhooks }, caller.workspace.id, [caller.person.id])
      }
      return { on, module: 'active' }
    }),

  'massActions.attendants': async ({ db, caller, input: { after, limit } }) => {
    const module = moduleOf(caller)
    if (module !== 'active') return { module, attendants: [], next: null }
    // One more than asked for tells whether there are others.
    const found = await attendants(db, caller.workspace.id, after, limit + 1)
    const page = found.slice(0, limit)
    const next = found.length > limit ? (page.at(-1)?.id ?? null) : null
    return { module, attendants: page, next }
  },
}

const moduleOf = ({ person }: Caller) => person.moduleStates.workspace ?? 'active'

/** The workspace is locked for whoever would turn the module off at the same moment (`modules.set`). */
async function assertActive(tx: Tx, { workspace }: Caller): Promise<void> {
  await tx
    .selectFrom('workspaces')
    .select('id')
    .where('id', '=', workspace.id)
    .forShare()
    .executeTakeFirstOrThrow()
  const state = await workspaceModule(tx, workspace.id)
  if (state !== 'active')
    throw new ProblemError('module-not-active', { module: 'workspace', state })
}

/** Answers whether that was a change. */
async function turn(tx: Tx, { workspace, person }: Caller, on: boolean): Promise<boolean> {
  const turned = await tx
    .updateTable('users')
    .set({ agent_mode: on })
    .where('workspace_id', '=', workspace.id)
    .where('id', '=', person.id)
    .where('agent_mode', '!=', on)
    .returning('id')
    .executeTakeFirst()
  return turned !== undefined
}

async function tell(tx: Tx, { workspace, person, actor }: Caller, on: boolean): Promise<void> {
  const workspaceId = workspace.id
  await record(tx, actor, {
    workspaceId,
    kind: 'agent-mode.changed',
    target: person.id,
    before: { on: !on },
    after: { on },
  })
  await notifyAll(tx, [
    { workspaceId, userId: person.id, event: { kind: 'changed', topic: 'account' } },
    { workspaceId, event: { kind: 'changed', topic: 'users' } },
  ])
}

type AttendantRow = Omit<Attendant, 'lastActivityAt'> & { lastActivityAt: Date | null }

async function attendants(
  db: Database,
  workspaceId: string,
  after: string | undefined,
  limit: number,
): Promise<Attendant[]> {
  const behind: RawBuilder<boolean> = after ? sql`u.id > ${after}` : sql`true`
  const { rows } = await sql<AttendantRow>`
    select u.id, u.name, u.email, u.role,
      case when u.role = 'agent' then 'role' else 'agent-mode' end as because,
      coalesce(p.online, false) as online, p.last as "lastActivityAt"
    from users u
    left join (
      select s.user_id, bool_or(${holdsSeat}) as online, max(s.last_activity_at) as last
      from sessions s join workspaces w on w.id = s.workspace_id
      where s.workspace_id = ${workspaceId} and ${isOpen}
      group by s.user_id) p on p.user_id = u.id
    where u.workspace_id = ${workspaceId} and ${attends} and ${behind}
    order by u.id limit ${limit}`.execute(db)
  return rows.map((row) => ({
    ...row,
    lastActivityAt: row.lastActivityAt?.toISOString() ?? null,
  }))
}
