import { AccessInput, AccessOutput } from './access.ts'
import { roles } from './permissions.ts'
import { route } from './route.ts'
import { Email, Language, line } from './sessions.ts'
import { z } from './zod.ts'

export const userStates = ['invited', 'active', 'deactivated'] as const
export const accessKinds = ['none', 'profile', 'custom', 'superuser'] as const

/** A person's name: any script, no control characters, at most 200. */
export const PersonName = line(200)
  .min(1)
  .transform((text) => text.normalize('NFC'))

const time = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'a time such as 08:30')

/** When an account may sign in, in the workspace's time zone. First and last day are included; no hours: any. */
export const SignInHours = z
  .strictObject({
    from: z.iso.date().nullable(),
    until: z.iso.date().nullable(),
    weekly: z
      .array(
        z
          .strictObject({ day: z.int().min(1, '1 is Monday').max(7), start: time, end: time })
          .refine((it) => it.start < it.end, 'the end has to come after the start'),
      )
      .max(28),
  })
  .refine(
    (it) => it.from === null || it.until === null || it.from <= it.until,
    'the last day may not come before the first',
  )
export type SignInHours = z.output<typeof SignInHours>

/** A line of the table. */
export const UserRow = z.object({
  id: z.uuid(),
  name: z.string(),
  email: z.string(),
  role: z.enum(roles),
  state: z.enum(userStates),
  access: z.enum(accessKinds),
  /** The name of the profile, with access `profile`. */
  profile: z.string().nullable(),
  agentMode: z.boolean(),
  signedIn: z.boolean(),
  lastSignInAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
})
export type UserRow = z.output<typeof UserRow>

export const User = UserRow.omit({ access: true, profile: true }).extend({
  access: AccessOutput,
  language: Language,
  hours: SignInHours.nullable(),
  mustChangePassword: z.boolean(),
  invitation: z.object({ sentAt: z.iso.datetime(), expiresAt: z.iso.datetime() }).nullable(),
  /** Given back with a change: somebody else's change in between is a `conflict`. */
  version: z.int(),
})
export type User = z.output<typeof User>

export const userFilter = {
  /** Part of a name or an e-mail address; case and accents do not matter. */
  search: z.string().trim().max(200).optional(),
  role: z.enum(roles).optional(),
  access: z.enum(accessKinds).optional(),
  profileId: z.uuid().optional(),
  state: z.enum(userStates).optional(),
  agentMode: z.boolean().optional(),
  signedIn: z.boolean().optional(),
}

const fields = {
  name: PersonName,
  email: Email,
  /** The owner's is not given but transferred (S4). */
  role: z.enum(['administrator', 'agent']),
  language: Language,
  access: AccessInput,
  hours: SignInHours.nullable(),
}

/** Why nothing was, or would be, done to one of many. */
export const Refusal = z.enum([
  'owner',
  'self',
  'role-above',
  'beyond-own-rights',
  'not-found',
  'no-such-profile',
])
export type Refusal = z.output<typeof Refusal>

/** What is done to one or many. */
export const Change = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('assign-profile'), profileId: z.uuid().nullable() }),
  z.strictObject({ kind: z.literal('deactivate') }),
  z.strictObject({ kind: z.literal('reactivate') }),
  z.strictObject({ kind: z.literal('sign-out'), reason: line(300).optional() }),
])
export type Change = z.output<typeof Change>

export const Outcome = z.object({
  id: z.uuid(),
  /** Empty where there is no such user. */
  name: z.string(),
  outcome: z.enum(['done', 'unchanged', 'refused']),
  because: Refusal.nullable(),
})
export type Outcome = z.output<typeof Outcome>

const id = z.uuid()
const one = z.strictObject({ id })
const many = {
  ids: z.array(id).min(1).max(1000),
  /** `true`: only says what would happen. */
  preview: z.boolean(),
}
const outcomes = z.object({ outcomes: z.array(Outcome) })
const need = (action: 'view' | 'create' | 'edit' | 'delete') =>
  ({ module: 'users', action }) as const

export const users = {
  'users.list': route({
    method: 'GET',
    path: '/users',
    need: need('view'),
    summary: 'A page of the workspace’s users, and how many match in all.',
    input: z.strictObject({
      ...userFilter,
      sort: z.enum(['name', 'email', 'role', 'state', 'createdAt', 'lastSignInAt']).default('name'),
      descending: z.boolean().default(false),
      /** The `next` of the page before. */
      after: z.string().max(2000).optional(),
      limit: z.int().min(1).max(200).default(100),
    }),
    output: z.object({ rows: z.array(UserRow), next: z.string().nullable(), total: z.int() }),
  }),

  'users.show': route({
    method: 'GET',
    path: '/users/:id',
    need: need('view'),
    summary: 'One user, with access and hours.',
    input: one,
    output: User,
  }),

  'users.create': route({
    method: 'POST',
    path: '/users',
    need: need('create'),
    summary: 'Creates a user (U1), with an invitation by mail or a one-time password (U2).',
    input: z.strictObject({ ...fields, welcome: z.enum(['invitation', 'one-time-password']) }),
    output: z.object({
      user: User,
      /** Answered here and never again. */
      oneTimePassword: z.string().nullable(),
    }),
  }),

  'users.update': route({
    method: 'PUT',
    path: '/users/:id',
    need: need('edit'),
    summary:
      'Changes a user; over a version that is not the current one: `conflict`, with the current.',
    input: z.strictObject({ id, version: z.int(), ...fields }),
    output: User,
  }),

  'users.change': route({
    method: 'POST',
    path: '/users/changes',
    need: need('edit'),
    summary: 'Does the same to many users, or says what it would do: an outcome each.',
    input: z.strictObject({ ...many, change: Change }),
    output: outcomes,
  }),

  'users.delete': route({
    method: 'POST',
    path: '/users/deletions',
    need: need('delete'),
    summary: 'Deletes users and ends their sessions, or says what it would do: an outcome each.',
    input: z.strictObject(many),
    output: outcomes,
  }),

  'users.invite': route({
    method: 'POST',
    path: '/users/:id/invitation',
    need: need('edit'),
    summary: 'Sends the invitation (again); an earlier link stops working.',
    input: one,
    output: User,
  }),

  'users.withdrawInvitation': route({
    method: 'DELETE',
    path: '/users/:id/invitation',
    need: need('edit'),
    summary: 'Makes the link of the invitation stop working.',
    input: one,
    output: User,
  }),

  'users.givePassword': route({
    method: 'POST',
    path: '/users/:id/one-time-password',
    need: need('edit'),
    summary:
      'Sets a one-time password, answered once, to be changed at the next sign-in; ends the sessions.',
    input: one,
    output: z.object({ oneTimePassword: z.string() }),
  }),
}
