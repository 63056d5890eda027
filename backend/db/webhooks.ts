import { randomBytes, randomUUID } from 'node:crypto'
import { type Selectable, sql } from 'kysely'
import type { WebhookDelivery, WebhookType } from '../../contract/webhooks.ts'
import type { Database, Tx } from './database.ts'
import { tellChanged } from './notify.ts'
import type { Tables } from './tables.ts'

/** Where the messages of a workspace go, with its link. */
export interface Hook {
  workspaceId: string
  link: string
  url: string
}

/**
 * The webhook of a workspace, locked: whoever tells something tells what nobody changes before it is
 * told. Nothing: there is no address, or the workspace is being deleted. Others may hold the workspace
 * or a user while they wait for it: after this lock neither is waited for, so that whoever is going to
 * `remember` an answer holds the caller before it (`holdCaller`).
 */
export async function lockHook(tx: Tx, workspaceId: string): Promise<Hook | undefined> {
  const row = await tx
    .selectFrom('webhooks as h')
    .innerJoin('workspaces as w', 'w.id', 'h.workspace_id')
    .select(['h.url', 'w.link'])
    .where('h.workspace_id', '=', workspaceId)
    .where('h.url', 'is not', null)
    .where('w.deletes_at', 'is', null)
    .forNoKeyUpdate('h')
    .executeTakeFirst()
  return row?.url ? { workspaceId, link: row.link, url: row.url } : undefined
}

/** 256 random bits, as Standard Webhooks writes them. */
export const newWebhookSecret = () => `whsec_${randomBytes(32).toString('base64')}`

/** Keeps messages that are to be sent, and tells who shows them. */
export async function addDeliveries(
  tx: Tx,
  workspaceId: string,
  messages: readonly { type: WebhookType; data: object }[],
): Promise<WebhookDelivery[]> {
  // Not the start of the transaction: who waited for the lock tells what is true now.
  const { rows: clock } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(tx)
  const at = clock[0]?.now ?? new Date()
  const rows = await tx
    .insertInto('webhook_deliveries')
    .values(
      messages.map(({ type, data }) => ({
        id: randomUUID(),
        workspace_id: workspaceId,
        type,
        body: JSON.stringify({ type, timestamp: at.toISOString(), data }),
        created_at: at,
      })),
    )
    .returningAll()
    .execute()
  await tellChanged(tx, workspaceId, 'webhook')
  return rows.map(deliveryOf)
}

/**
 * Notes that what waits for its next attempt is going to be tried at once, and answers the ids: for a
 * workspace that was recovered (S7).
 */
export async function wakeWaiting(tx: Tx, workspaceId: string): Promise<string[]> {
  const rows = await tx
    .updateTable('webhook_deliveries')
    .set({ queued_at: sql<Date>`now()` })
    .where('workspace_id', '=', workspaceId)
    .where('state', '=', 'waiting')
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

/** How many messages of a workspace have not arrived yet, and were not given up. */
export async function countWaiting(tx: Tx, workspaceId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from webhook_deliveries
    where workspace_id = ${workspaceId} and state = 'waiting'`.execute(tx)
  return rows[0]?.count ?? 0
}

/** A message as the interface shows it: without what was sent. */
export const deliveryOf = (
  row: Omit<Selectable<Tables['webhook_deliveries']>, 'body' | 'workspace_id' | 'queued_at'>,
): WebhookDelivery => ({
  id: row.id,
  type: row.type,
  createdAt: row.created_at.toISOString(),
  state: row.state,
  attempts: row.attempts,
  lastAttemptAt: row.last_attempt_at?.toISOString() ?? null,
  status: row.status,
  error: row.error,
})

/** For the sweep: messages of long ago, and secrets that sign nothing any more. */
export async function forgetOldWebhooks(db: Database): Promise<void> {
  await db
    .deleteFrom('webhook_deliveries')
    .where('created_at', '<', sql<Date>`now() - interval '30 days'`)
    .execute()
  await db
    .updateTable('webhooks')
    .set({ former_secret: null, former_until: null })
    .where('former_until', '<', sql<Date>`now()`)
    .execute()
}
