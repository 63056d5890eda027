import { record, system } from './audit.ts'
import type { Tx } from './database.ts'

export interface NewWorkspace {
  link: string
  name: string
  licences: number
  idleMinutes: number
}

/** Creates a workspace without people; answers its id, or nothing where the link is taken. */
export async function createWorkspace(tx: Tx, it: NewWorkspace): Promise<string | undefined> {
  const created = await tx
    .insertInto('workspaces')
    .values({ link: it.link, name: it.name, licences: it.licences, idle_minutes: it.idleMinutes })
    .onConflict((conflict) => conflict.column('link').doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!created) return undefined
  const happening = { kind: 'workspace.created', target: created.id, after: { ...it } }
  await record(tx, system, { workspaceId: created.id, ...happening })
  return created.id
}
