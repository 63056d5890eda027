import type { Language } from '../contract/sessions.ts'
import type { Tx } from './db/database.ts'
import { closeLinks, linkPath, openLinks } from './mail-links.ts'
import type { Services } from './serve.ts'

/** Who is invited. */
export interface Invitee {
  id: string
  workspaceId: string
  name: string
  email: string
  language: Language
}

export interface Invitation {
  sentAt: Date
  expiresAt: Date
}

/** Users in one statement: PostgreSQL takes 65,535 parameters at most. */
const chunkSize = 2000

/**
 * Mails users of one workspace, in the transaction, a link on which they choose a password (U2);
 * `by` is the name of whoever invites. The invitations come in the order of the users.
 */
export async function inviteMany(
  tx: Tx,
  services: Pick<Services, 'sendMail'>,
  users: readonly Invitee[],
  by: string,
): Promise<Invitation[]> {
  const invitations: Invitation[] = []
  for (let start = 0; start < users.length; start += chunkSize)
    invitations.push(
      ...(await inviteChunk(tx, services, users.slice(start, start + chunkSize), by)),
    )
  return invitations
}

async function inviteChunk(
  tx: Tx,
  { sendMail }: Pick<Services, 'sendMail'>,
  users: readonly Invitee[],
  by: string,
): Promise<Invitation[]> {
  const workspaceId = users[0]?.workspaceId ?? ''
  const workspace = await tx
    .selectFrom('workspaces')
    .select('name')
    .where('id', '=', workspaceId)
    .executeTakeFirstOrThrow()
  const ids = users.map(({ id }) => id)
  const links = await openLinks(tx, workspaceId, ids, 'invitation')
  const mails = links.flatMap(({ token, sentAt, expiresAt }, index) => {
    const user = users[index]
    if (!user) return []
    const { name, email: to, language } = user
    const path = linkPath('invitation', token)
    const moments = { at: sentAt.toISOString(), until: expiresAt.toISOString() }
    const about = { workspaceId, to, name, language, workspace: workspace.name, by, path }
    return [{ kind: 'invitation' as const, ...about, ...moments }]
  })
  await sendMail(tx, ...mails)
  return links.map(({ sentAt, expiresAt }) => ({ sentAt, expiresAt }))
}

/** The same for one user. */
export async function invite(
  tx: Tx,
  services: Pick<Services, 'sendMail'>,
  user: Invitee,
  by: string,
): Promise<Invitation> {
  const [invitation] = await inviteMany(tx, services, [user], by)
  if (!invitation) throw new Error('one user, no invitation')
  return invitation
}

/** Makes the link of a user's invitation stop working; `false`: there was none. */
export const withdrawInvitation = async (
  tx: Tx,
  workspaceId: string,
  userId: string,
): Promise<boolean> => (await closeLinks(tx, workspaceId, [userId], 'invitation')) > 0
