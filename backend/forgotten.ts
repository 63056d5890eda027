import type { Database } from './db/database.ts'
import type { Forgotten, SendMail } from './jobs.ts'
import { linkPath, openLinks } from './mail-links.ts'

/** Mails a link to choose a new password, if there is such an account; nobody is told whether (U3). */
export async function mailReset(
  db: Database,
  { workspaceId, email }: Forgotten,
  sendMail: SendMail,
): Promise<void> {
  const user = await db
    .selectFrom('users as u')
    .innerJoin('workspaces as w', 'w.id', 'u.workspace_id')
    .select(['u.id', 'u.name', 'u.language', 'w.name as workspace'])
    .where('u.workspace_id', '=', workspaceId)
    .where('u.email', '=', email)
    .where('u.state', '=', 'active')
    // Nobody else can do anything with it while the workspace is being deleted (S7).
    .where((it) => it.or([it('w.deletes_at', 'is', null), it('u.role', '=', 'owner')]))
    .executeTakeFirst()
  if (!user) return
  const { id, name, language, workspace } = user
  await db.transaction().execute(async (tx) => {
    const [link] = await openLinks(tx, workspaceId, [id], 'reset')
    if (!link) return
    const path = linkPath('reset', link.token)
    const about = { workspaceId, to: email, name, language, workspace, path }
    const moments = { at: link.sentAt.toISOString(), until: link.expiresAt.toISOString() }
    await sendMail(tx, { kind: 'reset', ...about, ...moments })
  })
}
