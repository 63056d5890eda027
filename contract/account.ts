import { passwordMaxLength } from './passwords.ts'
import { roles } from './permissions.ts'
import { route } from './route.ts'
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
    summary: 'Changes the caller’s password (S1) and ends the other sessions of the caller.',
    input: z.strictObject({
      current: z.string().min(1).max(1024),
      next: z.string().max(passwordMaxLength),
    }),
    output: z.object({
      passwordChangedAt: z.iso.datetime(),
      /** How many other sessions of the caller were ended. */
      endedSessions: z.int(),
    }),
  }),
}
