import { EndCause } from './sessions.ts'
import { z } from './zod.ts'

/** Address of the event stream (server-sent events, `text/event-stream`, with the bearer token). */
export const livePath = '/events'

/** How often a quiet stream says that it is alive, ms; a reader that hears nothing for twice as long reconnects. */
export const heartbeat = 10_000

/**
 * What the backend tells open desktops. `topic` events say only that something changed: the screen
 * that shows it asks again, through the permission check of its route (B5).
 */
export const LiveEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('idle-policy'), minutes: z.int() }),
  z.object({ kind: z.literal('session-ended'), cause: EndCause }),
  z.object({ kind: z.literal('changed'), topic: z.enum(['account', 'workspace']) }),
])
export type LiveEvent = z.infer<typeof LiveEvent>
