import { type IncomingMessage, request } from 'node:http'
import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { readCsv } from '../../backend/csv.ts'
import { exportedColumns } from '../../backend/export-columns.ts'
import { routes } from '../../contract/routes.ts'
import { addWorkspace, signIn, startTestBackend, type TestBackend } from '../support/backend.ts'
import { as } from '../support/people.ts'

let backend: TestBackend
let acme: string
let owner: Awaited<ReturnType<typeof as>>
beforeAll(async () => {
  backend = await startTestBackend()
  acme = await addWorkspace(backend.db, { agents: 2 })
  await addWorkspace(backend.db, { link: 'other' })
  owner = await as(backend.url, 'owner@acme.test')
  await fill()
})
afterAll(() => backend.close())

/** Something in every table, and things that make trouble in files. */
async function fill(): Promise<void> {
  await owner('profiles.create', { name: '=1+1', grants: { users: ['view'] } })
  await owner('modules.set', { module: 'crm', state: 'hidden' })
  await sql`update users set name = ${'Ángela "Ñ", 🦊;\n2'} where email = 'agent0@acme.test'`.execute(
    backend.db,
  )
  const user = sql`(select id from users where email = 'agent@acme.test')`
  for (const statement of [
    sql`insert into webhooks (workspace_id, url, secret, former_secret, former_until, changed_by)
      values (${acme}, 'https://dialler.test/hook', 'whsec_now', 'whsec_before', now(), 'owner')`,
    sql`insert into webhook_deliveries (id, workspace_id, type, body)
      values ('msg_1', ${acme}, 'webhook.test', '{"a":1}')`,
    sql`insert into once_answers (workspace_id, user_id, route, key, answer)
      values (${acme}, ${user}, 'webhook.rotateSecret', gen_random_uuid(), '{"secret":"whsec_answered"}')`,
    sql`insert into imports (workspace_id, user_id, id) values (${acme}, ${user}, gen_random_uuid())`,
    sql`insert into seat_samples (workspace_id, at, taken, licences)
      values (${acme}, '2026-01-02 03:04Z', 2, 5)`,
    sql`insert into seat_tickets (workspace_id, user_id, token_hash, password_hash, device, expires_at)
      values (${acme}, ${user}, sha256('ticket'), 'x', '{"name":"desk"}', now() + interval '1 hour')`,
    sql`insert into mail_links (workspace_id, user_id, kind, token_hash, expires_at)
      values (${acme}, ${user}, 'invitation', sha256('link'), now())`,
  ])
    await statement.execute(backend.db)
}

/** The files of an archive, by name. */
async function unpack(zip: ArrayBuffer): Promise<Map<string, string>> {
  const reader = new ZipReader(new Uint8ArrayReader(new Uint8Array(zip)))
  const files = new Map<string, string>()
  for (const entry of await reader.getEntries())
    if (!entry.directory) {
      const bytes = await entry.getData(new Uint8ArrayWriter())
      files.set(entry.filename, Buffer.from(bytes).toString())
    }
  await reader.close()
  return files
}
const { method, path } = routes['deletion.export']
const headersOf = (token: string) => ({
  authorization: `Bearer ${token}`,
  'content-type': 'application/json',
})
const exported = async () => {
  const headers = headersOf(owner.token)
  const answer = await fetch(backend.url + path, { method, headers, body: '{}' })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('application/zip')
  expect(answer.headers.get('content-length')).toBeNull()
  return unpack(await answer.arrayBuffer())
}
/** An export of which nothing is read yet. */
const unread = () =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const headers = headersOf(owner.token)
    const sent = request(backend.url + path, { method, headers }, resolve)
    sent.on('error', reject)
    sent.end('{}')
  })
