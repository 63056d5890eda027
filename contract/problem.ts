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
  forbidden: { status: 403, title: 'The caller may not do this' },
  'wrong-password': { status: 403, title: 'The current password is wrong' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'workspace-not-found': { status: 404, title: 'No workspace has this link' },
  'method-not-allowed': { status: 405, title: 'This address does not answer to this method' },
  'no-seat': { status: 409, title: 'Every licence is in use' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'not-json': { status: 415, title: 'The body has to be application/json' },
  'password-rules': { status: 422, title: 'The new password does not meet the rules' },
  'password-unchanged': { status: 422, title: 'The new password is the current one' },
  'too-many-attempts': { status: 429, title: 'Too many failed attempts' },
  internal: { status: 500, title: 'Something failed on our side' },
  unavailable: { status: 503, title: 'The service cannot answer now' },
  // Those below never leave the workstation: main makes them for the renderer.
  offline: { status: 503, title: 'The backend cannot be reached' },
  'bad-answer': { status: 502, title: 'The server that answered is not an Atalaya backend' },
  'unknown-call': { status: 404, title: 'Main does not answer to this call' },
  'untrusted-sender': { status: 403, title: 'Only the app’s own page may call main' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemCode = keyof typeof problems

/** What the interface needs to be told beside the standard members. */
export interface ProblemMembers {
  /** How many licences the workspace has, all of them in use. */
  'no-seat': { licences: number }
  /** Whole seconds until one more attempt is listened to. */
  'too-many-attempts': { retryAfterSeconds: number }
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

/** Builds problem details; `members` adds `detail`, `errors` and whatever the type needs to be told. */
export function problem(code: ProblemCode, members: Record<string, unknown> = {}): Problem {
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
