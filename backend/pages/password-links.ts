import { sql } from 'kysely'
import { accountGuard, forgive } from '../attempts.ts'
import { record } from '../db/audit.ts'
import type { Database, Tx } from '../db/database.ts'
import { notifyAll } from '../db/notify.ts'
import { endSessions, openSessionsOf } from '../db/sessions.ts'
import { closeLinks, type PasswordLinkKind } from '../mail-links.ts'
import { hashPassword } from '../passwords.ts'
import type { Services } from '../serve.ts'
import { tellAgentMode } from '../webhook-events.ts'
import { hashToken } from '../tokens.ts'
import type { DeadLink } from './texts.ts'

/** Only an account in this state can use a link of the kind. */
const stateFor = { invitation: 'invited', reset: 'active' } as const

/** Whom a link was mailed to, and whether it still works. */
export async function findLink(db: Database, kind: PasswordLinkKind, token: string) {
  const row = await db
    .selectFrom('mail_links as l')
    .innerJoin('users as u', 'u.id', 'l.user_id')
    .innerJoin('workspaces as w', 'w.id', 'l.workspace_id')
    .where('l.token_hash', '=', hashToken(token))
    .where('l.kind', '=', kind)
    .select(['l.id', 'l.closed_at', sql<boolean>`l.expires_at <= now()`.as('expired')])
    .select(['u.id as user_id', 'u.name', 'u.email', 'u.language', 'u.state', 'u.role'])
    .select('w.deletes_at')
    .select(['w.id as workspace_id', 'w.link as workspace_link', 'w.name as workspace_name'])
    .executeTakeFirst()
  if (!row) return undefined
  const { closed_at: closed, expired, state, role, deletes_at: deletesAt, ...link } = row
  const over = closed !== null || state !== stateFor[kind]
  // The owner may need a password to recover the workspace with.
  const deleting = deletesAt !== null && role !== 'owner'
  const dead: DeadLink | null = over ? 'used' : expired ? 'expired' : deleting ? 'deleting' : null
  return { ...link, kind, dead }
}

export type Link = NonNullable<Awaited<ReturnType<typeof findLink>>>

/**
 * Sets the password and closes the link, once: `false` where another request was faster, or the
 * account changed meanwhile. After a reset nobody is signed in with the old one.
 */
export async function choosePassword(
  services: Pick<Services, 'db' | 'sendMail' | 'sendWebhooks'>,
  link: Link,
  password: string,
  address: string,
): Promise<boolean> {
  const passwordHash = await hashPassword(password)
  return services.db.transaction().execute(async (tx) => {
    if (!(await takeLink(tx, link))) return false
    const changed = await tx
      .updateTable('users')
      .set({
        password_hash: passwordHash,
        password_changed_at: sql<Date>`now()`,
        must_change_password: false,
        state: 'active',
      })
      .where('id', '=', link.user_id)
      .returning(['password_changed_at as at', 'role', 'agent_mode'])
      .executeTakeFirstOrThrow()
    await forgive(tx, accountGuard(link.workspace_id, link.email))
    await tell(tx, link, address)
    if (link.kind === 'reset')
      await services.sendMail(tx, {
        kind: 'password-changed',
        workspaceId: link.workspace_id,
        to: link.email,
        language: link.language,
        name: link.name,
        workspace: link.workspace_name,
        at: (changed.at ?? new Date()).toISOString(),
      })
    else if (changed.role === 'agent' || changed.agent_mode)
      await tellAgentMode(tx, services, link.workspace_id, [link.user_id])
    return true
  })
}

/** The user's row first, as everybody who makes or closes links does: of two at once, one waits. */
async function takeLink(tx: Tx, { id, kind, user_id, workspace_id }: Link): Promise<boolean> {
  const user = await tx
    .selectFrom('users as u')
    .innerJoin('workspaces as w', 'w.id', 'u.workspace_id')
    .select('u.id')
    .where('u.id', '=', user_id)
    .where('u.state', '=', stateFor[kind])
    .where((it) => it.or([it('w.deletes_at', 'is', null), it('u.role', '=', 'owner')]))
    .forNoKeyUpdate('u')
    .executeTakeFirst()
  if (!user) return false
  const taken = await tx
    .updateTable('mail_links')
    .set({ closed_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('closed_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .returning('id')
    .executeTakeFirst()
  if (!taken) return false
  for (const other of ['invitation', 'reset'] as const)
    await closeLinks(tx, workspace_id, [user_id], other)
  return true
}

async function tell(tx: Tx, link: Link, address: string): Promise<void> {
  const { user_id: userId, workspace_id: workspaceId, name, kind } = link
  const actor = { id: userId, name, sessionId: null, address }
  const happened = kind === 'invitation' ? 'invitation.accepted' : 'password.reset'
  await record(tx, actor, { workspaceId, kind: happened, target: userId })
  await endSessions(tx, await openSessionsOf(tx, userId), 'password-changed', actor)
  await notifyAll(tx, [
    { workspaceId, userId, event: { kind: 'changed', topic: 'account' } },
    { workspaceId, event: { kind: 'changed', topic: 'users' } },
  ])
}
