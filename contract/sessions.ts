import { AccessOutput } from './access.ts'
import { leaseTime } from './idle.ts'
import { moduleNames, moduleStates, roles } from './permissions.ts'
import { route } from './route.ts'
import { z } from './zod.ts'

/** Why a session ended; kept with it for good. */
export const EndCause = z.enum([
  'signed-out', // by the person
  'idle', // nobody touched the workstation for as long as the policy says
  'expired', // the longest life of a session was reached
  'password-changed', // from another session of the same person
  'password-given', // an administrator gave a one-time password
  'replaced', // the person signed in again from the same installation
  'ended-elsewhere', // by the same person, from another session
  'ended-by-other', // by somebody who may
  'seat-taken', // the owner needed the seat (U4)
  'deactivated', // the account
  'deleted', // the account
  'outside-hours', // the account's days or hours are over
  'workspace-deleted', // by its owner (S7)
  'locked', // by the person, who means to come back
  'screen-locked', // of the machine, or another of its users came to the screen
  'suspended', // the machine went to sleep
])
export type EndCause = z.infer<typeof EndCause>

/** What a workstation ends its own session for. */
export const OwnEndCause = EndCause.extract([
  'signed-out',
  'idle',
  'locked',
  'screen-locked',
  'suspended',
])
export type OwnEndCause = z.infer<typeof OwnEndCause>

export const Language = z.enum(['es', 'en', 'pt-BR'])
export type Language = z.infer<typeof Language>

export const WorkspaceLink = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'letters, digits and hyphens, at most 63')

/** Text of one line, without spaces around it. PostgreSQL keeps no NUL, and the rest has no business in a name. */
export const line = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .regex(/^\P{Cc}*$/u, 'no control characters')

/** An address as it is compared: trimmed, NFC, lower case. */
export const Email = line(254)
  .transform((text) => text.normalize('NFC').toLowerCase())
  .pipe(z.email({ pattern: z.regexes.unicodeEmail }))

/** What a signed-in workstation knows about itself. */
export const SignedIn = z.object({
  session: z.object({
    id: z.uuid(),
    createdAt: z.iso.datetime(),
    /** The end of the longest life, whatever happens (ISO 8601). */
    expiresAt: z.iso.datetime(),
  }),
  person: z.object({
    id: z.uuid(),
    name: z.string(),
    email: z.string(),
    role: z.enum(roles),
    access: AccessOutput,
    /** Signed in with a one-time password: nothing but changing it is answered (U2). */
    mustChangePassword: z.boolean(),
  }),
  /** Modules that are not active; with role and access, all that `decide()` needs. */
  moduleStates: z.partialRecord(z.enum(moduleNames), z.enum(moduleStates)),
  /** How many other sessions the person has open (B8). */
  otherSessions: z.int(),
  workspace: z.object({
    id: z.uuid(),
    link: z.string(),
    name: z.string(),
    /** Minutes without human input after which a session ends (S6). */
    idleMinutes: z.int(),
  }),
})
export type SignedIn = z.infer<typeof SignedIn>

/** The same for main alone, with the key that seals what the person typed and did not save. */
export const HeldBy = SignedIn.extend({
  /** 256 bits of the account, Base64: the same in each of its sessions, and on no workstation outside of one. */
  sealKey: z.base64(),
})
export type HeldBy = z.infer<typeof HeldBy>

/** The answer to a sign-in: the token stays in main. */
export const Admitted = HeldBy.extend({ token: z.string() })
export type Admitted = z.infer<typeof Admitted>

export const sessions = {
  'sessions.create': route({
    method: 'POST',
    path: '/sessions',
    need: 'anyone',
    mainOnly: true,
    summary:
      'Sign in: takes a seat and answers the token of a new session; at the limit `no-seat` with a ticket.',
    input: z.strictObject({
      workspace: WorkspaceLink,
      email: Email,
      password: z.string().min(1).max(1024),
      device: z.strictObject({
        /** Random, made once per installation: signing in again from it replaces its session. */
        id: z.uuid(),
        name: line(120),
        platform: line(40),
        version: line(40),
      }),
    }),
    output: Admitted,
  }),

  'sessions.current': route({
    method: 'GET',
    path: '/session',
    need: 'signed-in',
    mainOnly: true,
    summary: 'The session of the caller: who, where, until when.',
    input: z.strictObject({}),
    output: HeldBy,
  }),

  'sessions.report': route({
    method: 'POST',
    path: '/session/activity',
    need: 'signed-in',
    mainOnly: true,
    summary: `Tells how long nobody touched the workstation; keeps its seat for ${leaseTime / 1000} s.`,
    input: z.strictObject({
      /** Seconds since the last human input. A duration, so that clocks need not agree. */
      idleSeconds: z.number().min(0).max(86_400),
    }),
    output: z.object({
      /** Seconds that are left if nobody touches the workstation from now on. */
      remainingSeconds: z.number(),
      idleMinutes: z.int(),
    }),
  }),

  'sessions.end': route({
    method: 'DELETE',
    path: '/session',
    need: 'signed-in',
    mainOnly: true,
    summary: 'Sign out: ends the session of the caller and frees its seat.',
    input: z.strictObject({ cause: OwnEndCause }),
    output: z.object({}),
  }),
}
