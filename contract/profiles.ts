import { Grants } from './access.ts'
import { route } from './route.ts'
import { line } from './sessions.ts'
import { z } from './zod.ts'

/** A profile's name as it is shown; two names are the same if they differ by case, accents or spaces only. */
const Name = line(80)
  .min(1)
  .transform((text) => text.normalize('NFC').replace(/\s+/g, ' '))

export const Profile = z.object({
  id: z.uuid(),
  name: z.string(),
  grants: Grants,
  /** How many users have it. */
  users: z.int(),
  version: z.int(),
  changedAt: z.iso.datetime(),
})
export type Profile = z.infer<typeof Profile>

const view = { module: 'profiles', action: 'view' } as const
const edit = { module: 'profiles', action: 'edit' } as const

export const profiles = {
  'profiles.list': route({
    method: 'GET',
    path: '/profiles',
    need: view,
    summary: 'Every profile of the workspace, by name, with how many users have it (U5).',
    input: z.strictObject({}),
    output: z.object({ profiles: z.array(Profile) }),
  }),

  'profiles.create': route({
    method: 'POST',
    path: '/profiles',
    need: { module: 'profiles', action: 'create' },
    summary: 'Creates a profile. Refused where it grants what the caller does not hold.',
    input: z.strictObject({
      name: Name,
      grants: Grants,
      /** Promotes the custom permissions of this user: the user has the new profile afterwards (U8). */
      promoteFrom: z.uuid().optional(),
    }),
    output: Profile,
  }),

  'profiles.update': route({
    method: 'PUT',
    path: '/profiles/:id',
    need: edit,
    summary: 'Changes a profile; every user who has it gains and loses at once.',
    input: z.strictObject({ id: z.uuid(), version: z.int(), name: Name, grants: Grants }),
    output: Profile,
  }),

  'profiles.delete': route({
    method: 'DELETE',
    path: '/profiles/:id',
    need: { module: 'profiles', action: 'delete' },
    summary: 'Deletes a profile; its users get another one, or none.',
    input: z.strictObject({ id: z.uuid(), version: z.int(), moveTo: z.uuid().nullable() }),
    output: z.object({ movedUsers: z.int() }),
  }),
}
