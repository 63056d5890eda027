import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import pg from 'pg'
import { inject, onTestFinished } from 'vitest'
import { type Config, readConfig } from '../../backend/config.ts'
import { type Database, openDatabase } from '../../backend/db/database.ts'
import { createWorkspace } from '../../backend/db/workspaces.ts'
import { hashPassword } from '../../backend/passwords.ts'
import { startBackend } from '../../backend/server.ts'
import type { Role } from '../../contract/permissions.ts'
import { pathNames, type Route, toQuery } from '../../contract/route.ts'
import { type RouteName, routes } from '../../contract/routes.ts'
import { z } from '../../contract/zod.ts'
import { template } from './postgres.ts'

export const password = 'Correct-horse-9'

/** A database of its own, migrated and empty. */
export async function newDatabase(): Promise<{ url: string; db: Database }> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const url = new URL(inject('postgres'))
  url.pathname = '/postgres'
  const client = new pg.Client(url.href)
  await client.connect()
  // One copy at a time: PostgreSQL copies no database that another copy is reading.
  await client.query('select pg_advisory_lock(1)')
  await client.query(`create database ${name} template ${template}`)
  await client.end()
  url.pathname = `/${name}`
  return { url: url.href, db: openDatabase(url.href, () => undefined) }
}

export interface TestBackend {
  url: string
  db: Database
  databaseUrl: string
  dataDir: string
  /** Everything that was logged. */
  log: string[]
  close: () => Promise<void>
}

/** A backend in this process, on a database of its own (or the one of another). */
export async function startTestBackend(
  options: { settings?: Partial<Config>; database?: { url: string; db: Database } } = {},
): Promise<TestBackend> {
  const { url: databaseUrl, db } = options.database ?? (await newDatabase())
  const dataDir = await mkdtemp(join(tmpdir(), 'atalaya-data-'))
  const log: string[] = []
  const config = { ...readConfig({ PORT: '0', DATABASE_URL: databaseUrl, DATA_DIR: dataDir }) }
  const backend = await startBackend(
    { ...config, ...options.settings },
    { log: { write: (line) => log.push(line) } },
  )
  const close = async () => {
    await backend.close()
    await db.destroy()
    await rm(dataDir, { recursive: true, force: true })
  }
  return { url: backend.url, db, databaseUrl, dataDir, log, close }
}

export interface BackendProcess {
  url: string
  output: () => string
  child: ChildProcess
  stop: (signal?: NodeJS.Signals) => Promise<number | null>
}

const server = join(import.meta.dirname, '../../backend/server.ts')

/** Starts `backend/server.ts` as a process; nothing is awaited but its start. */
export function spawnServer(environment: Record<string, string>, args: string[] = []) {
  const child = spawn(process.execPath, [server, ...args], {
    env: { PATH: process.env['PATH'], PORT: '0', ...environment },
  })
  let text = ''
  const keep = (chunk: Buffer) => (text += chunk.toString())
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  return { child, output: () => text, exited: once(child, 'close').then(() => child.exitCode) }
}

