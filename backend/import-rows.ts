import type { AccessOutput } from '../contract/access.ts'
import type { ImportRow, RowError } from '../contract/imports.ts'
import { decide, type Person, type Role } from '../contract/permissions.ts'
import { PersonName } from '../contract/users.ts'
import type { Caller } from './caller.ts'
import { languageOf, roleOf } from './import-columns.ts'
import type { Existing, ImportFile, Known, Profile, ReadRow, Wanted } from './import-file.ts'
import { nobody, refusalOf } from './rights.ts'

export interface Judged {
  row: ImportRow
  /** For a row that is `new` or `change`. */
  wanted?: Wanted
  /** Whom it changes. */
  existing?: Existing
}

/** The outcome of every row, in their order. */
export function judgeRows(
  caller: Caller,
  rows: readonly ReadRow[],
  known: Known,
  file: ImportFile,
): Judged[] {
  const seen = new Set<string>()
  return rows.map((row) => {
    const twice = row.email !== '' && seen.has(row.email)
    seen.add(row.email)
    const wanted = wantedBy(row, known, file.defaults)
    const errors = [...wanted.errors, ...(twice ? (['email-twice'] as const) : [])]
    const existing = known.users.get(row.email)
    const told = { line: row.line, name: wanted.name, email: row.email || row.cells.email }
    if (errors.length > 0) return { row: { ...told, outcome: 'error', errors } }
    if (existing && isSame(existing, wanted))
      return { row: { ...told, outcome: 'unchanged', errors: [] } }

    const refused = refusal(caller, existing, wanted)
    if (refused) return { row: { ...told, outcome: 'error', errors: [refused] } }
    const outcome = existing ? 'change' : 'new'
    return { row: { ...told, outcome, errors: [] }, wanted, ...(existing && { existing }) }
  })
}

/**
 * What the row asks for, and what is wrong with it. The defaults make new users whole; of those who
 * exist nothing is changed that the row does not say.
 */
function wantedBy(
  { cells, email }: ReadRow,
  { users, profiles }: Known,
  defaults: ImportFile['defaults'],
): Wanted & { errors: RowError[] } {
  const errors: RowError[] = []
  const existing = users.get(email)
  const given = <T>(cell: string, read: T | undefined, otherwise: T, error: RowError): T => {
    if (cell === '') return otherwise
    if (read === undefined) errors.push(error)
    return read ?? otherwise
  }
  if (cells.name === '') errors.push('name-missing')
  const name = PersonName.safeParse(cells.name).data ?? cells.name.slice(0, 200)
  if (cells.name.length > 200) errors.push('name-too-long')
  if (cells.email === '') errors.push('email-missing')
  else if (email === '') errors.push('email-invalid')

  // An owner is none by an import; the row of the owner may say so all the same.
  const role = existing?.role === 'owner' ? 'owner' : roleOf(cells.role)
  const byDefault = profileAccess(profiles.get(defaults.profileId ?? ''))
  const byCell = profiles.get(cells.profile)
  return {
    name,
    email,
    role: given<Role>(cells.role, role, existing?.role ?? defaults.role, 'role-unknown'),
    language: given(
      cells.language,
      languageOf(cells.language),
      existing?.language ?? defaults.language,
      'language-unknown',
    ),
    access: given(
      cells.profile,
      byCell && profileAccess(byCell),
      existing?.access ?? byDefault,
      'profile-unknown',
    ),
    errors,
  }
}

const profileAccess = (profile: Profile | undefined): AccessOutput =>
  profile
    ? { kind: 'profile', profileId: profile.id, name: profile.name, grants: profile.grants }
    : { kind: 'none' }

const profileIdOf = (access: AccessOutput) =>
  access.kind === 'profile' ? access.profileId : access.kind

const isSame = (a: Wanted, b: Wanted) =>
  a.name === b.name &&
  a.role === b.role &&
  a.language === b.language &&
  profileIdOf(a.access) === profileIdOf(b.access)

function refusal(caller: Caller, existing: Existing | undefined, { role, access }: Wanted) {
  const before = existing?.person ?? { ...nobody, id: '', access: { kind: 'none' as const } }
  const after: Person = { ...before, role, access }
  const refused = refusalOf(caller.person, before, after)
  if (refused === 'not-found' || refused === 'no-such-profile') return null
  if (refused) return refused
  // Importing needs no more than the right to create.
  const edits = decide(caller.person, 'users', 'edit').allowed
  return existing && !edits ? 'beyond-own-rights' : null
}
