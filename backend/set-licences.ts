import { WorkspaceLink } from '../contract/sessions.ts'
import { z } from '../contract/zod.ts'
import { onDatabase } from './command.ts'
import type { Config } from './config.ts'
import { record, system } from './db/audit.ts'
import type { Tx } from './db/database.ts'
import { currentUse } from './db/licences.ts'
import { notify } from './db/notify.ts'
import { StartError } from './start-error.ts'

export const howToSetLicences = `Set how many licences a workspace has by:
  npm run backend -- licences <workspace link> <number>`

const Arguments = z.tuple([
  WorkspaceLink,
  z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(1).max(1_000_000)),
])

/** The command that sets the number of licences (U4). Fewer than are in use ends nobody. */
export async function setLicencesCommand(config: Config, args: string[]): Promise<void> {
  const parsed = Arguments.safeParse(args)
  if (!parsed.success) throw new StartError(howToSetLicences)
  const [link, licences] = parsed.data
  await onDatabase(config, async (db) => {
    const { id, before } = await db.transaction().execute((tx) => setLicences(tx, link, licences))
    const { taken } = await currentUse(db, id)
    const over = taken > licences ? ' Nobody is signed out; new sign-ins wait.' : ''
    console.log(
      `The workspace “${link}” has ${licences} licences (before: ${before}); ${taken} are in use.${over}`,
    )
  })
}

async function setLicences(tx: Tx, link: string, licences: number) {
  const workspace = await tx
    .selectFrom('workspaces')
    .select(['id', 'licences as before'])
    .where('link', '=', link)
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (!workspace) throw new StartError(`There is no workspace with the link “${link}”.`)
  const { id: workspaceId, before } = workspace
  if (before === licences) return workspace
  await tx.updateTable('workspaces').set({ licences }).where('id', '=', workspaceId).execute()
  await record(tx, system, {
    workspaceId,
    kind: 'licences.changed',
    before: { licences: before },
    after: { licences },
  })
  await notify(tx, { workspaceId, event: { kind: 'changed', topic: 'licences' } })
  return workspace
}