/** A backend that listens, in a process of its own. */
export async function spawnBackend(environment: Record<string, string>): Promise<BackendProcess> {
  const { child, output, exited } = spawnServer(environment)
  let url: string | undefined
  while (!url) {
    await Promise.race([once(child.stdout, 'data'), exited])
    url = /listening at (http:[^"]+)/.exec(output())?.[1]
    if (!url && child.exitCode !== null) throw new Error(output())
  }
  const stop = (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal)
    return exited
  }
  return { url, output, child, stop }
}

let sharedHash: Promise<string> | undefined

/** A workspace with people, `<role>@<link>.test` or as named, who all have `password`. */
export async function addWorkspace(
  db: Database,
  options: { link?: string; licences?: number; agents?: number } = {},
) {
  const { link = 'acme', licences = 50, agents = 0 } = options
  sharedHash ??= hashPassword(password)
  const passwordHash = await sharedHash
  const person = (name: string, role: Role) => ({
    email: `${name}@${link}.test`,
    name,
    role,
    language: 'en' as const,
    password_hash: passwordHash,
  })
  return db.transaction().execute(async (tx) => {
    const id = await createWorkspace(tx, { link, name: link, licences, idleMinutes: 30 })
    if (!id) throw new Error(`${link} exists`)
    const people = [
      person('owner', 'owner'),
      person('administrator', 'administrator'),
      person('agent', 'agent'),
      ...Array.from({ length: agents }, (_, index) => person(`agent${index}`, 'agent')),
    ]
    await tx
      .insertInto('users')
      .values(people.map((it) => ({ ...it, workspace_id: id })))
      .execute()
    return id
  })
}

export interface Answer {
  status: number
  headers: Headers
  /** Members of the answer; of a problem as well. */
  body: Record<string, unknown>
  /** Short name of the problem, if it is one. */
  problem: string | undefined
}

export async function read(response: Response): Promise<Answer> {
  // A file is not read here.
  const isFile = response.headers.get('content-type') === 'application/zip'
  if (isFile) await response.body?.cancel()
  const text = isFile ? '' : await response.text()
  const body = z.record(z.string(), z.unknown()).parse(text === '' ? {} : JSON.parse(text))
  const type = z.string().optional().parse(body['type'])
  const problem = type?.replace('urn:atalaya:problem:', '')
  return { status: response.status, headers: response.headers, body, problem }
}

/** Calls a route as any program would; the input is sent as it is. */
export async function call(
  url: string,
  name: RouteName,
  input: Record<string, unknown> = {},
  token?: string,
): Promise<Answer> {
  const { method, path }: Route = routes[name]
  const rest = new Map(Object.entries(input))
  const filled = pathNames(path).reduce<string>((text, field) => {
    const value = String(rest.get(field))
    rest.delete(field)
    return text.replace(`:${field}`, encodeURIComponent(value))
  }, path)
  const inQuery = method === 'GET' || method === 'DELETE'
  const fields = Object.fromEntries(rest)
  const query = new URLSearchParams(
    Object.entries(inQuery ? fields : {}).map(([key, value]) => [key, toQuery(value)]),
  )
  return read(
    await fetch(`${url}${filled}?${query.toString()}`, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(!inQuery && { 'content-type': 'application/json' }),
      },
      ...(!inQuery && { body: JSON.stringify(fields) }),
    }),
  )
}

export const newDevice = () => ({
  id: randomUUID(),
  name: 'desk 1',
  platform: 'linux',
  version: '0.1.0',
})

/** Tries to sign in; by default as the owner of `acme`. */
export const trySignIn = (
  url: string,
  input: {
    workspace?: string
    email?: string
    password?: string
    device?: ReturnType<typeof newDevice>
  } = {},
) =>
  call(url, 'sessions.create', {
    workspace: 'acme',
    email: 'owner@acme.test',
    password,
    device: newDevice(),
    ...input,
  })

/** Signs in and answers the token and the id of the session. */
export async function signIn(url: string, input: Parameters<typeof trySignIn>[1] = {}) {
  const answer = await trySignIn(url, input)
  if (answer.status !== 200) throw new Error(`signing in failed: ${JSON.stringify(answer.body)}`)
  return z
    .object({ token: z.string(), session: z.object({ id: z.string() }) })
    .transform(({ token, session }) => ({ token, id: session.id }))
    .parse(answer.body)
}

/** Lets time pass for one session (or all), seconds: its moments are moved into the past. */
export async function pass(
  db: Database,
  seconds: number,
  what: ('last_activity_at' | 'last_report_at' | 'expires_at')[],
  sessionId?: string,
): Promise<void> {
  const moves = what.map(
    (column) => sql`${sql.ref(column)} = ${sql.ref(column)} - ${seconds} * interval '1 second'`,
  )
  await sql`update sessions set ${sql.join(moves)}
    where ended_at is null and (id = ${sessionId ?? null} or ${sessionId ?? null}::uuid is null)`.execute(
    db,
  )
}

/** How many statements wait for a lock at this moment. */
export async function waitingForLock(db: Database): Promise<number | undefined> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
  return rows[0]?.count
}

/** A new folder that the system user of PostgreSQL may enter: the database stays inside. */
async function openFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'atalaya-'))
  await chmod(folder, 0o711)
  return folder
}

/** A temporary folder, removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await openFolder()
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
