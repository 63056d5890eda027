import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterEach, beforeAll, beforeEach, afterAll, describe, expect, test, vi } from 'vitest'
import { WebhookDelivery } from '../../contract/webhooks.ts'
import { forgetOldWebhooks } from '../../backend/db/webhooks.ts'
import {
  addWorkspace,
  call,
  password,
  startTestBackend,
  type TestBackend,
} from '../support/backend.ts'
import { deleteWorkspace } from '../support/deletion.ts'
import { addPerson, as } from '../support/people.ts'
import { openStream } from '../support/live.ts'
import { messages, type Receiver, startReceiver, verified } from '../support/receiver.ts'

/** Far more than a second, which is how often the queue is looked at. */
const within = { timeout: 10_000, interval: 50 }

let backend: TestBackend
let acme: string
let owner: Awaited<ReturnType<typeof as>>
let receiver: Receiver
beforeAll(async () => {
  backend = await startTestBackend({ settings: { WEBHOOK_NETWORKS: 'loopback' } })
  acme = await addWorkspace(backend.db)
  await addWorkspace(backend.db, { link: 'other' })
  owner = await as(backend.url, 'owner@acme.test')
})
afterAll(() => backend.close())
beforeEach(async () => {
  receiver = await startReceiver()
  await backend.db.deleteFrom('webhooks').execute()
  await backend.db.deleteFrom('webhook_deliveries').execute()
  // The queue may still be starting.
  await vi.waitFor(
    () => sql`delete from pgboss.job where name = 'webhook'`.execute(backend.db),
    within,
  )
})
afterEach(() => receiver.close())

const set = (url: string | null, key: string = randomUUID()) => owner('webhook.set', { url, key })

/** Sets the address of the receiver; answers the secret. */
async function connect(url = receiver.url): Promise<string> {
  const { status, body } = await set(url)
  expect(status, JSON.stringify(body)).toBe(200)
  return String(body['secret'])
}

const sendTest = async () =>
  WebhookDelivery.parse((await owner('webhook.test', { key: randomUUID() })).body)

const deliveries = async () =>
  WebhookDelivery.array().parse((await owner('webhook.deliveries')).body['deliveries'])

/** The newest message, once it is as expected. */
const newest = (expected: Partial<WebhookDelivery>) =>
  vi.waitFor(async () => {
    const [first] = await deliveries()
    expect(first).toMatchObject(expected)
    return first
  }, within)

/** Lets the time pass for which a message is left in the queue. */
const rest = () =>
  sql`update webhook_deliveries set queued_at = queued_at - interval '6 seconds'`.execute(
    backend.db,
  )

/** Lets the time until the next attempt pass; `retries` as if there had been so many already. */
const retryNow = (retries?: number) =>
  vi.waitFor(async () => {
    const moved = await sql`
        update pgboss.job set start_after = now(), retry_count = coalesce(${retries ?? null}, retry_count)
        where name = 'webhook' and state = 'retry' returning id`.execute(backend.db)
    expect(moved.rows).toHaveLength(1)
  }, within)

const queueEmpty = () =>
  vi.waitFor(async () => {
    const left = await sql`select from pgboss.job where name = 'webhook'`.execute(backend.db)
    expect(left.rows).toHaveLength(0)
  }, within)

const ledger = async () =>
  (
    await sql<{ kind: string; before: unknown; after: unknown; text: string }>`
      select kind, before, after, a::text as text from audit a
      where workspace_id = ${acme} and kind like 'webhook%' order by id`.execute(backend.db)
  ).rows

