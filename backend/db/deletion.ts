import { sql } from 'kysely'
import { ProblemError } from '../../contract/problem.ts'
import type { Role } from '../../contract/permissions.ts'
import type { Database, Tx } from './database.ts'

const counted = sql<Date>`now() + w.deletion_seconds_left * interval '1 second'`

/**
 * When a workspace that is being deleted is gone for good (S7); `null`: it is not being deleted. Later
 * than was promised where time passed that nobody counted (docs/decisions/0008-erasing.md), but for
 * the moment since the last count. `w` is workspaces.
 */
export const goneAt = sql<Date | null>`(case
  when ${counted} > w.deletes_at + interval '5 minutes' then ${counted} else w.deletes_at end)`

/** The time is up: nothing brings it back. `w` is workspaces. */
export const isLost = sql<boolean>`coalesce(w.deletion_seconds_left = 0, false)`

/** How a workspace stands, as those who want to come in are told. */
interface Deletion {
  gone_at: Date | null
  lost: boolean
}

/** Only for somebody whose password was right. Throws `workspace-being-deleted`. */
export function assertStands({ gone_at: gone, lost }: Deletion, role: Role): void {
  if (gone === null) return
  throw new ProblemError('workspace-being-deleted', {
    deletesAt: gone.toISOString(),
    mayRecover: role === 'owner' && !lost,
  })
}

/** The same with a query of its own, for who holds the lock of the workspace. */
export async function assertStandsStill(
  db: Database | Tx,
  workspaceId: string,
  role: Role,
): Promise<void> {
  const deletion = await db
    .selectFrom('workspaces as w')
    .select([goneAt.as('gone_at'), isLost.as('lost')])
    .where('w.id', '=', workspaceId)
    .executeTakeFirst()
  // Erased meanwhile.
  if (!deletion) throw new ProblemError('workspace-not-found')
  assertStands(deletion, role)
}
