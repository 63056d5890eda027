import { sql } from 'kysely'
import { attends, workspaceModule } from './db/attendance.ts'
import type { Tx } from './db/database.ts'
import { addDeliveries, type Hook, lockHook } from './db/webhooks.ts'
import type { Services } from './serve.ts'

/** Somebody as the dialler or ACD is told of them. */
interface Told {
  id: string
  name: string
  email: string
  /** The switch; agents attend without it. */
  agentMode: boolean
  /** Attends mass actions now. */
  attending: boolean
}

/** Who is not in the table any more when it is told. */
export type Gone = Omit<Told, 'attending'>

type Sending = Pick<Services, 'sendWebhooks'>

/** Users in a message: about 100 kB. */
const chunk = 500

/**
 * Tells the dialler or ACD of the workspace, if it has one, that these users attend mass actions
 * now, or do not any more (S2, S3); `gone` are those that were deleted. To be called last in a
 * transaction: it takes the lock that puts the messages in order.
 */
export async function tellAgentMode(
  tx: Tx,
  services: Sending,
  workspaceId: string,
  userIds: readonly string[],
  gone: readonly Gone[] = [],
): Promise<void> {
  if (userIds.length + gone.length === 0) return
  const hook = await lockHook(tx, workspaceId)
  if (!hook) return
  const users = await readTold(tx, workspaceId, sql`u.id = any(${userIds}::uuid[])`)
  await tell(tx, services, hook, [...users, ...gone.map((it) => ({ ...it, attending: false }))])
}

/**
 * Tells that the module Workspace was turned on or off: for owner and administrators with agent mode
 * one by one. Agents attend by their role; `module` says it all of them.
 */
export async function tellWorkspaceModule(tx: Tx, services: Sending, workspaceId: string) {
  const hook = await lockHook(tx, workspaceId)
  if (!hook) return
  const inAgentMode = sql<boolean>`u.role <> 'agent' and u.agent_mode and u.state = 'active'`
  await tell(tx, services, hook, await readTold(tx, workspaceId, inAgentMode))
}

async function readTold(tx: Tx, workspaceId: string, which: ReturnType<typeof sql>) {
  const { rows } = await sql<Told>`
    select u.id, u.name, u.email, u.agent_mode as "agentMode", ${attends} as attending
    from users u where u.workspace_id = ${workspaceId} and ${which} order by u.id`.execute(tx)
  return rows
}

async function tell(tx: Tx, { sendWebhooks }: Sending, hook: Hook, users: readonly Told[]) {
  const { workspaceId, link } = hook
  const module = await workspaceModule(tx, workspaceId)
  const active = module === 'active'
  const told = users.map((it) => ({ ...it, attending: active && it.attending }))
  const count = Math.max(1, Math.ceil(told.length / chunk))
  const messages = Array.from({ length: count }, (_, index) => ({
    type: 'agent-mode.changed' as const,
    data: {
      workspace: { id: workspaceId, link },
      module,
      users: told.slice(index * chunk, (index + 1) * chunk),
    },
  }))
  const deliveries = await addDeliveries(tx, workspaceId, messages)
  await sendWebhooks(
    tx,
    workspaceId,
    deliveries.map(({ id }) => id),
  )
}
