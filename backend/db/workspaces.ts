import { ProblemError } from '../../contract/problem.ts'
import { record, system } from './audit.ts'
import type { Database, Tx } from './database.ts'

export interface NewWorkspace {
  link: string
  name: string
  licences: number
  idleMinutes: number
  /** IANA name; absent: UTC. */
  timeZone?: string
  /** The registered address of the team (S5), as `Email` makes it. */
  email?: string | undefined
}

/** Throws `workspace-not-found`. */
export async function findWorkspace(db: Database, link: string) {
  const workspace = await db
    .selectFrom('workspaces')
    .select(['id', 'link', 'name'])
    .where('link', '=', link)
    .executeTakeFirst()
  if (!workspace) throw new ProblemError('workspace-not-found')
  return workspace
}

/** Creates a workspace without people; answers its id, or nothing where the link is taken. */
export async function createWorkspace(tx: Tx, it: NewWorkspace): Promise<string | undefined> {
  const created = await tx
    .insertInto('workspaces')
    .values({
      link: it.link,
      name: it.name,
      licences: it.licences,
      idle_minutes: it.idleMinutes,
      ...(it.timeZone && { time_zone: it.timeZone }),
      email: it.email ?? null,
    })
    .onConflict((conflict) => conflict.column('link').doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!created) return undefined
  const happening = { kind: 'workspace.created', target: created.id, after: { ...it } }
  await record(tx, system, { workspaceId: created.id, ...happening })
  return created.id
}
