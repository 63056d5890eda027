import type { RouteName } from '../contract/routes.ts'
import type { Caller } from './caller.ts'
import { record } from './db/audit.ts'
import type { Database } from './db/database.ts'

/** Writes down that somebody tried what they may not, or could not prove that they may. */
export const recordRefused = (
  db: Database,
  { workspace, actor }: Pick<Caller, 'actor'> & { workspace: { id: string } },
  route: RouteName,
  why: object,
): Promise<void> =>
  db.transaction().execute((tx) =>
    record(tx, actor, {
      workspaceId: workspace.id,
      kind: 'action.refused',
      target: route,
      after: why,
    }),
  )
