import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { forgetAccounts } from './attempts.ts'
import type { Database, Tx } from './db/database.ts'
import type { WorkspaceTable } from './db/workspace-tables.ts'
import { forgetJobs } from './jobs.ts'
import { outboxIn, workspaceOf } from './mail.ts'
import { codeOfError } from './start-error.ts'

/**
 * Rows that go in one transaction, by table, in an order in which they can: who points, before who is
 * pointed at. A new table of a workspace does not compile before it stands here.
 */
const chunks: Record<WorkspaceTable, number> = {
  audit: 5000,
  seat_samples: 5000,
  seat_tickets: 5000,
  sessions: 5000,
  mail_links: 5000,
  imports: 5000,
  once_answers: 5000,
  webhook_deliveries: 5000,
  webhooks: 1,
  users: 1000,
  profiles: 1000,
  workspace_modules: 1000,
}
// Object.keys forgets what it lists.
const tables = Object.keys(chunks) as WorkspaceTable[]

/**
 * Erases the workspaces whose time is up (S7; docs/decisions/0008-erasing.md): every row, job and
 * count, the row of the workspace itself last. Cut off at any point, it goes on where it was the next
 * time; two processes at once are not in each other's way. `rows` limits a transaction further.
 */
export async function eraseDue(
  db: Database,
  stopping: AbortSignal,
  rows = Infinity,
): Promise<number> {
  const due = await db
    .selectFrom('workspaces')
    .select('id')
    .where('deletion_seconds_left', '=', 0)
    .execute()
  const failures: unknown[] = []
  for (const { id } of due)
    // One that fails keeps none of the others.
    await erase(db, id, stopping, rows).catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '))
  return due.length
}

async function erase(
  db: Database,
  workspaceId: string,
  stopping: AbortSignal,
  rows: number,
): Promise<void> {
  for (const table of tables) {
    const size = Math.min(chunks[table], rows)
    let deleted = size
    while (deleted === size) {
      if (stopping.aborted) return
      deleted = await inErasure(db, workspaceId, (tx) => eraseRows(tx, workspaceId, table, size))
    }
  }
  if (stopping.aborted) return
  await inErasure(db, workspaceId, async (tx) => {
    // What came in behind us; from here on nothing does: the row of the workspace is locked.
    for (const table of tables) await eraseRows(tx, workspaceId, table, null)
    await forgetJobs(tx, workspaceId)
    await tx.deleteFrom('workspaces').where('id', '=', workspaceId).execute()
    return 0
  })
}

/** One bit of it; 0 where another process has done the rest meanwhile. */
const inErasure = (
  db: Database,
  workspaceId: string,
  work: (tx: Tx) => Promise<number>,
): Promise<number> =>
  db.transaction().execute(async (tx) => {
    const due = await tx
      .selectFrom('workspaces')
      .select('id')
      .where('id', '=', workspaceId)
      .where('deletion_seconds_left', '=', 0)
      .forUpdate()
      .executeTakeFirst()
    if (!due) return 0
    // The one way to delete rows of the ledger: see the trigger `audit_is_append_only`.
    await sql`select set_config('atalaya.erasing', ${workspaceId}, true)`.execute(tx)
    return work(tx)
  })

/** Deletes at most so many rows of a table (`null`: all), and answers how many it were. */
async function eraseRows(
  tx: Tx,
  workspaceId: string,
  table: WorkspaceTable,
  limit: number | null,
): Promise<number> {
  const some = sql`select ctid from ${sql.table(table)}
    where workspace_id = ${workspaceId} limit ${limit}`
  const email = table === 'users' ? sql`email` : sql`null::text as email`
  const { rows } = await sql<{ email: string | null }>`
    delete from ${sql.table(table)} where ctid = any(array(${some})) returning ${email}`.execute(tx)
  const emails = rows.flatMap((row) => row.email ?? [])
  await forgetAccounts(tx, workspaceId, emails)
  return rows.length
}

/**
 * Deletes the mails of the outbox whose workspace is no more. Every process has an outbox of its own,
 * and a mail may have been written while its workspace was erased.
 */
export async function removeOrphanMails(db: Database, dataDir: string): Promise<void> {
  const outbox = outboxIn(dataDir)
  const files = await readdir(outbox).catch((error: unknown): string[] => {
    // No mail was ever kept here.
    if (codeOfError(error) === 'ENOENT') return []
    throw error
  })
  const named = files.flatMap((file) => {
    const workspaceId = workspaceOf(file)
    return workspaceId === undefined ? [] : [{ file, workspaceId }]
  })
  const ids = [...new Set(named.map(({ workspaceId }) => workspaceId))]
  if (ids.length === 0) return
  const standing = await db.selectFrom('workspaces').select('id').where('id', 'in', ids).execute()
  const kept = new Set(standing.map(({ id }) => id))
  for (const { file, workspaceId } of named)
    if (!kept.has(workspaceId)) await rm(join(outbox, file), { force: true })
}
