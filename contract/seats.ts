import { roles } from './permissions.ts'
import { route } from './route.ts'
import { Admitted } from './sessions.ts'
import { z } from './zod.ts'

/** How often a workstation that waits for a seat asks, ms. */
export const waitInterval = 3_000
/** A place in the queue that nobody asked for in so long is given up, ms: the window was closed. */
export const waitPatience = 15_000

/**
 * Members of `no-seat` (U4). The ticket proves for some minutes that the password was right, so that
 * waiting, or taking a seat, does not send it again; main keeps it.
 */
export const SeatsFull = z.object({
  licences: z.int(),
  taken: z.int(),
  /** How many wait before this one. */
  waiting: z.int(),
  /** When the next seat frees at the latest, if its holder does nothing more (ISO 8601). */
  freeBy: z.iso.datetime().nullable(),
  ticket: z.string().optional(),
  /** For the owner alone: whose session could be ended for a seat. */
  holders: z
    .array(
      z.object({
        userId: z.uuid(),
        name: z.string(),
        role: z.enum(roles),
        devices: z.array(z.string()),
        since: z.iso.datetime(),
        idleSeconds: z.int(),
      }),
    )
    .optional(),
})
export type SeatsFull = z.infer<typeof SeatsFull>

const ticket = z.string().min(20).max(100)

export const seats = {
  'seats.wait': route({
    method: 'POST',
    path: '/seats/wait',
    need: 'anyone',
    mainOnly: true,
    summary:
      'Waits for a seat, first come first served; asked every 3 s, it signs in when one is free.',
    input: z.strictObject({ ticket }),
    output: z.discriminatedUnion('status', [
      SeatsFull.extend({ status: z.literal('waiting') }),
      Admitted.extend({ status: z.literal('admitted') }),
    ]),
  }),

  'seats.leave': route({
    method: 'DELETE',
    path: '/seats/wait',
    need: 'anyone',
    mainOnly: true,
    summary: 'Gives up the place in the queue.',
    input: z.strictObject({ ticket }),
    output: z.object({}),
  }),

  'seats.take': route({
    method: 'POST',
    path: '/seats/take',
    need: 'anyone',
    mainOnly: true,
    summary: 'The owner ends the sessions of one user and signs in on the seat (U4).',
    input: z.strictObject({ ticket, from: z.uuid() }),
    output: Admitted,
  }),
}
