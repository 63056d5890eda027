import { sql } from 'kysely'
import { Webhook } from 'standardwebhooks'
import manifest from '../package.json' with { type: 'json' }
import type { Database } from './db/database.ts'
import { tellChanged } from './db/notify.ts'
import type { WebhookJob } from './jobs.ts'
import type { Reach } from './webhook-address.ts'
import { type Answer, post } from './webhook-post.ts'

/** The receiver says that it wants no more (Standard Webhooks). */
const gone = 410

/**
 * Sends one message, signed with the secret and, for a day after a rotation, with the one before
 * (Standard Webhooks). Throws where it has to be tried again; after the `last` attempt it is given up.
 */
export async function sendWebhook(
  db: Database,
  reach: Reach,
  { workspaceId, id }: WebhookJob,
  last: boolean,
): Promise<void> {
  const message = await readMessage(db, workspaceId, id)
  // Done, given up, or too old to be kept.
  if (!message) return
  const { url, being_deleted: beingDeleted } = message
  if (url === null) return giveUp(db, workspaceId, id)
  // It goes on waiting: `recover` puts it here again.
  if (beingDeleted) return

  const headers = headersOf(id, message)
  const answer = await post(() => reach(url), headers, message.body)
  const state = stateAfter(answer, last)
  await keep(db, workspaceId, id, answer, state)
  if (state === 'waiting')
    throw new Error(`the message ${id} got ${answer.status ?? answer.error ?? 'no answer'}`)
}

async function readMessage(db: Database, workspaceId: string, id: string) {
  return db
    .selectFrom('webhook_deliveries as d')
    .innerJoin('webhooks as h', 'h.workspace_id', 'd.workspace_id')
    .innerJoin('workspaces as w', 'w.id', 'd.workspace_id')
    .where('d.workspace_id', '=', workspaceId)
    .where('d.id', '=', id)
    .where('d.state', '=', 'waiting')
    .select(['d.body', 'h.url', 'h.secret'])
    .select(
      sql<string | null>`case when h.former_until > now() then h.former_secret end`.as('former'),
    )
    .select(sql<boolean>`w.deletes_at is not null`.as('being_deleted'))
    .executeTakeFirst()
}

function headersOf(id: string, it: { body: string; secret: string; former: string | null }) {
  const now = new Date()
  const sign = (secret: string) => new Webhook(secret).sign(id, now, it.body)
  return {
    'content-type': 'application/json',
    'user-agent': `Atalaya/${manifest.version}`,
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': [it.secret, ...(it.former === null ? [] : [it.former])]
      .map(sign)
      .join(' '),
  }
}

function stateAfter({ status }: Answer, last: boolean) {
  if (status !== null && status >= 200 && status < 300) return 'delivered'
  return last || status === gone ? 'failed' : 'waiting'
}

/** What was delivered meanwhile by another attempt stays so. */
const keep = (
  db: Database,
  workspaceId: string,
  id: string,
  { status, error }: Answer,
  state: 'waiting' | 'delivered' | 'failed',
): Promise<void> =>
  db.transaction().execute(async (tx) => {
    await tx
      .updateTable('webhook_deliveries')
      .set({ state, status, error, last_attempt_at: sql<Date>`now()` })
      .set({ attempts: sql<number>`attempts + 1` })
      .where('workspace_id', '=', workspaceId)
      .where('id', '=', id)
      .where('state', '!=', 'delivered')
      .execute()
    await tellChanged(tx, workspaceId, 'webhook')
  })

/** There is nowhere to send it to any more. */
const giveUp = (db: Database, workspaceId: string, id: string): Promise<void> =>
  db.transaction().execute(async (tx) => {
    await tx
      .updateTable('webhook_deliveries')
      .set({ state: 'failed' })
      .where('workspace_id', '=', workspaceId)
      .where('id', '=', id)
      .where('state', '=', 'waiting')
      .execute()
    await tellChanged(tx, workspaceId, 'webhook')
  })
