import { sql } from 'kysely'
import { ProblemError } from '../../contract/problem.ts'
import type { Webhook, webhooks as contract } from '../../contract/webhooks.ts'
import type { Caller } from '../caller.ts'
import { record } from '../db/audit.ts'
import type { Database, Tx } from '../db/database.ts'
import { tellChanged } from '../db/notify.ts'
import { deliveryOf, lockHook, newWebhookSecret } from '../db/webhooks.ts'
import { holdCaller } from '../once.ts'
import type { HandlersOf } from '../serve.ts'
import { AddressRefused, type Reach } from '../webhook-address.ts'
import { sendAgain, sendTest } from '../webhook-again.ts'

/** How long messages are signed with the secret before a rotation, too. */
const formerFor = sql`interval '24 hours'`

export const webhooks: HandlersOf<typeof contract> = {
  'webhook.show': ({ db, caller }) => showWebhook(db, caller.workspace.id),

  'webhook.set': async ({ db, caller, input, reach, remember }) => {
    const url = input.url === null ? null : await accepted(reach, input.url)
    return db.transaction().execute(async (tx) => {
      const workspaceId = caller.workspace.id
      const before = await lockOwn(tx, caller)
      const changes = (before?.url ?? null) !== url
      const secret = changes && !before ? newWebhookSecret() : null
      if (changes) await change(tx, caller, { before: before?.url ?? null, url, secret })
      const output = { webhook: await showWebhook(tx, workspaceId), secret }
      await remember(tx, output)
      return output
    })
  },

  'webhook.rotateSecret': ({ db, caller, remember }) =>
    db.transaction().execute(async (tx) => {
      const workspaceId = caller.workspace.id
      await holdCaller(tx, caller)
      await assertHook(tx, workspaceId)
      const secret = newWebhookSecret()
      await tx
        .updateTable('webhooks')
        .set((it) => ({ former_secret: it.ref('secret'), secret, changed_by: caller.person.name }))
        .set({ former_until: sql<Date>`now() + ${formerFor}`, changed_at: sql<Date>`now()` })
        .where('workspace_id', '=', workspaceId)
        .execute()
      await record(tx, caller.actor, { workspaceId, kind: 'webhook.secret-rotated' })
      await tellChanged(tx, workspaceId, 'webhook')
      const output = { webhook: await showWebhook(tx, workspaceId), secret }
      await remember(tx, output)
      return output
    }),

  'webhook.test': ({ db, caller, sendWebhooks, remember }) =>
    db.transaction().execute(async (tx) => {
      await holdCaller(tx, caller)
      await assertHook(tx, caller.workspace.id)
      const delivery = await sendTest(tx, sendWebhooks, caller)
      await remember(tx, delivery)
      return delivery
    }),

  'webhook.deliveries': async ({ db, caller, input: { limit } }) => {
    const rows = await db
      .selectFrom('webhook_deliveries')
      .selectAll()
      .where('workspace_id', '=', caller.workspace.id)
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .limit(limit)
      .execute()
    return { deliveries: rows.map(deliveryOf) }
  },

  'webhook.redeliver': ({ db, caller, input: { id }, sendWebhooks }) =>
    db.transaction().execute(async (tx) => {
      const workspaceId = caller.workspace.id
      await assertHook(tx, workspaceId)
      const found = await tx
        .selectFrom('webhook_deliveries')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', id)
        .forNoKeyUpdate()
        .executeTakeFirst()
      if (!found) throw new ProblemError('not-found')
      // Whoever asked looked at it a moment ago; it has arrived meanwhile.
      return found.state === 'delivered' ? deliveryOf(found) : sendAgain(tx, sendWebhooks, found)
    }),
}

/** The address as it is kept. Throws `webhook-address`. */
async function accepted(reach: Reach, text: string): Promise<string> {
  try {
    return (await reach(text)).url.href
  } catch (error) {
    if (!(error instanceof AddressRefused)) throw error
    throw new ProblemError('webhook-address', { reason: error.reason })
  }
}

/** Throws `no-webhook`. */
async function assertHook(tx: Tx, workspaceId: string): Promise<void> {
  if (!(await lockHook(tx, workspaceId))) throw new ProblemError('no-webhook')
}

/**
 * The first address finds no row to lock, so the workspace is locked before it, and the caller between
 * them: a workspace comes before its users.
 */
async function lockOwn(tx: Tx, caller: Caller) {
  const workspaceId = caller.workspace.id
  await tx
    .selectFrom('workspaces')
    .select('id')
    .where('id', '=', workspaceId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow()
  await holdCaller(tx, caller)
  return tx
    .selectFrom('webhooks')
    .select('url')
    .where('workspace_id', '=', workspaceId)
    .forNoKeyUpdate()
    .executeTakeFirst()
}

interface Change {
  before: string | null
  url: string | null
  secret: string | null
}

async function change(tx: Tx, caller: Caller, { before, url, secret }: Change): Promise<void> {
  const workspaceId = caller.workspace.id
  await write(tx, caller, url, secret)
  if (url === null) await dropWaiting(tx, workspaceId)
  await record(tx, caller.actor, {
    workspaceId,
    kind: 'webhook.changed',
    before: { url: withoutQuery(before) },
    after: { url: withoutQuery(url) },
  })
  await tellChanged(tx, workspaceId, 'webhook')
}

/** Sets the address; `secret` with the first one. */
async function write(tx: Tx, caller: Caller, url: string | null, secret: string | null) {
  const workspaceId = caller.workspace.id
  const values = { url, changed_by: caller.person.name }
  if (secret !== null) {
    await tx
      .insertInto('webhooks')
      .values({ ...values, workspace_id: workspaceId, secret })
      .execute()
    return
  }
  await tx
    .updateTable('webhooks')
    .set({ ...values, changed_at: sql<Date>`now()` })
    .where('workspace_id', '=', workspaceId)
    .execute()
}

/** There is nowhere to send it to any more. */
async function dropWaiting(tx: Tx, workspaceId: string): Promise<void> {
  await tx
    .updateTable('webhook_deliveries')
    .set({ state: 'failed' })
    .where('workspace_id', '=', workspaceId)
    .where('state', '=', 'waiting')
    .execute()
}

/** Receivers tell each other apart by tokens in the query: those are secrets. */
const withoutQuery = (url: string | null) => url && url.replace(/\?.+$/, '?…')

async function showWebhook(db: Database | Tx, workspaceId: string): Promise<Webhook> {
  const row = await db
    .selectFrom('webhooks')
    .select(['url', 'changed_at', 'changed_by'])
    .select(sql<Date | null>`case when former_until > now() then former_until end`.as('former'))
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirst()
  return {
    url: row?.url ?? null,
    formerSecretUntil: row?.former?.toISOString() ?? null,
    changed: row ? { by: row.changed_by, at: row.changed_at.toISOString() } : null,
  }
}
