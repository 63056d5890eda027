import { configure, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js'
import { sql } from 'kysely'
import type { Output } from '../contract/routes.ts'
import type { Caller } from './caller.ts'
import { byteOrderMark, csvLines } from './csv.ts'
import { record } from './db/audit.ts'
import type { Database, Tx } from './db/database.ts'
import { inTurn } from './db/seats.ts'
import { exportedColumns } from './export-columns.ts'

// One archive is written at a time: a worker would only cost its start.
configure({ useWebWorkers: false })

/** Rows that are in memory at a time. */
const pageSize = 2000

/** Rows, each as JSON of one line. */
type Pages = AsyncIterable<string[]>

/**
 * Everything that a workspace holds but secrets (`export-columns.ts`), as it stands at one moment: each
 * table as JSON and as CSV, in one ZIP archive (S7). One at a time for a workspace.
 */
export const exportWorkspace = (
  db: Database,
  { workspace, actor }: Caller,
): Promise<Output<'deletion.export'>> =>
  inTurn(`export ${workspace.id}`, () =>
    db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (tx) => {
        const zip = await archive(tx, workspace.id)
        const name = `atalaya-${workspace.link}-${new Date().toISOString().slice(0, 10)}.zip`
        const it = { workspaceId: workspace.id, kind: 'workspace.exported', after: { name } }
        await record(tx, actor, it)
        return { name, zip: Buffer.from(zip).toString('base64') }
      }),
  )

async function archive(tx: Tx, workspaceId: string): Promise<Uint8Array> {
  // Moments are written in it.
  await sql`set local time zone 'UTC'`.execute(tx)
  const zip = new ZipWriter(new Uint8ArrayWriter())
  for (const { table, columns } of exportedColumns) {
    const read = () => readPages(tx, workspaceId, table, columns)
    await zip.add(`json/${table}.json`, streamOf(asJson(read())))
    await zip.add(`csv/${table}.csv`, streamOf(asCsv(columns, read())))
  }
  return zip.close()
}

/** A cursor, so that neither the memory nor the time of one statement grows with the table. */
async function* readPages(tx: Tx, workspaceId: string, table: string, columns: string[]) {
  const own = table === 'workspaces' ? 'id' : 'workspace_id'
  const inOrder = [own, ...['at', 'created_at', 'id'].filter((name) => columns.includes(name))]
  const refs = (names: string[]) => sql.join(names.map((name) => sql.ref(name)))
  await sql`
    declare exported no scroll cursor for
    select row_to_json(it)::text as row from (
      select ${refs(columns)} from ${sql.table(table)}
      where ${sql.ref(own)} = ${workspaceId} order by ${refs(inOrder)}
    ) it`.execute(tx)
  for (;;) {
    const { rows } = await sql<{ row: string }>`
      fetch forward ${sql.lit(pageSize)} from exported`.execute(tx)
    if (rows.length === 0) break
    yield rows.map(({ row }) => row)
  }
  await sql`close exported`.execute(tx)
}

async function* asJson(pages: Pages) {
  let before = '['
  for await (const page of pages) {
    yield `${before}\n${page.join(',\n')}`
    before = ','
  }
  yield before === '[' ? '[]\n' : '\n]\n'
}

async function* asCsv(columns: string[], pages: Pages) {
  yield byteOrderMark + csvLines([columns])
  for await (const page of pages) yield csvLines(page.map((row) => cellsOf(row, columns)))
}

function cellsOf(row: string, columns: string[]): string[] {
  // Written by `row_to_json` a moment ago.
  const values = JSON.parse(row) as Record<string, unknown>
  return columns.map((name) => cellOf(values[name]))
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** As it is asked for, and not faster. */
function streamOf(texts: AsyncIterable<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const iterator = texts[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const next = await iterator.next()
      if (next.done) controller.close()
      else controller.enqueue(encoder.encode(next.value))
    },
  })
}