/** The processes of PostgreSQL that hold a transaction open with a cursor in it. */
const reading = async () => {
  const { rows } = await sql<{ pid: number }>`
    select pid from pg_stat_activity where datname = current_database()
      and xact_start is not null and pid <> pg_backend_pid() and query like '%exported%'`.execute(
    backend.db,
  )
  return rows.map(({ pid }) => pid)
}
const readAll = async (answer: IncomingMessage) => {
  for await (const chunk of answer as AsyncIterable<Buffer>) expect(chunk.length).toBeGreaterThan(0)
}
const countOf = async (kind: string) => {
  const rows = await backend.db.selectFrom('audit').select('id').where('kind', '=', kind).execute()
  return rows.length
}
/** Rows that no compression makes small: more than what sockets and buffers take by themselves. */
const fillMuch = () =>
  sql`insert into audit (workspace_id, actor_name, kind, target)
    select ${acme}, 'somebody', 'much', (
      select string_agg(sha512((it * 40 + part)::text::bytea)::text, '') from generate_series(1, 40) part)
    from generate_series(1, 4000) it`.execute(backend.db)
const rowsOf = (files: Map<string, string>, table: string) =>
  JSON.parse(files.get(`json/${table}.json`) ?? '') as Record<string, unknown>[]

test('every column of every table of a workspace is exported, or kept back on purpose', async () => {
  const { rows } = await sql<{ table: string; column: string }>`
    select table_name as table, column_name as column from information_schema.columns c
    where table_schema = 'public' and (table_name = 'workspaces' or exists (
      select from information_schema.columns it where it.table_schema = 'public'
        and it.table_name = c.table_name and it.column_name = 'workspace_id'))`.execute(backend.db)
  const leaving = new Set(
    exportedColumns.flatMap(({ table, columns }) => columns.map((name) => `${table}.${name}`)),
  )
  const keptBack = rows
    .map(({ table, column }) => `${table}.${column}`)
    .filter((it) => !leaving.delete(it))
  expect([...leaving]).toEqual([])
  expect(keptBack.filter((it) => !it.startsWith('once_answers.')).sort()).toEqual([
    'mail_links.token_hash',
    'profiles.name_key',
    'seat_tickets.password_hash',
    'seat_tickets.token_hash',
    'sessions.hours_end_told',
    'sessions.token_hash',
    'users.name_key',
    'users.password_hash',
    'users.seal_key',
    'users.search',
    'webhook_deliveries.queued_at',
    'webhooks.former_secret',
    'webhooks.former_until',
    'webhooks.secret',
    'workspaces.deletes_at',
    'workspaces.deletion_counted_at',
    'workspaces.deletion_seconds_left',
    'workspaces.name_key',
  ])
})

