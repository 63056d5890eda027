import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import type { Database } from './database.ts'
import * as first from './migrations/0001-first.ts'
import * as people from './migrations/0002-people.ts'
import * as security from './migrations/0003-security.ts'
import * as drafts from './migrations/0004-sealed-drafts.ts'

/** In order. A migration that was released is never edited: add the next one. */
const migrations: Record<string, Migration> = {
  '0001-first': first,
  '0002-people': people,
  '0003-security': security,
  '0004-sealed-drafts': drafts,
}

const migrationLock = 4_610_002

/** Brings the tables up to date; several processes may start at once. */
export async function migrate(db: Database): Promise<void> {
  await db.connection().execute(async (connection) => {
    // Kysely's own lock is taken only after it made its bookkeeping tables, where two processes clash.
    await sql`select set_config('statement_timeout', '0', false)`.execute(connection)
    await sql`select pg_advisory_lock(${migrationLock})`.execute(connection)
    try {
      await toLatest(connection)
    } finally {
      await sql`select pg_advisory_unlock(${migrationLock})`.execute(connection)
      await sql`reset statement_timeout`.execute(connection)
    }
  })
}

async function toLatest<T>(db: Kysely<T>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrations) },
  })
  const { error } = await migrator.migrateToLatest()
  if (error)
    throw error instanceof Error ? error : new Error('The migration failed', { cause: error })
}
