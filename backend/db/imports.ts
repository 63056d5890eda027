import { sql } from 'kysely'
import { ProblemError } from '../../contract/problem.ts'
import type { Database } from './database.ts'

/** An import as its caller names it. */
export interface ImportKey {
  workspace_id: string
  user_id: string
  id: string
}

/** Notes that an import runs; outside of its transaction, so that others can see it and ask it to stop. */
export async function beginImport(db: Database, key: ImportKey): Promise<void> {
  // Of processes that ended in the middle, and of imports that were over before they were cancelled.
  await db
    .deleteFrom('imports')
    .where('created_at', '<', sql<Date>`now() - interval '1 hour'`)
    .execute()
  await db
    .insertInto('imports')
    .values(key)
    // It may have been cancelled before it was heard of.
    .onConflict((conflict) => conflict.columns(['workspace_id', 'user_id', 'id']).doNothing())
    .execute()
}

export const endImport = (db: Database, key: ImportKey) =>
  db
    .deleteFrom('imports')
    .where('workspace_id', '=', key.workspace_id)
    .where('user_id', '=', key.user_id)
    .where('id', '=', key.id)
    .execute()

/** Asks an import to stop, whichever process runs it. */
export const cancelImport = (db: Database, key: ImportKey) =>
  db
    .insertInto('imports')
    .values({ ...key, cancelled: true })
    .onConflict((conflict) =>
      conflict.columns(['workspace_id', 'user_id', 'id']).doUpdateSet({ cancelled: true }),
    )
    .execute()

/** Throws `import-cancelled` once it was asked for. */
export async function assertNotCancelled(db: Database, key: ImportKey): Promise<void> {
  const row = await db
    .selectFrom('imports')
    .select('cancelled')
    .where('workspace_id', '=', key.workspace_id)
    .where('user_id', '=', key.user_id)
    .where('id', '=', key.id)
    .executeTakeFirst()
  if (row?.cancelled) throw new ProblemError('import-cancelled')
}
