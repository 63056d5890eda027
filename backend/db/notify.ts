import { sql } from 'kysely'
import { LiveEvent, type Topic } from '../../contract/live.ts'
import { z } from '../../contract/zod.ts'
import type { Database, Tx } from './database.ts'

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
export const notify = (db: Database | Tx, notice: Notice): Promise<void> => notifyAll(db, [notice])

/** Outside of a transaction they are told at once. */
export async function notifyAll(db: Database | Tx, notices: readonly Notice[]): Promise<void> {
  if (notices.length === 0) return
  const payloads = notices.map((it) => JSON.stringify(it))
  await sql`select pg_notify(${liveChannel}, payload) from unnest(${payloads}::text[]) as payload`.execute(
    db,
  )
}

/** Whoever shows one of the topics asks again. */
export const tellChanged = (tx: Tx, workspaceId: string, ...topics: Topic[]): Promise<void> =>
  notifyAll(
    tx,
    topics.map((topic) => ({ workspaceId, event: { kind: 'changed', topic } })),
  )

/** What these users may do is asked anew by their desktops. */
export const tellPermissions = (
  tx: Tx,
  workspaceId: string,
  userIds: readonly string[],
): Promise<void> =>
  notifyAll(
    tx,
    userIds.map((userId) => ({ workspaceId, userId, event: { kind: 'permissions' } })),
  )
