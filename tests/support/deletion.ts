import { sql } from 'kysely'
import { deletionWords } from '../../contract/deletion.ts'
import type { Database } from '../../backend/db/database.ts'
import { call, password, signIn } from './backend.ts'

/** What the owner of a workspace types to delete it. */
export const deletionInput = (it: Record<string, unknown> = {}) => ({
  ...{ language: 'es', confirmation: deletionWords.es, password },
  ...it,
})

/** Deletes a workspace, as its owner does in the window. */
export async function deleteWorkspace(url: string, link: string): Promise<void> {
  const { token } = await signIn(url, { workspace: link, email: `owner@${link}.test` })
  const answer = await call(url, 'deletion.request', deletionInput(), token)
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
}

/** As if its seven days had been counted to their end. */
export const endDays = (db: Database, link: string) =>
  sql`
    update workspaces set deletes_at = now(), deletion_seconds_left = 0 where link = ${link}`.execute(
    db,
  )

/** Names of all tables, of the queue, too. */
export async function allTables(db: Database): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema') order by 1`.execute(db)
  return rows.map(({ name }) => name)
}

/** Every row of every table of the database, as text. */
export async function everyRow(db: Database): Promise<{ table: string; text: string }[]> {
  const found = []
  for (const table of await allTables(db)) {
    const { rows } = await sql<{ text: string }>`
      select it::text as text from ${sql.raw(table)} it order by 1`.execute(db)
    found.push(...rows.map(({ text }) => ({ table, text })))
  }
  return found
}
