import { sql } from 'kysely'
import { codeOf, ProblemError, type ProblemCode } from '../contract/problem.ts'
import type { RouteName } from '../contract/routes.ts'
import type { Caller } from './caller.ts'
import { record } from './db/audit.ts'
import type { Database } from './db/database.ts'

/** Refusals of somebody who tried what they may not do, or could not prove that they may. */
const codes: ReadonlySet<string> = new Set<ProblemCode>([
  'forbidden',
  'obstacle',
  'beyond-own-rights',
  'password-change-needed',
  'wrong-password',
  'wrong-confirmation',
  'too-many-attempts',
  'no-such-candidate',
  'module-not-active',
])

/** Rows that one session writes in a minute: the ledger is for good, and a loop would fill it. */
const most = 20

type Who = Pick<Caller, 'actor'> & { workspace: { id: string } }

/** Writes a refused deed into the ledger (B7), in a transaction of its own; other failures are not refusals. */
export async function recordRefused(
  db: Database,
  { workspace, actor }: Who,
  route: RouteName,
  error: unknown,
): Promise<void> {
  if (!(error instanceof ProblemError) || !codes.has(codeOf(error.problem))) return
  if (await hasEnough(db, { workspace, actor })) return
  const { because } = error.problem
  await db.transaction().execute((tx) =>
    record(tx, actor, {
      workspaceId: workspace.id,
      kind: 'action.refused',
      target: route,
      after: { problem: codeOf(error.problem), ...(because !== undefined && { because }) },
    }),
  )
}

async function hasEnough(db: Database, { workspace, actor }: Who): Promise<boolean> {
  const { rows } = await db
    .selectFrom('audit')
    .select((it) => it.fn.countAll<string>().as('rows'))
    .where('workspace_id', '=', workspace.id)
    .where('at', '>', sql<Date>`now() - interval '1 minute'`)
    .where('kind', '=', 'action.refused')
    .where('actor_name', '=', actor.name)
    .where('session_id', 'is not distinct from', actor.sessionId)
    .executeTakeFirstOrThrow()
  return Number(rows) >= most
}
