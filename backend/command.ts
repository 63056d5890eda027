import type { Config } from './config.ts'
import { type Database, openDatabase } from './db/database.ts'
import { openEmbedded } from './db/embedded.ts'
import { migrate } from './db/migrate.ts'

/** Runs an operator's command on the database, whether or not a backend runs on it. */
export async function onDatabase(
  config: Config,
  task: (db: Database) => Promise<void>,
): Promise<void> {
  const embedded = config.DATABASE_URL
    ? undefined
    : await openEmbedded(config.DATA_DIR, { share: true })
  const db = openDatabase(config.DATABASE_URL ?? embedded?.url ?? '', () => undefined)
  try {
    await migrate(db)
    await task(db)
  } finally {
    await db.destroy()
    await embedded?.close()
  }
}