test('the archive holds every row of the workspace, and none of another', async () => {
  const files = await exported()
  for (const { table } of exportedColumns) {
    const own = table === 'workspaces' ? 'id' : 'workspace_id'
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from ${sql.table(table)}
      where ${sql.ref(own)} = ${acme} and ${table} <> 'audit'`.execute(backend.db)
    const read = rowsOf(files, table)
    expect(read.length, table).toBeGreaterThan(0)
    if (table !== 'audit') expect([table, read.length]).toEqual([table, rows[0]?.count])
    expect(new Set(read.map((row) => row[own]))).toEqual(new Set([acme]))
    expect(readCsv(files.get(`csv/${table}.csv`) ?? '').rows).toHaveLength(read.length)
  }
  expect(rowsOf(files, 'seat_samples')).toContainEqual({
    ...{ workspace_id: acme, at: '2026-01-02T03:04:00+00:00', taken: 2, licences: 5, refused: 0 },
  })
  expect([...files.values()].join('')).not.toContain('other.test')
})

test('names and values come through as they are, and no cell is run as a formula', async () => {
  const files = await exported()
  const names = rowsOf(files, 'users').map((row) => row['name'])
  expect(names).toContain('Ángela "Ñ", 🦊;\n2')
  expect(rowsOf(files, 'profiles')).toMatchObject([{ name: '=1+1', grants: { users: ['view'] } }])
  const csv = files.get('csv/profiles.csv') ?? ''
  expect(csv.startsWith('\uFEFFid,')).toBe(true)
  expect(csv).toContain(",'=1+1,")
  const users = readCsv(files.get('csv/users.csv') ?? '')
  const column = users.head.indexOf('name')
  expect(users.rows.map(({ cells }) => cells[column])).toContain('Ángela "Ñ", 🦊; 2')
})

test('no secret is in it', async () => {
  const { token } = await signIn(backend.url, { email: 'agent0@acme.test' })
  const files = await exported()
  const { rows } = await sql<{ secret: string }>`
    select encode(token_hash, 'hex') as secret from sessions
    union select encode(token_hash, 'hex') from seat_tickets
    union select encode(token_hash, 'hex') from mail_links
    union select password_hash from users where password_hash is not null`.execute(backend.db)
  const everything = [...files.values()].join('')
  expect(rows.length).toBeGreaterThanOrEqual(5)
  for (const secret of [token, owner.token, ...rows.map((row) => row.secret)])
    expect(everything).not.toContain(secret)
  expect(everything).not.toMatch(/argon2|whsec_|\\\\x[\da-f]{8}/)
})

test('it is written down who exported', async () => {
  await exported()
  const row = await backend.db
    .selectFrom('audit')
    .selectAll()
    .where('kind', '=', 'workspace.exported')
    .orderBy('id', 'desc')
    .executeTakeFirst()
  expect(row).toMatchObject({
    actor_name: 'owner',
    session_id: owner.sessionId,
    workspace_id: acme,
  })
})

test('many rows are read bit by bit, and all of them once', { timeout: 60_000 }, async () => {
  const many = 20_000
  await sql`
    insert into audit (workspace_id, actor_name, kind, target)
    select ${acme}, 'somebody', 'made.up', 'row ' || it from generate_series(1, ${sql.lit(many)}) it`.execute(
    backend.db,
  )
  const files = await exported()
  const targets = rowsOf(files, 'audit')
    .filter((row) => row['kind'] === 'made.up')
    .map((row) => row['target'])
  expect(targets).toHaveLength(many)
  expect(new Set(targets).size).toBe(many)
})

describe('a reader', { timeout: 30_000 }, () => {
  beforeAll(async () => {
    await fillMuch()
  })
  const held = { timeout: 5000, interval: 20 }

  test('who leaves holds no connection, and the export was written down', async () => {
    const before = await countOf('workspace.exported')
    const answer = await unread()
    await vi.waitFor(async () => expect(await reading()).toHaveLength(1), held)
    expect(await countOf('workspace.exported')).toBe(before + 1)
    answer.destroy()
    await vi.waitFor(async () => expect(await reading()).toEqual([]), held)
  })

  test('who takes nothing holds none for ever', async () => {
    const answer = await unread()
    await vi.waitFor(async () => expect(await reading()).toHaveLength(1), held)
    const gone = async () => expect(await reading()).toEqual([])
    await vi.waitFor(gone, { timeout: 15_000, interval: 100 })
    await expect(readAll(answer)).rejects.toThrow('aborted')
    // Ended by the export itself, and not by a limit of the database.
    expect(backend.log.join('')).toContain('nobody reads the export')
    expect(backend.log.join('')).not.toContain('a database connection was lost')
  })

  test('whose export fails half-way gets no whole answer, and the next one does', async () => {
    const answer = await unread()
    await vi.waitFor(async () => expect(await reading()).toHaveLength(1), held)
    for (const pid of await reading())
      await sql`select pg_terminate_backend(${pid})`.execute(backend.db)
    await expect(readAll(answer)).rejects.toThrow('aborted')
    expect(rowsOf(await exported(), 'users').length).toBeGreaterThan(0)
  })

  test('who waits gets the archive after the one before', async () => {
    const first = await unread()
    const second = exported()
    await vi.waitFor(async () => expect(await reading()).toHaveLength(1), held)
    first.destroy()
    expect(rowsOf(await second, 'users').length).toBeGreaterThan(0)
  })
})
