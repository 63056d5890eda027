import type { Language } from '../contract/sessions.ts'
import { record } from './db/audit.ts'
import type { Tx } from './db/database.ts'
import { tellChanged } from './db/notify.ts'
import { wakeWaiting } from './db/webhooks.ts'
import { closeLinks } from './mail-links.ts'
import type { Services } from './serve.ts'

/** Who recovers a workspace. */
interface Owner {
  id: string
  workspaceId: string
  name: string
  email: string
  language: Language
}

/**
 * Takes the deletion of a workspace back (S7); only its sessions stay ended, and what waited to be
 * sent is sent. `false`: it is not being deleted, or the time is up.
 */
export async function recover(
  tx: Tx,
  { sendMail, sendWebhooks }: Pick<Services, 'sendMail' | 'sendWebhooks'>,
  owner: Owner,
  address: string,
): Promise<boolean> {
  const { id, workspaceId, name, email: to, language } = owner
  const before = await tx
    .selectFrom('workspaces')
    .select('deletes_at')
    .where('id', '=', workspaceId)
    .where('deletion_seconds_left', '>', 0)
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (!before) return false
  const { workspace } = await tx
    .updateTable('workspaces')
    .set({ deletes_at: null, deletion_seconds_left: null, deletion_counted_at: null })
    .where('id', '=', workspaceId)
    .returning('name as workspace')
    .executeTakeFirstOrThrow()
  await closeLinks(tx, workspaceId, [id], 'recovery')
  const actor = { id, name, sessionId: null, address }
  await record(tx, actor, {
    workspaceId,
    kind: 'workspace.recovered',
    target: workspaceId,
    before: { deletesAt: before.deletes_at },
    after: { deletesAt: null },
  })
  await tellChanged(tx, workspaceId, 'workspace', 'users')
  await sendWebhooks(tx, workspaceId, await wakeWaiting(tx, workspaceId))
  const about = { workspaceId, to, name, language, workspace, at: new Date().toISOString() }
  await sendMail(tx, { kind: 'workspace-recovered', ...about })
  return true
}
