import { type Selectable, sql } from 'kysely'
import type { WebhookDelivery } from '../contract/webhooks.ts'
import type { Caller } from './caller.ts'
import type { Tx } from './db/database.ts'
import { tellChanged } from './db/notify.ts'
import type { Tables } from './db/tables.ts'
import { addDeliveries, deliveryOf } from './db/webhooks.ts'
import type { Jobs } from './jobs.ts'

type SendWebhooks = Jobs['sendWebhooks']

/** How long a message that was put in the queue is left there before it is put there again. */
const rest = sql`interval '5 seconds'`

/** Sends a test; or the one before at once, while that has not arrived: another would tell nothing new. */
export async function sendTest(
  tx: Tx,
  sendWebhooks: SendWebhooks,
  { workspace: { id, link } }: Caller,
): Promise<WebhookDelivery> {
  const waiting = await waitingTest(tx, id)
  if (waiting) return sendAgain(tx, sendWebhooks, waiting)
  const data = { workspace: { id, link } }
  const [delivery] = await addDeliveries(tx, id, [{ type: 'webhook.test', data }])
  if (!delivery) throw new Error('nothing was inserted')
  await sendWebhooks(tx, id, [delivery.id])
  return delivery
}

const waitingTest = (tx: Tx, workspaceId: string) =>
  tx
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('type', '=', 'webhook.test')
    .where('state', '=', 'waiting')
    .orderBy('created_at', 'desc')
    .limit(1)
    .forNoKeyUpdate()
    .executeTakeFirst()

/** Sends a message at once that was given up, or that waits: unless it was put there a moment ago. */
export async function sendAgain(
  tx: Tx,
  sendWebhooks: SendWebhooks,
  found: Selectable<Tables['webhook_deliveries']>,
): Promise<WebhookDelivery> {
  const { id, workspace_id: workspaceId } = found
  const again = await tx
    .updateTable('webhook_deliveries')
    .set({ state: 'waiting', queued_at: sql<Date>`now()` })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .where((it) =>
      it.or([it('state', '=', 'failed'), it('queued_at', '<', sql<Date>`now() - ${rest}`)]),
    )
    .returningAll()
    .executeTakeFirst()
  if (!again) return deliveryOf(found)
  await sendWebhooks(tx, workspaceId, [id])
  await tellChanged(tx, workspaceId, 'webhook')
  return deliveryOf(again)
}
