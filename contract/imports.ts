import { route } from './route.ts'
import { userFilter } from './users.ts'
import { Language } from './sessions.ts'
import { z } from './zod.ts'

/** What a column of the file can be taken for. */
export const importFields = ['name', 'email', 'role', 'profile', 'language'] as const
export type ImportField = (typeof importFields)[number]

/** Characters of one file; 10,000 users take about a tenth of it. */
export const importMaxLength = 8_000_000
export const importMaxRows = 50_000

/** Why a row of the file cannot be taken. */
export const RowError = z.enum([
  'name-missing',
  'name-too-long',
  'email-missing',
  'email-invalid',
  'email-twice', // an earlier row has it
  'role-unknown',
  'profile-unknown',
  'language-unknown',
  'owner',
  'self',
  'role-above',
  'beyond-own-rights',
])
export type RowError = z.output<typeof RowError>

export const ImportRow = z.object({
  /** Line of the file, from 1, the head included. */
  line: z.int(),
  name: z.string(),
  email: z.string(),
  outcome: z.enum(['new', 'change', 'unchanged', 'error']),
  errors: z.array(RowError),
})
export type ImportRow = z.output<typeof ImportRow>

const file = {
  /** The whole file, decoded; a byte order mark, `;` and tabs as separators, and quotes are understood. */
  csv: z.string().min(1).max(importMaxLength),
  /** Which column (from 0) is what. */
  columns: z.partialRecord(z.enum(importFields), z.int().min(0).max(500)),
  /** For rows whose column is empty or not mapped. */
  defaults: z.strictObject({
    role: z.enum(['administrator', 'agent']),
    language: Language,
    profileId: z.uuid().nullable(),
  }),
}

const create = { module: 'users', action: 'create' } as const

export const imports = {
  'imports.read': route({
    method: 'POST',
    path: '/users/import/columns',
    need: create,
    summary: 'Reads the head and the first rows of a CSV file and proposes which column is what.',
    bodyLimit: importMaxLength * 4,
    input: z.strictObject({ csv: file.csv }),
    output: z.object({
      head: z.array(z.string()),
      sample: z.array(z.array(z.string())),
      rows: z.int(),
      proposed: z.partialRecord(z.enum(importFields), z.int()),
    }),
  }),

  'imports.preview': route({
    method: 'POST',
    path: '/users/import/preview',
    need: create,
    summary: 'Says for each row of a CSV file what would become of it; writes nothing.',
    bodyLimit: importMaxLength * 4,
    input: z.strictObject(file),
    output: z.object({
      rows: z.array(ImportRow),
      /** Given back with `imports.run`: the same rows against the same users. */
      digest: z.string(),
    }),
  }),

  'imports.run': route({
    method: 'POST',
    path: '/users/import',
    need: create,
    summary:
      'Writes every valid row of a CSV file in one transaction, or none; invites the new ones by mail.',
    bodyLimit: importMaxLength * 4,
    input: z.strictObject({
      ...file,
      digest: z.string(),
      /** Chosen by the caller: progress is told, and `imports.cancel` asked for, by it. */
      id: z.uuid(),
    }),
    output: z.object({ created: z.int(), changed: z.int(), unchanged: z.int(), left: z.int() }),
  }),

  'imports.cancel': route({
    method: 'DELETE',
    path: '/users/import/:id',
    need: create,
    summary: 'Stops an import that is running; nothing of it is written.',
    input: z.strictObject({ id: z.uuid() }),
    output: z.object({}),
  }),

  'users.export': route({
    method: 'GET',
    path: '/users.csv',
    need: { module: 'users', action: 'view' },
    summary: 'The users that match, as CSV for spreadsheets (formulas are made harmless).',
    input: z.strictObject(userFilter),
    output: z.object({ csv: z.string(), rows: z.int() }),
  }),
}
