import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { AccessOutput } from '../contract/access.ts'
import type { ImportField } from '../contract/imports.ts'
import type { Role } from '../contract/permissions.ts'
import { ProblemError } from '../contract/problem.ts'
import type { Parsed } from '../contract/routes.ts'
import { Email, type Language } from '../contract/sessions.ts'
import type { Caller } from './caller.ts'
import { type CsvRow, readCsv } from './csv.ts'
import type { Database, Tx } from './db/database.ts'
import { peopleOf, personOf, type Somebody } from './db/people.ts'

export type ImportFile = Parsed<'imports.preview'>

/** What a row makes of a user. */
export interface Wanted {
  name: string
  email: string
  role: Role
  language: Language
  access: AccessOutput
}

export interface Existing extends Wanted {
  id: string
  version: number
  person: Somebody
}

export interface Profile {
  id: string
  name: string
  grants: Parsed<'profiles.create'>['grants']
  version: number
}

/** The users and profiles that the rows of a file are judged against. */
export interface Known {
  users: ReadonlyMap<string, Existing>
  /** By the name as it stands in the file, and by id. */
  profiles: ReadonlyMap<string, Profile>
}

/** The cells of a row by what they are; a column that is missing or not mapped is an empty text. */
type Cells = Record<ImportField, string>

export interface ReadRow {
  line: number
  cells: Cells
  /** Empty where it is none. */
  email: string
}

export function readRows({ csv, columns }: ImportFile): ReadRow[] {
  const { head, rows } = readCsv(csv)
  const outside = Object.values(columns).find((column) => column >= head.length)
  if (outside !== undefined) {
    const message = `there is no column ${outside}`
    throw new ProblemError('invalid-input', { errors: [{ path: 'columns', message }] })
  }
  return rows.map((row) => readRow(row, columns))
}

function readRow({ line, cells }: CsvRow, columns: ImportFile['columns']): ReadRow {
  const cell = (field: ImportField) => cells[columns[field] ?? -1] ?? ''
  const read: Cells = {
    name: cell('name'),
    email: cell('email'),
    role: cell('role'),
    profile: cell('profile'),
    language: cell('language'),
  }
  return { line, cells: read, email: Email.safeParse(read.email).data ?? '' }
}

/** Everything that the rows refer to, in two queries however many they are. */
export async function readKnown(
  db: Database | Tx,
  { workspace, person }: Caller,
  rows: readonly ReadRow[],
  { defaults }: ImportFile,
): Promise<Known> {
  const emails = rows.map(({ email }) => email)
  const users = await peopleOf(db, workspace.id)
    .where('u.email', '=', sql<string>`any(${emails}::text[])`)
    .select(['u.language', 'u.version'])
    .execute()
  const names = [...new Set(rows.map(({ cells }) => cells.profile))]
  const { rows: profiles } = await sql<Profile & { written: string | null }>`
    select p.id, p.name, p.grants, p.version, w.written
    from profiles p left join unnest(${names}::text[]) w (written) on fold(w.written) = p.name_key
    where p.workspace_id = ${workspace.id} and (w.written is not null or p.id = ${defaults.profileId})
    order by p.id`.execute(db)
  return {
    users: new Map(
      users.map((row) => {
        const somebody = personOf(row, person.moduleStates)
        const { id, name, email, role, language, version } = row
        const { access } = somebody
        return [email, { id, name, email, role, language, version, access, person: somebody }]
      }),
    ),
    profiles: new Map(
      profiles.flatMap((it) => [
        [it.id, it] as const,
        ...(it.written === null ? [] : [[it.written, it] as const]),
      ]),
    ),
  }
}

/**
 * What a preview was judged by: the file, how it is read, and the versions of what it met. A digest
 * that is another one means that the outcomes may be others.
 */
export function digestOf(file: ImportFile, { users, profiles }: Known): string {
  const { csv, columns, defaults } = file
  const met = [...users.values()].map(({ id, version }) => `${id} ${version}`).sort()
  const given = [...profiles].map(([key, { id, version }]) => `${key} ${id} ${version}`).sort()
  const all = JSON.stringify([Object.entries(columns).sort(), defaults, met, given])
  return createHash('sha256').update(all).update(csv).digest('base64url')
}
