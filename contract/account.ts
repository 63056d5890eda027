import { passwordMaxLength } from './passwords.ts'
import { actions, moduleNames, roles } from './permissions.ts'
import { route } from './route.ts'
import { Email, WorkspaceLink } from './sessions.ts'
import { z } from './zod.ts'

export const Account = z.object({
  id: z.uuid(),
  name: z.string(),
  email: z.string(),
  role: z.enum(roles),
  /** `null`: never since the account was created (ISO 8601). */
  passwordChangedAt: z.iso.datetime().nullable(),
})
export type Account = z.infer<typeof Account>

/** A right of the caller, with its reasons (`Because` of permissions.ts). */
const DecidedPermission = z.object({
  module: z.enum(moduleNames),
  action: z.enum(actions),
  allowed: z.boolean(),
  because: z.array(z.looseObject({ kind: z.string() })),
})

export const OwnSession = z.object({
  id: z.uuid(),
  device: z.string(),
  platform: z.string(),
  since: z.iso.datetime(),
  lastActivityAt: z.iso.datetime(),
  /** The one that asks. */
  current: z.boolean(),
})
export type OwnSession = z.infer<typeof OwnSession>

export const account = {
  'account.show': route({
    method: 'GET',
    path: '/me',
    need: 'signed-in',
    summary: 'The caller’s own account.',
    input: z.strictObject({}),
    output: Account,
  }),

  'account.changePassword': route({
    method: 'PUT',
    path: '/me/password',
    need: 'signed-in',
    once: true,
    summary: 'Changes the caller’s password (S1) and ends the other sessions of the caller.',
    input: z.strictObject({
      current: z.string().min(1).max(1024),
      next: z.string().max(passwordMaxLength),
      /** Made for one change: a repetition with it is answered like the first, which changed the password. */
      key: z.uuid(),
    }),
    output: z.object({
      passwordChangedAt: z.iso.datetime(),
      /** How many other sessions of the caller were ended. */
      endedSessions: z.int(),
    }),
  }),

  'account.permissions': route({
    method: 'GET',
    path: '/me/permissions',
    need: 'signed-in',
    summary:
      'Every right there is, whether the caller has it, and why: also for the products that own the other modules.',
    input: z.strictObject({}),
    output: z.object({ permissions: z.array(DecidedPermission) }),
  }),

  'account.sessions': route({
    method: 'GET',
    path: '/me/sessions',
    need: 'signed-in',
    summary: 'The open sessions of the caller (B8).',
    input: z.strictObject({}),
    output: z.object({ sessions: z.array(OwnSession) }),
  }),

  'account.endSessions': route({
    method: 'DELETE',
    path: '/me/sessions',
    need: 'signed-in',
    summary: 'Ends one of the caller’s other sessions, or all of them.',
    input: z.strictObject({ id: z.uuid().optional() }),
    output: z.object({ ended: z.int() }),
  }),

  'account.forgotPassword': route({
    method: 'POST',
    path: '/password/forgotten',
    need: 'anyone',
    summary:
      'Mails a link to choose a new password, if there is such an account; the answer does not tell (U3).',
    input: z.strictObject({ workspace: WorkspaceLink, email: Email }),
    output: z.object({}),
  }),
}
