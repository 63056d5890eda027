import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { accountGuard } from '../../backend/attempts.ts'
import type { Database } from '../../backend/db/database.ts'
import { eraseDue, removeOrphanMails } from '../../backend/erase.ts'
import { createDeliver } from '../../backend/mail.ts'
import {
  addWorkspace,
  call,
  newDatabase,
  spawnBackend,
  startTestBackend,
  temporaryFolder,
  trySignIn,
} from '../support/backend.ts'
import { deleteWorkspace, endDays, everyRow } from '../support/deletion.ts'
import { startMailServer } from '../support/mails.ts'
import { as } from '../support/people.ts'
import { eventually } from '../support/eventually.ts'

const never = new AbortController().signal

/** A database with the workspaces `gone` and `kept`, with something in every table. */
async function twoWorkspaces(database?: { url: string; db: Database }) {
  const { db, url } = database ?? (await newDatabase())
  if (!database) onTestFinished(() => db.destroy())
  const gone = await addWorkspace(db, { link: 'gone', agents: 3 })
  const kept = await addWorkspace(db, { link: 'kept', agents: 3 })
  for (const [id, link] of [
    [gone, 'gone'],
    [kept, 'kept'],
  ] as const)
    await fill(db, id, link)
  return { db, url, gone, kept }
}

async function fill(db: Database, id: string, link: string): Promise<void> {
  const user = sql`(select id from users where email = ${`agent@${link}.test`})`
  for (const statement of [
    sql`insert into profiles (workspace_id, name, grants) values (${id}, 'Night', '{}')`,
    sql`update users set access = 'profile', profile_id = p.id from profiles p
      where p.workspace_id = ${id} and users.email = ${`agent0@${link}.test`}`,
    sql`insert into workspace_modules values (${id}, 'crm', 'hidden')`,
    sql`insert into sessions (workspace_id, user_id, token_hash, device_id, device_name, device_platform,
      device_version, address, expires_at)
      select workspace_id, id, sha256(id::text::bytea), id, 'd', 'linux', '1', '::1', now() + interval '1 hour'
      from users where workspace_id = ${id}`,
    sql`insert into webhooks (workspace_id, url, secret, changed_by) values (${id}, 'https://a.test', 's', 'me')`,
    sql`insert into webhook_deliveries (id, workspace_id, type, body)
      values (${`msg_${link}`}, ${id}, 'webhook.test', '{}')`,
    sql`insert into once_answers (workspace_id, user_id, route, key, answer)
      values (${id}, ${user}, 'webhook.test', gen_random_uuid(), '{}')`,
    sql`insert into imports (workspace_id, user_id, id) values (${id}, ${user}, gen_random_uuid())`,
    sql`insert into seat_samples (workspace_id, at, taken, licences) values (${id}, '2026-01-02 03:04Z', 2, 5)`,
    sql`insert into seat_tickets (workspace_id, user_id, token_hash, password_hash, device, expires_at)
      values (${id}, ${user}, sha256(${id}::text::bytea), 'x', '{}', now() + interval '1 hour')`,
    sql`insert into mail_links (workspace_id, user_id, kind, token_hash, expires_at)
      values (${id}, ${user}, 'reset', sha256(${id}::text::bytea), now() + interval '1 hour')`,
  ])
    await statement.execute(db)
}

const isDue = (db: Database, link: string) =>
  sql`update workspaces set deletes_at = now(), deletion_counted_at = now(), deletion_seconds_left = 0
    where link = ${link}`.execute(db)

/** What is left of a workspace in any table: its id, its link, or an address of it. */
const traces = async (db: Database, id: string, link: string) =>
  (await everyRow(db)).filter(({ text }) => text.includes(id) || text.includes(`${link}.test`))
const tablesWith = async (db: Database, id: string, link: string) =>
  new Set((await traces(db, id, link)).map(({ table }) => table))
/** Its rows, but for what a running backend adds by itself. */
const steady = async (db: Database, id: string, link: string) =>
  (await traces(db, id, link)).filter(({ table }) => !/pgboss|seat_samples/.test(table))