describe('the address', () => {
  test('is nobody’s at first; the first one makes a secret, which is answered once', async () => {
    const nobody = { url: null, formerSecretUntil: null, changed: null }
    expect((await owner('webhook.show')).body).toEqual(nobody)
    const { body } = await set(receiver.url)
    expect(body).toMatchObject({
      webhook: { url: receiver.url, formerSecretUntil: null, changed: { by: 'owner' } },
    })
    const secret = String(body['secret'])
    expect(secret).toMatch(/^whsec_/)
    expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(32)

    expect(JSON.stringify((await owner('webhook.show')).body)).not.toContain('whsec_')
    const again = await set(`${receiver.url}/2`)
    expect(again.body).toMatchObject({ secret: null, webhook: { url: `${receiver.url}/2` } })
  })

  test('of the same deed answers the same secret, though the first answer was lost', async () => {
    const key = randomUUID()
    const { body } = await set(receiver.url, key)
    expect(body['secret']).toMatch(/^whsec_/)
    expect((await set(receiver.url, key)).body).toEqual(body)
    expect((await set(receiver.url)).body['secret']).toBeNull()
    const both = randomUUID()
    const urls = await Promise.all([1, 2].map(async () => (await set(null, both)).body['webhook']))
    expect(urls[1]).toEqual(urls[0])
  })

  test.each([
    ['no address at all', 'form'],
    ['https://', 'form'],
    ['ftp://93.184.216.34/', 'scheme'],
    ['http://93.184.216.34/', 'scheme'],
    ['http://10.0.0.1/', 'scheme'],
    ['http://example.com/', 'scheme'],
    ['javascript:alert(1)', 'scheme'],
    ['https://me:secret@93.184.216.34/', 'credentials'],
    ['https://nobody.invalid/', 'unknown-host'],
    ['https://10.0.0.1/', 'private-address'],
    ['https://192.168.1.20:8443/hook', 'private-address'],
    ['https://169.254.169.254/latest/meta-data/', 'private-address'],
    ['https://[fd00::1]/', 'private-address'],
    ['https://[::ffff:10.0.0.1]/', 'private-address'],
    ['https://0.0.0.0/', 'private-address'],
    // 10.0.0.1, as those write it who want to get round a filter.
    ['https://0x0a000001/', 'private-address'],
  ])('%s is refused: %s', async (url, reason) => {
    expect(await set(url)).toMatchObject({
      status: 422,
      problem: 'webhook-address',
      body: { reason },
    })
    expect((await owner('webhook.show')).body['url']).toBeNull()
  })

  test('may be a public one without anybody being asked there', async () => {
    expect((await set('https://93.184.216.34/hook')).status).toBe(200)
  })

  test('on this machine is refused where the operator did not allow it', async () => {
    const strict = await startTestBackend()
    await addWorkspace(strict.db)
    const ask = await as(strict.url, 'owner@acme.test')
    for (const url of [receiver.url, receiver.url.replace('127.0.0.1', 'localhost')])
      expect(await ask('webhook.set', { url, key: randomUUID() })).toMatchObject({
        problem: 'webhook-address',
        body: { reason: 'private-address' },
      })
    await strict.close()
  })

  test('is set by an administrator too; an agent is refused, and that is written down', async () => {
    const administrator = await as(backend.url, 'administrator@acme.test')
    expect(
      (await administrator('webhook.set', { url: receiver.url, key: randomUUID() })).status,
    ).toBe(200)
    const agent = await as(backend.url, 'agent@acme.test')
    expect(await agent('webhook.set', { url: null, key: randomUUID() })).toMatchObject({
      problem: 'forbidden',
    })
    const refused = await backend.db
      .selectFrom('audit')
      .select(['actor_name', 'target'])
      .where('kind', '=', 'action.refused')
      .where('target', '=', 'webhook.set')
      .execute()
    expect(refused).toEqual([{ actor_name: 'agent', target: 'webhook.set' }])
    expect((await owner('webhook.show')).body['url']).toBe(receiver.url)
  })

  test('belongs to its workspace', async () => {
    await connect()
    const { id } = await sendTest()
    const stranger = await as(backend.url, 'owner@other.test', 'other')
    expect((await stranger('webhook.show')).body['url']).toBeNull()
    expect((await stranger('webhook.deliveries')).body['deliveries']).toEqual([])
    expect(await stranger('webhook.redeliver', { id })).toMatchObject({ problem: 'no-webhook' })
    await stranger('webhook.set', { url: receiver.url, key: randomUUID() })
    expect(await stranger('webhook.redeliver', { id })).toMatchObject({ problem: 'not-found' })
  })

  test('of two first ones at once there is one secret', async () => {
    const answers = await Promise.all([1, 2, 3].map((it) => set(`${receiver.url}/${it}`)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(answers.filter(({ body }) => body['secret'] !== null)).toHaveLength(1)
  })

  test('every change is in the ledger, without a secret; what changes nothing is not', async () => {
    const first = await ledger()
    const secret = await connect(`${receiver.url}?token=hidden-in-the-query`)
    await set(`${receiver.url}?token=hidden-in-the-query`)
    const { body } = await owner('webhook.rotateSecret', { key: randomUUID() })
    await set(null)
    const rows = (await ledger()).slice(first.length)
    expect(rows).toMatchObject([
      { kind: 'webhook.changed', before: { url: null }, after: { url: `${receiver.url}?…` } },
      { kind: 'webhook.secret-rotated', before: null, after: null },
      { kind: 'webhook.changed', before: { url: `${receiver.url}?…` }, after: { url: null } },
    ])
    const text = rows.map((row) => row.text).join()
    for (const hidden of ['whsec_', secret, String(body['secret']), 'hidden-in-the-query'])
      expect(text).not.toContain(hidden)
    for (const hidden of ['whsec_', 'hidden-in-the-query'])
      expect(backend.log.join('')).not.toContain(hidden)
  })
})

describe('a message', () => {
  test('is signed as Standard Webhooks say, and arrives within seconds', async () => {
    const secret = await connect()
    const { id, state, attempts } = await sendTest()
    expect({ state, attempts }).toEqual({ state: 'waiting', attempts: 0 })
    const [message] = await messages(receiver, secret)
    expect(message).toMatchObject({
      type: 'webhook.test',
      data: { workspace: { id: acme, link: 'acme' } },
    })
    const { headers } = receiver.received[0] ?? {}
    expect(headers).toMatchObject({ 'webhook-id': id, 'content-type': 'application/json' })
    await newest({ id, state: 'delivered', attempts: 1, status: 204, error: null })
    expect(() => {
      for (const it of receiver.received) verified(it, `whsec_${'A'.repeat(43)}=`)
    }).toThrow('No matching signature')
  })

  test('is sent once, however often the same test is asked for', async () => {
    const secret = await connect()
    const key = randomUUID()
    const ids = await Promise.all(
      [1, 2, 3].map(async () => (await owner('webhook.test', { key })).body['id']),
    )
    expect(new Set(ids).size).toBe(1)
    await messages(receiver, secret)
    await newest({ state: 'delivered' })
    expect(await deliveries()).toHaveLength(1)
    expect(receiver.received).toHaveLength(1)
  })

  test('that met a failure is sent again with the same id, later', async () => {
    const secret = await connect()
    receiver.answer(500)
    const { id } = await sendTest()
    await newest({ id, state: 'waiting', attempts: 1, status: 500, error: null })
    receiver.answer(200)
    await retryNow()
    await newest({ id, state: 'delivered', attempts: 2, status: 200 })
    const all = await messages(receiver, secret, 2)
    expect(all).toHaveLength(2)
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id']))).toEqual(
      new Set([id]),
    )
  })

  test('is given up after the last attempt, and is sent again when asked', async () => {
    await connect()
    receiver.answer(503)
    const { id } = await sendTest()
    await newest({ attempts: 1 })
    // The last but one of 17.
    await retryNow(14)
    await newest({ id, state: 'waiting', attempts: 2, status: 503 })
    await retryNow()
    await newest({ id, state: 'failed', attempts: 3, status: 503 })

    receiver.answer(200)
    const again = await owner('webhook.redeliver', { id })
    expect(again.body).toMatchObject({ id, state: 'waiting' })
    await newest({ id, state: 'delivered', attempts: 4, status: 200 })
    expect((await owner('webhook.redeliver', { id })).body).toMatchObject({ state: 'delivered' })
    expect(receiver.received).toHaveLength(4)
  })

  test('that waits is tried at once when asked, in place of later', async () => {
    await connect()
    receiver.answer(500)
    const { id } = await sendTest()
    await newest({ attempts: 1 })
    await sql`update pgboss.job set start_after = now() + interval '6 hours'
      where name = 'webhook' and state = 'retry'`.execute(backend.db)
    receiver.answer(204)
    await rest()
    await owner('webhook.redeliver', { id })
    await newest({ id, state: 'delivered', attempts: 2 })
    await queueEmpty()
  })

  test('that waits is put in the queue again every few seconds at most', async () => {
    await connect()
    receiver.answer(500)
    const { id } = await sendTest()
    await newest({ id, attempts: 1 })
    await rest()
    const inQueue = async () => {
      const { rows } = await sql<{ at: Date }>`
        select created_on as at from pgboss.job where name = 'webhook'`.execute(backend.db)
      return rows
    }
    const before = await inQueue()
    await owner('webhook.redeliver', { id })
    const after = await inQueue()
    expect(after).not.toEqual(before)
    expect((await owner('webhook.redeliver', { id })).body).toMatchObject({ id, state: 'waiting' })
    expect(await inQueue()).toEqual(after)
  })

  test('that waits is what a test is answered with: there is never a second one', async () => {
    await connect()
    receiver.answer(500)
    const first = await sendTest()
    await newest({ id: first.id, attempts: 1 })
    const ids = await Promise.all([1, 2, 3].map(async () => (await sendTest()).id))
    expect(new Set([first.id, ...ids]).size).toBe(1)
    expect(await deliveries()).toHaveLength(1)
    // Asked for later, it is tried at once.
    await sql`update pgboss.job set start_after = now() + interval '6 hours'
      where name = 'webhook' and state = 'retry'`.execute(backend.db)
    receiver.answer(204)
    await rest()
    expect((await sendTest()).id).toBe(first.id)
    await newest({ id: first.id, state: 'delivered' })
    expect((await sendTest()).id).not.toBe(first.id)
  })

  test('is not tried again where the receiver is gone for good', async () => {
    await connect()
    receiver.answer(410)
    await sendTest()
    await newest({ state: 'failed', attempts: 1, status: 410 })
  })

  test('follows no redirect', async () => {
    const elsewhere = await startReceiver()
    await connect()
    receiver.answer(302, { location: elsewhere.url })
    await sendTest()
    await newest({ state: 'waiting', status: 302, error: 'redirect' })
    expect(receiver.received).toHaveLength(1)
    expect(elsewhere.received).toEqual([])
    await elsewhere.close()
  })

  test('to nobody who listens waits, and says so', async () => {
    await connect()
    await receiver.close()
    await sendTest()
    await newest({ state: 'waiting', attempts: 1, status: null, error: 'refused' })
  })

  test('goes into no private network that is not allowed any more', async () => {
    await connect()
    await backend.db.updateTable('webhooks').set({ url: 'https://10.0.0.1/' }).execute()
    await sendTest()
    await newest({ state: 'waiting', status: null, error: 'private-address' })
    await backend.db.updateTable('webhooks').set({ url: 'https://nobody.invalid/' }).execute()
    await retryNow()
    await newest({ state: 'waiting', status: null, error: 'unknown-host' })
  })

  test('is not sent any more when the address is taken away', async () => {
    await connect()
    receiver.answer(500)
    const { id } = await sendTest()
    await newest({ attempts: 1 })
    await set(null)
    await newest({ id, state: 'failed', attempts: 1 })
    await retryNow()
    await queueEmpty()
    expect(receiver.received).toHaveLength(1)
    for (const name of ['webhook.test', 'webhook.rotateSecret'] as const)
      expect(await owner(name, { key: randomUUID() })).toMatchObject({ problem: 'no-webhook' })
    expect(await owner('webhook.redeliver', { id })).toMatchObject({ problem: 'no-webhook' })
  })

  test('waits while the workspace is being deleted, and is sent when it is recovered', async () => {
    const stay = `w${randomUUID().slice(0, 8)}`
    const workspaceId = await addWorkspace(backend.db, { link: stay })
    const ask = await as(backend.url, `owner@${stay}.test`, stay)
    await ask('webhook.set', { url: receiver.url, key: randomUUID() })
    receiver.answer(500)
    const id = String((await ask('webhook.test', { key: randomUUID() })).body['id'])
    const row = () =>
      backend.db
        .selectFrom('webhook_deliveries')
        .select(['state', 'attempts'])
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', id)
        .executeTakeFirst()
    const becomes = (it: object) => vi.waitFor(async () => expect(await row()).toEqual(it), within)
    await becomes({ state: 'waiting', attempts: 1 })
    await deleteWorkspace(backend.url, stay)
    await retryNow()
    await queueEmpty()
    expect(await row()).toEqual({ state: 'waiting', attempts: 1 })
    expect(receiver.received).toHaveLength(1)

    receiver.answer(204)
    const who = { link: stay, email: `owner@${stay}.test`, password }
    expect((await call(backend.url, 'deletion.recover', who)).status).toBe(200)
    await becomes({ state: 'delivered', attempts: 2 })
  })

  test('tells open desktops what became of it', async () => {
    await connect()
    const stream = await openStream(backend.url, owner.token)
    const told = () =>
      stream.events.filter((it) => it.kind === 'changed' && it.topic === 'webhook').length
    await sendTest()
    await newest({ state: 'delivered' })
    await vi.waitFor(() => expect(told()).toBe(2), { timeout: 2000 })
  })

  test('is kept for 30 days', async () => {
    await connect()
    const old = await sendTest()
    await newest({ id: old.id, state: 'delivered' })
    const recent = await sendTest()
    await sql`update webhook_deliveries set created_at = now() - interval '31 days'
      where id = ${old.id}`.execute(backend.db)
    await sql`update webhook_deliveries set created_at = now() - interval '29 days'
      where id = ${recent.id}`.execute(backend.db)
    await forgetOldWebhooks(backend.db)
    expect((await deliveries()).map(({ id }) => id)).toEqual([recent.id])
  })

  test('of long ago is found by its age, however many there are', async () => {
    const plan = await backend.db.transaction().execute(async (tx) => {
      await sql`set local enable_seqscan = off`.execute(tx)
      const { rows } = await sql`explain delete from webhook_deliveries
        where created_at < now() - interval '30 days'`.execute(tx)
      return JSON.stringify(rows)
    })
    expect(plan).toContain('webhook_deliveries_by_age')
  })
})

describe('a new secret', () => {
  test('signs beside the one before for 24 hours, then alone', async () => {
    const former = await connect()
    const key = randomUUID()
    const { body } = await owner('webhook.rotateSecret', { key })
    const secret = String(body['secret'])
    expect(secret).not.toBe(former)
    const shown = (await owner('webhook.show')).body
    expect(body['webhook']).toEqual(shown)
    const hours = (Date.parse(String(shown['formerSecretUntil'])) - Date.now()) / 3_600_000
    expect(hours).toBeGreaterThan(23.9)
    expect(hours).toBeLessThan(24.1)
    expect((await owner('webhook.rotateSecret', { key })).body['secret']).toBe(secret)

    await sendTest()
    await messages(receiver, secret)
    await messages(receiver, former)
    const signature = String(receiver.received[0]?.headers['webhook-signature'])
    expect(signature).toMatch(/^v1,\S+ v1,\S+$/)
    await newest({ state: 'delivered' })

    await sql`update webhooks set former_until = now() - interval '1 second'`.execute(backend.db)
    await sendTest()
    await vi.waitFor(() => expect(receiver.received).toHaveLength(2), within)
    const [, second] = receiver.received
    if (!second) throw new Error('nothing received')
    expect(() => verified(second, former)).toThrow('No matching signature')
    expect(verified(second, secret).type).toBe('webhook.test')

    expect((await owner('webhook.show')).body['formerSecretUntil']).toBeNull()
    await forgetOldWebhooks(backend.db)
    const row = await backend.db.selectFrom('webhooks').selectAll().executeTakeFirstOrThrow()
    expect(row).toMatchObject({ secret, former_secret: null, former_until: null })
  })
})

describe('a caller who is deleted meanwhile', () => {
  const waiting = (count: number) =>
    vi.waitFor(async () => {
      const { rows } = await sql`select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(backend.db)
      expect(rows).toHaveLength(count)
      // Below the four seconds after which PostgreSQL ends the wait.
    }, 3000)
  const holdHook = (then: () => Promise<void>) =>
    backend.db.transaction().execute(async (tx) => {
      await sql`select from webhooks where workspace_id = ${acme} for no key update`.execute(tx)
      await then()
    })
  /** An administrator in agent mode, of whom the webhook is told. */
  async function addAttending() {
    const { id, email } = await addPerson(backend.db, acme, { role: 'administrator' })
    await sql`update users set agent_mode = true where id = ${id}`.execute(backend.db)
    return { id, ask: await as(backend.url, email) }
  }
  const deeds = ['webhook.test', 'webhook.rotateSecret', 'webhook.set'] as const
  const inputOf = (deed: (typeof deeds)[number]) => ({
    key: randomUUID(),
    ...(deed === 'webhook.set' && { url: `${receiver.url}/2` }),
  })

  test.each(deeds)('is deleted after what they do (%s), and neither fails', async (deed) => {
    await connect()
    const { id, ask } = await addAttending()
    const asked: ReturnType<typeof owner>[] = []
    await holdHook(async () => {
      asked.push(ask(deed, inputOf(deed)))
      await waiting(1)
      asked.push(owner('users.delete', { ids: [id], preview: false }))
      await waiting(2)
    })
    const answers = await Promise.all(asked)
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
  })

  test.each(deeds)('does nothing any more (%s)', async (deed) => {
    await connect()
    const { id, ask } = await addAttending()
    const asked: ReturnType<typeof owner>[] = []
    await holdHook(async () => {
      asked.push(owner('users.delete', { ids: [id], preview: false }))
      await waiting(1)
      asked.push(ask(deed, inputOf(deed)))
      await waiting(2)
    })
    const [deleted, refused] = await Promise.all(asked)
    expect(deleted?.status).toBe(200)
    expect(refused).toMatchObject({ status: 401, problem: 'not-signed-in' })
    expect((await owner('webhook.show')).body['url']).toBe(receiver.url)
  })
})
