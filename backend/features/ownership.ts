import { sql } from 'kysely'
import type { OwnerCandidate, ownership as contract } from '../../contract/ownership.ts'
import { ProblemError } from '../../contract/problem.ts'
import { type Caller, whyEnded } from '../caller.ts'
import { confirmPassword } from '../confirm-password.ts'
import { recordAll } from '../db/audit.ts'
import type { Database, Tx } from '../db/database.ts'
import { notifyAll, tellChanged, tellPermissions } from '../db/notify.ts'
import { lockUsers, peopleOf } from '../db/people.ts'
import { conditions } from '../db/users.ts'
import type { Context, HandlersOf } from '../serve.ts'
import { tellAgentMode } from '../webhook-events.ts'

/** More are found by typing more of the name. */
const shown = 20

export const ownership: HandlersOf<typeof contract> = {
  'ownership.candidates': async ({ db, caller, input }) => ({
    candidates: await findCandidates(db, caller.workspace.id, input.search),
  }),

  'ownership.transfer': async (context) => {
    const { db, caller, input, address, remember } = context
    const { hold } = await confirmPassword(db, { caller, address }, input.password)
    return db.transaction().execute(async (tx) => {
      await assertKept(tx, caller)
      // Both before `hold`, which locks one of them: one order for all.
      await lockUsers(tx, caller.workspace.id, [caller.person.id, input.to])
      await hold(tx)
      const parties = await partiesOf(tx, caller, input.to)
      if (input.confirmation.trim() !== parties.successor.email)
        throw new ProblemError('wrong-confirmation')
      await handOver(tx, context, parties)
      await tell(tx, context, parties)
      const { id, name, email } = parties.successor
      const output = { owner: { id, name, email, role: 'owner' as const }, role: input.ownRole }
      await remember(tx, output)
      await tellAgentMode(tx, context, caller.workspace.id, [caller.person.id, id])
      return output
    })
  },
}

async function findCandidates(db: Database, workspaceId: string, search: string) {
  const active = conditions(workspaceId, { search, state: 'active' })
  const { rows } = await sql<OwnerCandidate>`
    select u.id, u.name, u.email, u.role from users u
    where ${sql.join(active, sql` and `)} and u.role <> 'owner' and not u.must_change_password
    order by u.name_key, u.id limit ${shown}`.execute(db)
  return rows
}

/** A workspace that is being deleted stays with whoever can recover it (S7). Locked before any user. */
async function assertKept(tx: Tx, { workspace, session }: Caller): Promise<void> {
  const { deletes_at: deletesAt } = await tx
    .selectFrom('workspaces')
    .select('deletes_at')
    .where('id', '=', workspace.id)
    .forShare()
    .executeTakeFirstOrThrow()
  if (deletesAt !== null) throw await whyEnded(tx, session.id)
}

/**
 * Both, as they are now. Throws `forbidden` for a caller who has handed it over meanwhile, and
 * `no-such-candidate`: also for somebody whose password is a one-time password still, because
 * whoever gave it knows it.
 */
async function partiesOf(tx: Tx, { workspace, person }: Caller, to: string) {
  const rows = await peopleOf(tx, workspace.id)
    .where('u.id', 'in', [person.id, to])
    .select(['u.state', 'u.language', 'u.hours', 'u.must_change_password'])
    .execute()
  const owner = rows.find(({ id, role }) => id === person.id && role === 'owner')
  if (!owner)
    throw new ProblemError('forbidden', { because: [{ kind: 'role-needed', roles: ['owner'] }] })
  const successor = rows.find(({ id, role }) => id === to && role !== 'owner')
  if (successor?.state !== 'active' || successor.must_change_password)
    throw new ProblemError('no-such-candidate')
  return { owner, successor }
}

type Parties = Awaited<ReturnType<typeof partiesOf>>
type Transfer = Context<'ownership.transfer'>

/**
 * Down, then up: the database takes no second owner at any moment (`one_owner`), and no commit
 * without one (`always_an_owner`). What both were given besides the role stays, so that a transfer
 * back restores it; but nobody could lift an owner's sign-in hours, who would be locked out.
 */
async function handOver(tx: Tx, { caller, input }: Transfer, { owner, successor }: Parties) {
  const update = (id: string) =>
    tx
      .updateTable('users')
      .set({ version: sql<number>`version + 1` })
      .where('workspace_id', '=', caller.workspace.id)
      .where('id', '=', id)
  await update(owner.id).set({ role: input.ownRole }).execute()
  await update(successor.id).set({ role: 'owner', hours: null }).execute()
}

/** Writes it down, mails both, and lets their desktops ask anew what they may do. */
async function tell(tx: Tx, context: Transfer, { owner, successor }: Parties): Promise<void> {
  const { caller, input, sendMail } = context
  const workspaceId = caller.workspace.id
  const { ownRole } = input
  await recordAll(tx, caller.actor, happenings(workspaceId, { owner, successor }, ownRole))

  const about = { workspaceId, workspace: caller.workspace.name, at: new Date().toISOString() }
  const to = ({ email, name, language }: Parties['owner']) => ({ to: email, name, language })
  await sendMail(
    tx,
    { kind: 'ownership-given', ...about, ...to(owner), other: successor.name, role: ownRole },
    { kind: 'ownership-received', ...about, ...to(successor), other: owner.name },
  )

  await tellPermissions(tx, workspaceId, [owner.id, successor.id])
  await notifyAll(
    tx,
    [owner, successor].map(({ id: userId }) => ({
      ...{ workspaceId, userId },
      event: { kind: 'changed', topic: 'account' } as const,
    })),
  )
  await tellChanged(tx, workspaceId, 'users')
}

/** One row for the workspace, and one for each of both. */
function happenings(
  workspaceId: string,
  { owner, successor }: Parties,
  ownRole: Transfer['input']['ownRole'],
) {
  const plain = ({ id, name, email }: Parties['owner']) => ({ id, name, email })
  const lifted = successor.hours !== null
  return [
    {
      workspaceId,
      kind: 'ownership.transferred',
      target: successor.id,
      before: { owner: plain(owner) },
      after: { owner: plain(successor) },
    },
    {
      workspaceId,
      kind: 'user.changed',
      target: owner.id,
      before: { role: owner.role },
      after: { role: ownRole },
    },
    {
      workspaceId,
      kind: 'user.changed',
      target: successor.id,
      before: { role: successor.role, ...(lifted && { hours: successor.hours }) },
      after: { role: 'owner', ...(lifted && { hours: null }) },
    },
  ]
}
