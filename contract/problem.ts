import type { Module, ModuleState, Obstacle, Permission } from './permissions.ts'
import type { SeatsFull } from './seats.ts'
import type { EndCause } from './sessions.ts'
import { z } from './zod.ts'

/**
 * Every failure a caller can meet, with the HTTP status it travels under (RFC 9457).
 * The titles are for developers; people read `renderer/locales`, keyed by the same code.
 */
export const problems = {
  'invalid-input': { status: 400, title: 'The input does not have the expected form' },
  'bad-json': { status: 400, title: 'The body is not valid JSON' },
  'not-signed-in': { status: 401, title: 'This needs a session' },
  'session-ended': { status: 401, title: 'The session has ended' },
  'bad-credentials': { status: 401, title: 'The e-mail address or the password is wrong' },
  'account-deactivated': { status: 403, title: 'The account is deactivated' },
  'outside-hours': { status: 403, title: 'The account may not sign in at this time' },
  'workspace-being-deleted': { status: 403, title: 'The workspace is being deleted' },
  'password-change-needed': { status: 403, title: 'The one-time password has to be changed first' },
  obstacle: { status: 403, title: 'The caller may not do this to this user' },
  'beyond-own-rights': {
    status: 403,
    title: 'The caller may not grant rights that they do not hold',
  },
  forbidden: { status: 403, title: 'The caller may not do this' },
  'wrong-password': { status: 403, title: 'The current password is wrong' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'workspace-not-found': { status: 404, title: 'No workspace has this link' },
  'method-not-allowed': { status: 405, title: 'This address does not answer to this method' },
  conflict: { status: 409, title: 'Somebody else changed this meanwhile' },
  'email-taken': { status: 409, title: 'Another user of the workspace has this e-mail address' },
  'name-taken': { status: 409, title: 'Another one has this name' },
  'import-changed': { status: 409, title: 'The users changed since the import was previewed' },
  'import-cancelled': { status: 409, title: 'The import was cancelled; nothing was written' },
  'module-not-active': { status: 409, title: 'This needs a module that is not active' },
  'no-such-candidate': { status: 409, title: 'This user cannot become owner' },
  'not-being-deleted': { status: 409, title: 'The workspace is not being deleted' },
  'no-webhook': { status: 409, title: 'There is no address to send to' },
  'ticket-expired': { status: 409, title: 'The place in the queue is gone' },
  'no-seat': { status: 409, title: 'Every licence is in use' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'not-json': { status: 415, title: 'The body has to be application/json' },
  'password-rules': { status: 422, title: 'The new password does not meet the rules' },
  'password-unchanged': { status: 422, title: 'The new password is the current one' },
  'password-guessable': { status: 422, title: 'The new password is easy to guess' },
  'wrong-confirmation': { status: 422, title: 'The typed confirmation is not what was asked for' },
  'webhook-address': { status: 422, title: 'Messages cannot be sent to this address' },
  'no-such-profile': { status: 422, title: 'There is no such profile' },
  'module-always-active': { status: 422, title: 'This module is always active' },
  'not-csv': { status: 422, title: 'The file is not a CSV file that can be read' },
  'too-many-attempts': { status: 429, title: 'Too many failed attempts' },
  internal: { status: 500, title: 'Something failed on our side' },
  unavailable: { status: 503, title: 'The service cannot answer now' },
  // Those below never leave the workstation: main makes them for the renderer.
  offline: { status: 503, title: 'The backend cannot be reached' },
  'bad-answer': { status: 502, title: 'The server that answered is not an Atalaya backend' },
  'unknown-call': { status: 404, title: 'Main does not answer to this call' },
  'file-not-written': { status: 500, title: 'The file could not be written there' },
  'untrusted-sender': { status: 403, title: 'Only the app’s own page may call main' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemCode = keyof typeof problems

/** Why a file cannot be read as CSV. */
export type NotCsv = 'binary' | 'encoding' | 'quotes' | 'empty' | 'too-many-rows'

/** Why a password is refused that meets the rules (ASVS 5.0, 6.2.4 and 6.2.11). */
export type Guessable = 'common' | 'personal'

/** Why nothing is sent to an address. */
export type BadWebhookAddress =
  'form' | 'scheme' | 'credentials' | 'unknown-host' | 'private-address'

/** What the interface needs to be told beside the standard members. */
export interface ProblemMembers {
  'no-seat': SeatsFull
  /** Whole seconds until one more attempt is listened to. */
  'too-many-attempts': { retryAfterSeconds: number }
  /** What ended it; who did and why, where a person did. */
  'session-ended': { cause: EndCause; by?: string; reason?: string }
  /** Rights that the caller would have handed out without holding them. */
  'beyond-own-rights': { permissions: Permission[] }
  obstacle: { obstacle: Obstacle }
  /** The current version, as its route answers it. */
  conflict: { current: unknown }
  /** What is the matter with the file, and in which line where that is known. */
  'not-csv': { reason: NotCsv; line?: number }
  /** When it is gone for good (ISO 8601); whether the one who asks can recover it. */
  'workspace-being-deleted': { deletesAt: string; mayRecover: boolean }
  'password-guessable': { reason: Guessable }
  'module-not-active': { module: Module; state: ModuleState }
  'webhook-address': { reason: BadWebhookAddress }
  /** When the account may sign in next; `null`: not again (ISO 8601). */
  'outside-hours': { next: string | null }
}

const prefix = 'urn:atalaya:problem:'

/** Problem details (RFC 9457). Members beyond the standard ones depend on the type. */
export const Problem = z.looseObject({
  type: z.string().startsWith(prefix),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  /** With `invalid-input`: which fields, by path, and what was expected there. */
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
export type Problem = z.infer<typeof Problem>

type MembersOf<C extends ProblemCode> = Record<string, unknown> &
  (C extends keyof ProblemMembers ? Partial<ProblemMembers[C]> : unknown)

/** Builds problem details; `members` adds `detail`, `errors` and whatever the type needs to be told. */
export function problem<C extends ProblemCode>(
  code: C,
  members: MembersOf<C> | Record<string, never> = {},
): Problem {
  const { status, title } = problems[code]
  return { type: prefix + code, title, status, ...members }
}

/** The short name of a problem: what follows the prefix of its type. */
export const codeOf = (it: Problem): string => it.type.slice(prefix.length)

/** Thrown where a failure has to unwind; caught at the two borders (`serve.ts`, `bridge.ts`). */
export class ProblemError extends Error {
  readonly problem: Problem
  constructor(code: ProblemCode | Problem, members?: Record<string, unknown>) {
    const it = typeof code === 'string' ? problem(code, members) : code
    super(it.detail ?? it.title)
    this.name = 'ProblemError'
    this.problem = it
  }
}

/** How a result crosses a process border: as data, because Electron keeps only an error's message. */
export type Reply<T> = { ok: true; data: T } | { ok: false; problem: Problem }

/** The `errors` member of `invalid-input`, from what zod found. */
export const fieldErrors = (error: z.ZodError) =>
  error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }))
