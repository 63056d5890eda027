import { sql } from 'kysely'
import type { ModuleState } from '../../contract/permissions.ts'
import type { Tx } from './database.ts'

/**
 * `users as u` attend mass actions whenever the module Workspace is active (S2, S3): agents by their
 * role, owner and administrators because their agent mode is on.
 */
export const attends = sql<boolean>`(u.state = 'active' and (u.role = 'agent' or u.agent_mode))`

/** The state of the module Workspace, as it stands now. */
export async function workspaceModule(tx: Tx, workspaceId: string): Promise<ModuleState> {
  const row = await tx
    .selectFrom('workspace_modules')
    .select('state')
    .where('workspace_id', '=', workspaceId)
    .where('module', '=', 'workspace')
    .executeTakeFirst()
  return row?.state ?? 'active'
}
