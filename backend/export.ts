import { Readable } from 'node:stream'
import { TransformStream } from 'node:stream/web'
import { configure, ZipWriter } from '@zip.js/zip.js'
import { sql } from 'kysely'
import type { Caller } from './caller.ts'
import { byteOrderMark, csvLines } from './csv.ts'
import { record } from './db/audit.ts'
import type { Database, Tx } from './db/database.ts'
import { inTurn } from './db/seats.ts'
import { exportedColumns } from './export-columns.ts'

// One archive is written at a time: a worker would only cost its start.
configure({ useWebWorkers: false })

/** Rows that are in memory at a time; within `patience` somebody has to take them, on a slow line too. */
const pageSize = 500

/** Milliseconds that a reader may take nothing: less than a transaction may be idle (`database.ts`). */
const patience = 9000

/** Rows, each as JSON of one line. */
type Pages = AsyncIterable<string[]>

/**
 * Everything that a workspace holds but secrets (`export-columns.ts`), as it stands at one moment: each
 * table as JSON and as CSV, in one ZIP archive (S7), written as it is read. One at a time for a
 * workspace. A failure breaks the stream, so that no part of it passes for the whole.
 */
export async function exportWorkspace(
  db: Database,
  { workspace, actor }: Caller,
): Promise<Readable> {
  const { id: workspaceId } = workspace
  const it = { workspaceId, kind: 'workspace.exported', target: workspaceId }
  // Committed before the first byte leaves, and for one that is broken off too.
  await db.transaction().execute((tx) => record(tx, actor, it))
  const { readable, writable } = passage()
  inTurn(`export ${workspaceId}`, () => archive(db, workspaceId, writable)).catch(
    (error: unknown) => writable.abort(error).catch(() => undefined),
  )
  return Readable.fromWeb(readable)
}

/** Whoever takes nothing out of it for too long breaks it, and holds no connection any more. */
function passage() {
  let watch: NodeJS.Timeout | undefined
  return new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      controller.enqueue(chunk)
      clearTimeout(watch)
      const tooLong = () => controller.error(new Error('nobody reads the export'))
      watch = setTimeout(tooLong, patience).unref()
    },
    flush: () => clearTimeout(watch),
    cancel: () => clearTimeout(watch),
  })
}

const archive = (db: Database, workspaceId: string, writable: WritableStream): Promise<void> =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      // Moments are written in it.
      await sql`set local time zone 'UTC'`.execute(tx)
      const zip = new ZipWriter(writable)
      for (const { table, columns } of exportedColumns) {
        const read = () => readPages(tx, workspaceId, table, columns)
        await zip.add(`json/${table}.json`, streamOf(asJson(read())))
        await zip.add(`csv/${table}.csv`, streamOf(asCsv(columns, read())))
      }
      await zip.close()
    })

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

/** Text by text, as they are asked for. */
function streamOf(texts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      const next = await texts.next()
      if (next.done) controller.close()
      else controller.enqueue(encoder.encode(next.value))
    },
  })
}
