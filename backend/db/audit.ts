import type { Tx } from './database.ts'

/** Whoever does something: a person in a session, or the system itself. */
export interface Actor {
  id: string | null
  name: string
  sessionId: string | null
  address: string | null
}

export const system: Actor = { id: null, name: 'Atalaya', sessionId: null, address: null }

export interface Happening {
  workspaceId: string
  /** `thing.happened` */
  kind: string
  /** Id of what was changed. */
  target?: string
  /** Never a secret: no password, hash or token. */
  before?: object
  after?: object
}

/** Writes one row of the ledger (B7), in the transaction of the change it tells of. */
export async function record(tx: Tx, actor: Actor, it: Happening): Promise<void> {
  await tx
    .insertInto('audit')
    .values({
      workspace_id: it.workspaceId,
      actor_id: actor.id,
      actor_name: actor.name,
      session_id: actor.sessionId,
      address: actor.address,
      kind: it.kind,
      target: it.target ?? null,
      before: it.before ? JSON.stringify(it.before) : null,
      after: it.after ? JSON.stringify(it.after) : null,
    })
    .execute()
}
