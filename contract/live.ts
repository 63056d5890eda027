import { EndCause } from './sessions.ts'
import { z } from './zod.ts'

/** Address of the event stream (server-sent events, `text/event-stream`, with the bearer token). */
export const livePath = '/events'

/** How often a quiet stream says that it is alive, ms; a reader that hears nothing for twice as long reconnects. */
export const heartbeat = 10_000

/** What a screen can show; it asks again when its topic changed. */
export const Topic = z.enum([
  'account',
  'workspace',
  'users',
  'profiles',
  'modules',
  'licences',
  'webhook',
])
export type Topic = z.infer<typeof Topic>

/**
 * What the backend tells open desktops. `topic` events say only that something changed: the screen
 * that shows it asks again, through the permission check of its route (B5).
 */
export const LiveEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('idle-policy'), minutes: z.int() }),
  z.object({
    kind: z.literal('session-ended'),
    cause: EndCause,
    /** Who ended it and why, where a person did. */
    by: z.string().optional(),
    reason: z.string().optional(),
  }),
  // The account's hours are nearly over.
  z.object({ kind: z.literal('hours-ending'), at: z.iso.datetime() }),
  // The caller's own role, access, or a module of the workspace: who may do what is asked anew.
  z.object({ kind: z.literal('permissions') }),
  z.object({ kind: z.literal('changed'), topic: Topic }),
  // Told to the session that runs the import alone.
  z.object({ kind: z.literal('import-progress'), id: z.uuid(), done: z.int(), total: z.int() }),
])
export type LiveEvent = z.infer<typeof LiveEvent>
