import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chown,
  mkdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { codeOfError, StartError } from '../start-error.ts'
import {
  type Binaries,
  binaries,
  type Identity,
  newFolder,
  serverIdentity,
} from './embedded-place.ts'

const run = promisify(execFile)

/** Name of the superuser and of the one database. */
const name = 'atalaya'

/** Held on one connection for as long as the owner of a data folder lives, and not a moment longer. */
const ownerLock = 4_610_001

interface Cluster {
  /** Holds `data/`, `log` and `password`; owned by `identity`. */
  folder: string
  password: string
  identity: Identity | undefined
  programs: Binaries
}

export interface Embedded {
  /** Connection string. */
  url: string
  /** Stops the server; no process is left. */
  close: () => Promise<void>
}

/**
 * A PostgreSQL of our own in `<dataDir>/postgres`, made on first use. A server left running by a
 * killed process is taken over. Throws StartError: folder not writable, used by another Atalaya
 * (unless `share`: then that one's server is used, and left to it).
 */
export async function openEmbedded(dataDir: string, { share = false } = {}): Promise<Embedded> {
  await makeWritable(dataDir)
  const identity = await serverIdentity()
  const programs = await binaries(identity)
  const place = join(dataDir, 'postgres')
  const folder = await realpath(place).catch(() => createCluster(dataDir, identity, programs))
  const password = await readFile(join(folder, 'password'), 'utf8')
  const cluster = { folder, password, identity, programs }

  const { client, port } = await connectOrStart(cluster)
  const owner = await takeOwnership(client)
  if (!owner && !share) {
    await client.end()
    throw new StartError(
      `Another Atalaya uses ${dataDir}. Stop it first, or set DATA_DIR to another folder.`,
    )
  }
  await ensureDatabase(client)
  return {
    url: urlOf(cluster, port, name),
    close: async () => {
      await client.end()
      if (owner) await control(cluster, 'stop', '-m', 'fast', '-w')
    },
  }
}

async function makeWritable(dataDir: string): Promise<void> {
  const probe = join(dataDir, `.writable-${randomBytes(4).toString('hex')}`)
  try {
    await makeFolder(dataDir)
    await writeFile(probe, '')
    await rm(probe)
  } catch (error) {
    throw new StartError(
      `Cannot write to ${dataDir} (${codeOfError(error)}).\n` +
        'Make it writable, set DATA_DIR to another folder, or set DATABASE_URL to a PostgreSQL of your own.',
    )
  }
}

/** With its parents. Node's `recursive` never ends below /proc, where making a folder answers ENOENT. */
async function makeFolder(folder: string): Promise<void> {
  if (await stat(folder).catch(() => undefined)) return
  await makeFolder(dirname(folder))
  await mkdir(folder).catch((error: unknown) => {
    // Another start was faster.
    if (codeOfError(error) !== 'EEXIST') throw error
  })
}

