import { sql } from 'kysely'
import { LiveEvent } from '../../contract/live.ts'
import { z } from '../../contract/zod.ts'
import type { Tx } from './database.ts'

/** The PostgreSQL channel between the backend's processes. */
export const liveChannel = 'atalaya_live'

/** An event and whose streams it goes to: those of a workspace, narrowed to a person or a session. */
export const Notice = z.object({
  workspaceId: z.uuid(),
  userId: z.uuid().optional(),
  sessionId: z.uuid().optional(),
  event: LiveEvent,
})
export type Notice = z.infer<typeof Notice>

/** Tells every process, when and only if the transaction commits. */
export async function notify(tx: Tx, notice: Notice): Promise<void> {
  await sql`select pg_notify(${liveChannel}, ${JSON.stringify(notice)})`.execute(tx)
}
