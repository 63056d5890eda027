import { roles } from './permissions.ts'
import { route } from './route.ts'
import { z } from './zod.ts'

const owner = { roles: ['owner'] } as const

/** Somebody who may become owner: an active agent or administrator of the workspace (S4). */
export const OwnerCandidate = z.object({
  id: z.uuid(),
  name: z.string(),
  email: z.string(),
  role: z.enum(roles),
})
export type OwnerCandidate = z.infer<typeof OwnerCandidate>

export const ownership = {
  'ownership.candidates': route({
    method: 'GET',
    path: '/workspace/owner/candidates',
    need: owner,
    summary: 'Who may become owner: active agents and administrators, at most 20, by name.',
    input: z.strictObject({
      /** Part of a name or an e-mail address, whatever its case and accents. */
      search: z.string().max(200).default(''),
    }),
    output: z.object({ candidates: z.array(OwnerCandidate) }),
  }),

  'ownership.transfer': route({
    method: 'POST',
    path: '/workspace/owner',
    need: owner,
    once: true,
    summary: 'Makes somebody else the owner (S4); there is exactly one at any moment.',
    input: z.strictObject({
      to: z.uuid(),
      /** What the caller becomes. */
      ownRole: z.enum(['administrator', 'agent']),
      /** The e-mail address of the new owner, typed. */
      confirmation: z.string().max(254),
      password: z.string().min(1).max(1024),
      /** Made for one transfer: a repetition with it is answered like the first, and transfers nothing. */
      key: z.uuid(),
    }),
    output: z.object({ owner: OwnerCandidate, role: z.enum(roles) }),
  }),
}
