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
export const record = (tx: Tx, actor: Actor, it: Happening): Promise<void> =>
  recordAll(tx, actor, [it])

/** Rows of one statement: PostgreSQL takes at most 65,535 parameters. */
const chunk = 1000

/** Writes one row for each. */
export async function recordAll(
  tx: Tx,
  actor: Actor,
  happenings: readonly Happening[],
): Promise<void> {
  const rows = happenings.map((it) => ({
    workspace_id: it.workspaceId,
    actor_id: actor.id,
    actor_name: actor.name,
    session_id: actor.sessionId,
    address: actor.address,
    kind: it.kind,
    target: it.target ?? null,
    before: it.before ? JSON.stringify(it.before) : null,
    after: it.after ? JSON.stringify(it.after) : null,
  }))
  for (let start = 0; start < rows.length; start += chunk)
    await tx
      .insertInto('audit')
      .values(rows.slice(start, start + chunk))
      .execute()
}