describe('after its days', () => {
  test('nothing of the workspace is left anywhere, and all of the others', async () => {
    const mails = await startMailServer()
    onTestFinished(mails.close)
    const backend = await startTestBackend({ settings: { SMTP_URL: mails.url } })
    onTestFinished(backend.close)
    const { db } = backend
    const { gone, kept } = await twoWorkspaces({ url: backend.databaseUrl, db })
    // Mails and questions that stay in the queue.
    mails.refuse(1000)
    for (const link of ['gone', 'kept']) {
      const owner = await as(backend.url, `owner@${link}.test`, link)
      const user = { name: 'Ana', email: `ana@${link}.test`, role: 'agent', language: 'es' }
      const rest = { access: { kind: 'none' }, hours: null, welcome: 'invitation' }
      expect((await owner('users.create', { ...user, ...rest })).status).toBe(200)
      const email = `agent2@${link}.test`
      await trySignIn(backend.url, { workspace: link, email, password: 'Wrong-horse-9' })
      await call(backend.url, 'account.forgotPassword', { workspace: link, email })
      const mail = { kind: 'password-changed', to: email, name: 'A', language: 'es' } as const
      const { DATA_DIR, MAIL_FROM } = { DATA_DIR: backend.dataDir, MAIL_FROM: 'a@b.test' }
      const deliver = createDeliver(
        { SMTP_URL: undefined, DATA_DIR, MAIL_FROM },
        { publicUrl: () => 'x' },
      )
      const workspaceId = link === 'gone' ? gone : kept
      await deliver({ ...mail, workspaceId, workspace: link, at: new Date().toISOString() }, 'id')
    }
    await vi.waitFor(async () => {
      const asked = sql`select from pgboss.job where name = 'forgotten'`
      expect((await asked.execute(db)).rows).toEqual([])
    }, 10_000)
    await deleteWorkspace(backend.url, 'gone')
    const others = await steady(db, kept, 'kept')
    expect(await tablesWith(db, gone, 'gone')).toEqual(
      new Set([...(await tablesWith(db, kept, 'kept'))].filter((it) => !it.includes('tickets'))),
    )
    expect([...(await tablesWith(db, gone, 'gone'))]).toEqual(
      expect.arrayContaining(['pgboss.job', 'public.audit', 'public.once_answers']),
    )
    const failures = () => db.selectFrom('sign_in_failures').select('key').execute()
    const { key } = accountGuard(gone, 'agent2@gone.test')
    const before = await failures()
    expect(before).toContainEqual({ key })

    await endDays(db, 'gone')
    await vi.waitFor(async () => expect(await traces(db, gone, 'gone')).toEqual([]), {
      timeout: 20_000,
      interval: 200,
    })
    expect(await steady(db, kept, 'kept')).toEqual(others)
    expect(await tablesWith(db, kept, 'kept')).toContain('pgboss.job')
    // The account's wrong password, and its question for a new one.
    expect(await failures()).toHaveLength(before.length - 2)
    expect(await failures()).not.toContainEqual({ key })
    await eventually(async () => {
      const files = await readdir(join(backend.dataDir, 'outbox'))
      expect(files.map((it) => it.split('_')[1])).toEqual([kept])
    })
    expect(await trySignIn(backend.url, { workspace: 'gone' })).toMatchObject({
      problem: 'workspace-not-found',
    })
    expect(backend.log.join('')).not.toContain('erasing failed')
  })

  test('every table of a workspace is known to the erasing, before its cascade helps', async () => {
    const { db, gone } = await twoWorkspaces()
    const { rows } = await sql<{ name: string }>`
      select table_name as name from information_schema.columns
      where table_schema = 'public' and column_name = 'workspace_id'`.execute(db)
    const filled = await tablesWith(db, gone, 'gone')
    for (const { name } of rows) expect(filled).toContain(`public.${name}`)
  })

  test('the ledger of a workspace that is not erased stays as it is', async () => {
    const { db, kept, gone } = await twoWorkspaces()
    const wipe = (erasing: string) =>
      db.transaction().execute(async (tx) => {
        await sql`select set_config('atalaya.erasing', ${erasing}, true)`.execute(tx)
        await tx.deleteFrom('audit').where('workspace_id', '=', kept).execute()
      })
    for (const erasing of ['', gone]) await expect(wipe(erasing)).rejects.toThrow('never changed')
  })

  test('what is not due stays', async () => {
    const { db, gone } = await twoWorkspaces()
    const before = await steady(db, gone, 'gone')
    await eraseDue(db, never)
    expect(await steady(db, gone, 'gone')).toEqual(before)
  })
})

