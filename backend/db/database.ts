import { Kysely, PostgresDialect, type Transaction } from 'kysely'
import pg from 'pg'
import { codeOfError } from '../start-error.ts'
import type { Tables } from './tables.ts'

export type Database = Kysely<Tables>
/** For what has to happen wholly or not at all. */
export type Tx = Transaction<Tables>

/** A pool of connections; `onLost` hears of those that broke, which is no reason to stop. */
export function openDatabase(url: string, onLost: (error: Error) => void): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: 20,
    // Also how long a request waits for a free connection: a whole shift may sign in at once.
    connectionTimeoutMillis: 15_000,
    // Far below the lease, which a report that hangs must not outlive (`sessions.ts`).
    statement_timeout: 4000,
    idle_in_transaction_session_timeout: 10_000,
    application_name: 'atalaya',
  })
  // Of each connection: the pool listens to idle ones only, and one may break within a transaction.
  pool.on('connect', (client) => client.on('error', onLost))
  pool.on('error', () => undefined)
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
}

/** Whether a unique constraint refused a row (SQLSTATE 23505). */
export const isDuplicate = (error: unknown): boolean => codeOfError(error) === '23505'
