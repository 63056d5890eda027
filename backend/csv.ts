import { CsvError, parse } from 'csv-parse/sync'
import { importMaxRows } from '../contract/imports.ts'
import { type NotCsv, ProblemError } from '../contract/problem.ts'
import { z } from '../contract/zod.ts'

export interface CsvRow {
  /** Where it begins in the file, from 1. */
  line: number
  cells: string[]
}

/** What spreadsheets take for a formula, and do. */
const formula = /^[=+\-@\t\r]/

/** Longer than any row of people; an unclosed quote swallows what follows up to here. */
const longestRow = 100_000

const refuse = (reason: NotCsv, line?: number) =>
  new ProblemError('not-csv', { reason, ...(line !== undefined && { line }) })

/** Reads a CSV file, the first row being its head. Throws `not-csv` with the reason. */
export function readCsv(text: string): { head: string[]; rows: CsvRow[] } {
  assertText(text)
  const { declared, body, skipped } = declaredSeparator(text)
  const [head, ...rows] = records(body, declared ?? separatorOf(body)).map(({ line, cells }) => ({
    line: line + skipped,
    cells: cells.map(clean),
  }))
  if (!head) throw refuse('empty')
  if (rows.length > importMaxRows) throw refuse('too-many-rows')
  return { head: head.cells, rows }
}

function assertText(text: string): void {
  // PDF, Office and whatever else is not text has control characters sooner or later.
  if (/^(?:%PDF-|PK\u0003\u0004|\{\\rtf)|[\0-\u0008\u000e-\u001f]/.test(text))
    throw refuse('binary')
  // What the reader put in place of bytes that are no UTF-8: names would be spoiled.
  const spoiled = text.indexOf('\uFFFD')
  if (spoiled >= 0) throw refuse('encoding', text.slice(0, spoiled).split('\n').length)
}

/** Excel understands, and some write, `sep=;` as the first line. */
function declaredSeparator(text: string) {
  const match = /^\uFEFF?sep=([;,\t])\r?\n/i.exec(text)
  const [whole = '', declared] = match ?? []
  return { declared, body: text.slice(whole.length), skipped: match ? 1 : 0 }
}

/** The one that the head has most of: Excel writes `;` where the comma is the decimal sign. */
function separatorOf(text: string): string {
  const [head = ''] = text
    .replaceAll(/"[^"]*"/g, '')
    .trimStart()
    .split(/\r?\n|\r/, 1)
  const count = (separator: string) => head.split(separator).length
  return [',', ';', '\t'].reduce((best, it) => (count(it) > count(best) ? it : best))
}

const Records = z.array(
  z.object({ record: z.array(z.string()), info: z.object({ lines: z.number() }) }),
)

function records(text: string, delimiter: string): CsvRow[] {
  try {
    const read: unknown = parse(text, {
      bom: true,
      delimiter,
      info: true,
      max_record_size: longestRow,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
    })
    return Records.parse(read).map(({ record, info }) => ({
      // Told is the line it ends in.
      line: info.lines - breaksIn(record),
      cells: record,
    }))
  } catch (error) {
    if (error instanceof CsvError) throw refuse('quotes', lineOf(error))
    throw error
  }
}

const breaksIn = (cells: string[]) =>
  cells.reduce((sum, cell) => sum + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0)

const lineOf = (error: CsvError) =>
  typeof error['lines'] === 'number' ? error['lines'] : undefined

/** On one line, without the mark that `writeCsv` puts before what looks like a formula. */
const clean = (cell: string) =>
  cell
    .replace(/^'(?=[=+\-@\t\r])/, '')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()

/** What a CSV file for spreadsheets begins with: its encoding. */
export const byteOrderMark = '\uFEFF'

/** A CSV file for spreadsheets: with a byte order mark, and with no cell that is run as a formula (OWASP). */
export const writeCsv = (rows: readonly (readonly string[])[]): string =>
  byteOrderMark + csvLines(rows)

/** Some rows of such a file. */
export const csvLines = (rows: readonly (readonly string[])[]): string =>
  rows.map((cells) => cells.map(quoted).join(',') + '\r\n').join('')

function quoted(cell: string): string {
  const harmless = formula.test(cell) ? `'${cell}` : cell
  return /[",;\r\n\t]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