/** A database whose transactions fail from the n-th on, once their work is done: none of it stays. */
const failingFrom = (db: Database, first: number): Database => {
  let begun = 0
  const transaction = () => ({
    execute: (work: (tx: unknown) => Promise<unknown>) =>
      db.transaction().execute(async (tx) => {
        const done = await work(tx)
        if ((begun += 1) >= first) throw new Error('the process died')
        return done
      }),
  })
  return new Proxy(db, {
    get: (target, name) => {
      if (name === 'transaction') return transaction
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}

describe('a process that dies in the middle', () => {
  test.each([1, 2, 5, 12, 20])('(at step %i) leaves the rest to the next one', async (step) => {
    const { db, gone, kept } = await twoWorkspaces()
    const others = await steady(db, kept, 'kept')
    const all = await traces(db, gone, 'gone')
    await isDue(db, 'gone')
    await expect(eraseDue(failingFrom(db, step), never, 2)).rejects.toThrow('died')
    const rest = await traces(db, gone, 'gone')
    expect(rest.length).toBeGreaterThan(0)
    if (step > 1) expect(rest.length).toBeLessThan(all.length)
    // The row of the workspace goes last: whoever comes next finds it.
    expect(rest.map(({ table }) => table)).toContain('public.workspaces')

    await eraseDue(db, never, 2)
    expect(await traces(db, gone, 'gone')).toEqual([])
    expect(await steady(db, kept, 'kept')).toEqual(others)
  })

  test('one that is told to stop stops between two steps', async () => {
    const { db, gone } = await twoWorkspaces()
    await isDue(db, 'gone')
    const before = await traces(db, gone, 'gone')
    await eraseDue(db, AbortSignal.abort())
    expect(await traces(db, gone, 'gone')).toHaveLength(before.length)
  })

  test('two at once are not in each other’s way', async () => {
    const { db, gone, kept } = await twoWorkspaces()
    const others = await steady(db, kept, 'kept')
    await isDue(db, 'gone')
    await Promise.all([1, 2, 3].map(() => eraseDue(db, never, 2)))
    expect(await traces(db, gone, 'gone')).toEqual([])
    expect(await steady(db, kept, 'kept')).toEqual(others)
  })

  test('a killed process is one of them', { timeout: 90_000 }, async () => {
    const { db, url: DATABASE_URL, gone } = await twoWorkspaces()
    const DATA_DIR = await temporaryFolder()
    for (let turn = 0; turn < 10; turn += 1)
      await sql`insert into audit (workspace_id, actor_name, kind)
        select ${gone}, 'somebody', 'made.up' from generate_series(1, 10000)`.execute(db)
    await isDue(db, 'gone')
    const rows = async () => {
      const { rows } = await sql<{ count: number }>`
        select count(*)::int as count from audit where workspace_id = ${gone}`.execute(db)
      return rows[0]?.count ?? 0
    }
    const first = await spawnBackend({ DATABASE_URL, DATA_DIR })
    await vi.waitFor(async () => expect(await rows()).toBeLessThan(100_000), {
      timeout: 20_000,
      interval: 5,
    })
    await first.stop('SIGKILL')
    expect(await rows()).toBeGreaterThan(0)

    const second = await spawnBackend({ DATABASE_URL, DATA_DIR })
    onTestFinished(async () => {
      await second.stop()
    })
    await vi.waitFor(async () => expect(await traces(db, gone, 'gone')).toEqual([]), {
      timeout: 40_000,
      interval: 500,
    })
  })
})

test('the outbox loses the mails of workspaces that are gone, and no others', async () => {
  const { db, kept } = await twoWorkspaces()
  const dataDir = await temporaryFolder()
  await removeOrphanMails(db, dataDir)

  const gone = '9a7d1c52-0c1f-4a53-9d55-0d0c2f8a7b11'
  const mail = { kind: 'password-changed', to: 'a@b.test', name: 'A', language: 'es' } as const
  const config = { SMTP_URL: undefined, DATA_DIR: dataDir, MAIL_FROM: 'a@b.test' }
  const deliver = createDeliver(config, { publicUrl: () => 'x' })
  for (const workspaceId of [gone, kept])
    await deliver({ ...mail, workspaceId, workspace: 'x', at: '2026-01-01T00:00:00.000Z' }, 'id')
  const outbox = join(dataDir, 'outbox')
  await writeFile(join(outbox, `2026_${gone}_id.eml.part`), 'half a mail')
  await writeFile(join(outbox, 'of somebody.txt'), 'not ours')
  await removeOrphanMails(db, dataDir)
  expect((await readdir(outbox)).sort()).toEqual([
    `2026-01-01T00-00-00.000Z_${kept}_id.eml`,
    'of somebody.txt',
  ])
})
