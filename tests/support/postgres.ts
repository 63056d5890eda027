import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '../../backend/db/database.ts'
import { openEmbedded } from '../../backend/db/embedded.ts'
import { migrate } from '../../backend/db/migrate.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of the PostgreSQL of the run. */
    postgres: string
  }
}

/** Name of the migrated database that those of the test files are copies of. */
export const template = 'atalaya'

/** One PostgreSQL for the run, in a temporary folder. */
export default async function setup({ provide }: TestProject) {
  const dataDir = await mkdtemp(join(tmpdir(), 'atalaya-test-'))
  // As root PostgreSQL runs as another user, who has to get in.
  await chmod(dataDir, 0o711)
  const { url, close } = await openEmbedded(dataDir)
  const db = openDatabase(url, () => undefined)
  await migrate(db)
  await db.destroy()
  await tradeSafetyForSpeed(url)
  provide('postgres', url)
  return async () => {
    await close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function tradeSafetyForSpeed(url: string): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  await client.query('alter system set fsync = off')
  await client.query('select pg_reload_conf()')
  await client.end()
}