/** Made aside and put in place in one step, so that a half made cluster is never found. */
async function createCluster(
  dataDir: string,
  identity: Identity | undefined,
  programs: Binaries,
): Promise<string> {
  const { folder, elsewhere } = await newFolder(dataDir, identity)
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 })
  if (identity) await chown(passwordFile, identity.uid, identity.gid)

  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', timezone: 'UTC' }
  await run(
    programs.initdb,
    [
      `--pgdata=${join(folder, 'data')}`,
      `--username=${name}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // Built in: the same order of text on every machine, whatever locales it has.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      ...Object.entries(settings).map(([key, value]) => `--set=${key}=${value}`),
    ],
    { ...identity, cwd: folder },
  )

  const place = join(dataDir, 'postgres')
  try {
    await (elsewhere ? symlink(folder, place) : rename(folder, place))
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    if (!['EEXIST', 'ENOTEMPTY'].includes(codeOfError(error))) throw error
    // Another process was faster: theirs is used, and its lock decides who owns it.
  }
  return realpath(place).catch(() => {
    throw new StartError(
      `${place} points to a folder that is gone. Delete the link to start afresh.`,
    )
  })
}

/** Connects to the server, which is started if it does not run. */
async function connectOrStart(cluster: Cluster): Promise<{ client: pg.Client; port: number }> {
  let failure: unknown
  // More than once: another process may start or stop the same server at this moment.
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const port = await recordedPort(cluster)
    const client = port ? await connect(cluster, port) : undefined
    if (client) return { client, port }
    await forgetStaleServer(cluster)
    failure = await control(cluster, 'start', '-w', '-o', `-p ${await freePort()}`).then(
      () => undefined,
      (error: unknown) => error,
    )
  }
  const log = await readFile(join(cluster.folder, 'log'), 'utf8').catch(() => '')
  throw new StartError(
    `The embedded PostgreSQL in ${cluster.folder} does not start. The end of its log:\n` +
      log.trim().split('\n').slice(-8).join('\n'),
    { cause: failure },
  )
}

/** Whether nobody else lives who owns this server; ours until the connection closes. */
async function takeOwnership(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(
    'select pg_try_advisory_lock($1) as taken',
    [ownerLock],
  )
  return rows[0]?.taken ?? false
}

const urlOf = (cluster: Cluster, port: number, database: string) =>
  `postgres://${name}:${cluster.password}@127.0.0.1:${port}/${database}`

/** A connection, or nothing if no server of this cluster answers there. Waits while it starts or stops. */
async function connect(cluster: Cluster, port: number): Promise<pg.Client | undefined> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const client = new pg.Client({
      connectionString: urlOf(cluster, port, 'postgres'),
      connectionTimeoutMillis: 3000,
      application_name: 'atalaya owner',
    })
    // The pool of the database reports a lost server; this connection only holds the lock.
    client.on('error', () => undefined)
    try {
      await client.connect()
      return client
    } catch (error) {
      const cannotConnectNow = '57P03'
      if (codeOfError(error) !== cannotConnectNow) return undefined
      await delay(50)
    }
  }
  return undefined
}

async function ensureDatabase(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
  if (!rowCount) await client.query(`create database ${client.escapeIdentifier(name)}`)
}

const pidFile = (cluster: Cluster) => join(cluster.folder, 'data', 'postmaster.pid')

/** What the server wrote of itself: process id, folder, start, port (PostgreSQL, `pidfile.h`). */
async function recorded(cluster: Cluster): Promise<string[]> {
  const text = await readFile(pidFile(cluster), 'utf8').catch(() => '')
  return text.split('\n').map((line) => line.trim())
}

const recordedPort = async (cluster: Cluster) => Number((await recorded(cluster))[3] ?? 0)

/** After a reboot the recorded process id may belong to anybody, and PostgreSQL would not start. */
async function forgetStaleServer(cluster: Cluster): Promise<void> {
  const [pid] = await recorded(cluster)
  if (pid && !(await isPostgres(pid))) await rm(pidFile(cluster), { force: true })
}

async function isPostgres(pid: string): Promise<boolean> {
  const name = {
    linux: () => readFile(`/proc/${pid}/comm`, 'utf8'),
    win32: async () => (await run('tasklist', ['/FI', `PID eq ${pid}`, '/NH'])).stdout,
  }
  const ask =
    process.platform === 'linux' || process.platform === 'win32'
      ? name[process.platform]
      : async () => (await run('ps', ['-p', pid, '-o', 'comm='])).stdout
  return (await ask().catch(() => '')).includes('postgres')
}

/** `pg_ctl`: detaches the server from our terminal, and drops an administrator's rights on Windows. */
async function control(cluster: Cluster, what: 'start' | 'stop', ...args: string[]): Promise<void> {
  const { folder, identity, programs } = cluster
  const paths = ['-D', join(folder, 'data'), '-l', join(folder, 'log'), '-s', '-t', '60']
  await run(programs.pg_ctl, [what, ...paths, ...args], { ...identity, cwd: folder })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        resolve(typeof address === 'object' && address ? address.port : 0)
      })
    })
  })
}
