import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { idleMinutes } from '../contract/idle.ts'
import { passwordMaxLength } from '../contract/passwords.ts'
import type { Guessable } from '../contract/problem.ts'
import { Email, Language, WorkspaceLink } from '../contract/sessions.ts'
import { z } from '../contract/zod.ts'
import { onDatabase } from './command.ts'
import type { Config } from './config.ts'
import type { Database } from './db/database.ts'
import { createWorkspace } from './db/workspaces.ts'
import { flawOf } from './new-password.ts'
import { hashPassword } from './passwords.ts'
import { StartError } from './start-error.ts'

export const howToCreateWorkspace = `Create one, with its owner, by:
  npm run backend -- create-workspace --link <link> --name <name> --owner-email <e-mail> --owner-name <name>
    [--email <registered e-mail of the team>] [--licences <number, 5>] [--language <es | en | pt-BR, es>] [--time-zone <such as America/Bogota, UTC>]
The owner’s password is asked for, or read from standard input.`

const passwordNeeds =
  `The password needs 8 to ${passwordMaxLength} characters, an upper-case letter, a lower-case letter, ` +
  'and a number or a symbol.'

const guessable = {
  common: 'The password is one of the most common ones: choose another.',
  personal: 'The password is the name or the e-mail address of the owner: choose another.',
} as const satisfies Record<Guessable, string>

const text = { type: 'string' } as const
const flags = {
  link: text,
  name: text,
  'owner-email': text,
  'owner-name': text,
  email: text,
  licences: text,
  language: text,
  'time-zone': text,
}

const isTimeZone = (name: string) => {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

const Arguments = z.strictObject({
  link: WorkspaceLink,
  name: z.string().trim().min(1).max(120),
  'owner-email': Email,
  'owner-name': z.string().trim().min(1).max(120),
  email: Email.optional(),
  licences: z.coerce.number().int().min(1).max(1_000_000).default(5),
  language: Language.default('es'),
  'time-zone': z
    .string()
    .refine(isTimeZone, 'has to be a time zone such as America/Bogota')
    .default('UTC'),
})

/** The command that makes the first (or another) workspace. The password is never an argument: those are seen by all. */
export async function createWorkspaceCommand(config: Config, args: string[]): Promise<void> {
  const asked = readArguments(args)
  const password = await readPassword()
  const owner = { name: asked['owner-name'], email: asked['owner-email'] }
  const flaw = await flawOf(password, owner)
  if (flaw) throw new StartError(flaw.kind === 'guessable' ? guessable[flaw.reason] : passwordNeeds)

  await onDatabase(config, (db) => create(db, asked, password))
  console.log(`The workspace “${asked.link}” is ready; ${asked['owner-email']} owns it.`)
}

function readArguments(args: string[]) {
  try {
    const parsed = Arguments.safeParse(parseArgs({ args, options: flags }).values)
    if (parsed.success) return parsed.data
    const lines = parsed.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`)
    throw new Error(lines.join('\n'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : ''
    throw new StartError(`${reason}\n${howToCreateWorkspace}`)
  }
}

async function create(db: Database, asked: z.output<typeof Arguments>, password: string) {
  const passwordHash = await hashPassword(password)
  await db.transaction().execute(async (tx) => {
    const { link, name, licences, email } = asked
    const workspaceId = await createWorkspace(tx, {
      link,
      name,
      licences,
      email,
      idleMinutes: idleMinutes.default,
      timeZone: asked['time-zone'],
    })
    if (!workspaceId) throw new StartError(`A workspace with the link “${link}” exists already.`)
    await tx
      .insertInto('users')
      .values({
        workspace_id: workspaceId,
        email: asked['owner-email'],
        name: asked['owner-name'],
        role: 'owner',
        language: asked.language,
        password_hash: passwordHash,
      })
      .execute()
  })
}

/** The first line of standard input; on a terminal it is asked for and not shown. */
async function readPassword(): Promise<string> {
  const onTerminal = process.stdin.isTTY
  if (onTerminal) process.stderr.write('Password of the owner: ')
  // Without an output the interface echoes nothing, and as a terminal neither does the terminal.
  const lines = createInterface({ input: process.stdin, terminal: onTerminal })
  try {
    for await (const line of lines) return line
    return ''
  } finally {
    lines.close()
    if (onTerminal) process.stderr.write('\n')
  }
}
