import { sql } from 'kysely'
import type { Database, Tx } from './db/database.ts'
import { lockUsers } from './db/people.ts'
import type { Tables } from './db/tables.ts'
import { hashToken, newToken } from './tokens.ts'

export type LinkKind = Tables['mail_links']['kind']
/** The links on which a password is chosen. */
export type PasswordLinkKind = Exclude<LinkKind, 'recovery'>

/**
 * How long a mailed link works: 7 days for an invitation (U2), 1 hour for a forgotten password (U3),
 * and for a recovery as long as there is something to recover (S7).
 */
const lifetime: Record<LinkKind, ReturnType<typeof sql>> = {
  invitation: sql`interval '7 days'`,
  reset: sql`interval '1 hour'`,
  recovery: sql`interval '7 days'`,
}

/** The public page that a link opens. */
export const linkPath = (kind: LinkKind, token: string) => `${linkPages[kind]}/${token}`

const linkPages = { invitation: '/invitation', reset: '/password', recovery: '/recovery' } as const

const newLink = () => {
  const token = newToken()
  return { token, hash: hashToken(token) }
}

/** Closes the links of a kind that are open for these users; answers how many there were. */
export async function closeLinks(
  tx: Tx,
  workspaceId: string,
  userIds: readonly string[],
  kind: LinkKind,
): Promise<number> {
  if (userIds.length === 0) return 0
  const { numUpdatedRows } = await tx
    .updateTable('mail_links')
    .set({ closed_at: sql<Date>`now()` })
    .where('workspace_id', '=', workspaceId)
    .where('user_id', 'in', userIds)
    .where('kind', '=', kind)
    .where('closed_at', 'is', null)
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

/** A new link of a kind for each of the users, in their order; earlier ones stop working. */
export async function openLinks(
  tx: Tx,
  workspaceId: string,
  userIds: readonly string[],
  kind: LinkKind,
): Promise<{ token: string; sentAt: Date; expiresAt: Date }[]> {
  if (userIds.length === 0) return []
  // Two invitations of one user at once: the second waits, and replaces the first.
  await lockUsers(tx, workspaceId, userIds)
  await closeLinks(tx, workspaceId, userIds, kind)
  const links = userIds.map((userId) => ({ userId, ...newLink() }))
  const moment = await tx
    .insertInto('mail_links')
    .values(
      links.map(({ userId, hash }) => ({
        workspace_id: workspaceId,
        user_id: userId,
        kind,
        token_hash: hash,
        expires_at: sql<Date>`now() + ${lifetime[kind]}`,
      })),
    )
    .returning(['created_at as sentAt', 'expires_at as expiresAt'])
    .executeTakeFirstOrThrow()
  return links.map(({ token }) => ({ token, ...moment }))
}

/**
 * For the sweep: a link that is long over is then answered as one that never was. One that recovers a
 * workspace goes with the workspace, however long that takes (S7).
 */
export async function forgetOldLinks(db: Database): Promise<void> {
  await db
    .deleteFrom('mail_links')
    .where('expires_at', '<', sql<Date>`now() - interval '30 days'`)
    .where((it) => it.or([it('kind', '!=', 'recovery'), it('closed_at', 'is not', null)]))
    .execute()
}
