import { sql } from 'kysely'
import { type deletion as contract, deletionWords, recoveryDays } from '../../contract/deletion.ts'
import { ProblemError } from '../../contract/problem.ts'
import { recognise } from '../admission.ts'
import type { Caller } from '../caller.ts'
import { confirmPassword } from '../confirm-password.ts'
import { record } from '../db/audit.ts'
import type { Tx } from '../db/database.ts'
import { assertStandsStill } from '../db/deletion.ts'
import { tellChanged } from '../db/notify.ts'
import { endSessions } from '../db/sessions.ts'
import { findWorkspace } from '../db/workspaces.ts'
import { exportWorkspace } from '../export.ts'
import { linkPath, openLinks } from '../mail-links.ts'
import { recover } from '../recovery.ts'
import { recordRefused } from '../refused.ts'
import type { HandlersOf, Services } from '../serve.ts'

export const deletion: HandlersOf<typeof contract> = {
  'deletion.export': ({ db, caller }) => exportWorkspace(db, caller),

  'deletion.request': async ({ db, caller, input, address, sendMail }) => {
    if (input.confirmation !== deletionWords[input.language])
      throw new ProblemError('wrong-confirmation')
    const { hold } = await confirmPassword(db, { caller, address }, input.password)
    return db.transaction().execute(async (tx) => {
      await lockAsOwner(tx, caller)
      await hold(tx)
      const deletesAt = await startDeletion(tx, caller)
      await closeDoors(tx, caller)
      await mailRecovery(tx, sendMail, caller, deletesAt)
      return { deletesAt: deletesAt.toISOString() }
    })
  },

  'deletion.recover': async ({ db, input, address, ...services }) => {
    const { id: workspaceId } = await findWorkspace(db, input.link)
    const { email, password } = input
    const person = await recognise(db, { workspaceId, email, password, address })
    const { id, name, language } = person
    const actor = { id, name, sessionId: null, address }
    if (person.role !== 'owner') {
      const because = [{ kind: 'role-needed', roles: ['owner'] }]
      const refusal = new ProblemError('forbidden', { because })
      await recordRefused(
        db,
        { workspace: { id: workspaceId }, actor },
        'deletion.recover',
        refusal,
      )
      throw refusal
    }
    if (person.gone_at === null) throw new ProblemError('not-being-deleted')
    return db.transaction().execute(async (tx) => {
      const owner = { id, workspaceId, name, email, language }
      if (!(await recover(tx, services, owner, address))) {
        // The time is up, or the link in the mail was faster.
        await assertStandsStill(tx, workspaceId, 'owner')
        throw new ProblemError('not-being-deleted')
      }
      await assertStillOwner(tx, person)
      return {}
    })
  },
}

/** Waits for admissions that are under way: what they let in is ended, and what comes later is refused. */
async function lockAsOwner(tx: Tx, { workspace, person }: Caller): Promise<void> {
  await tx
    .selectFrom('workspaces')
    .select('id')
    .where('id', '=', workspace.id)
    .forNoKeyUpdate()
    .execute()
  await assertStandsStill(tx, workspace.id, person.role)
  const still = await tx
    .selectFrom('users')
    .select('role')
    .where('id', '=', person.id)
    .where('role', '=', 'owner')
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (!still) throw new ProblemError('forbidden')
}

async function startDeletion(tx: Tx, { workspace, actor }: Caller): Promise<Date> {
  const { id: workspaceId } = workspace
  const { at } = await tx
    .updateTable('workspaces')
    .set({
      deletes_at: sql<Date>`now() + ${recoveryDays} * interval '1 day'`,
      deletion_seconds_left: recoveryDays * 86_400,
      deletion_counted_at: sql<Date>`now()`,
    })
    .where('id', '=', workspaceId)
    .returning(sql<Date>`deletes_at`.as('at'))
    .executeTakeFirstOrThrow()
  await record(tx, actor, {
    workspaceId,
    kind: 'workspace.deletion-requested',
    target: workspaceId,
    before: { deletesAt: null },
    after: { deletesAt: at },
  })
  await tellChanged(tx, workspaceId, 'workspace')
  return at
}

/** Sessions in one statement: PostgreSQL takes 65,535 parameters at most. */
const chunkSize = 5000

/** Ends everything that is open, and empties the line for a seat. */
async function closeDoors(tx: Tx, { workspace, person, actor }: Caller): Promise<void> {
  await tx.deleteFrom('seat_tickets').where('workspace_id', '=', workspace.id).execute()
  const open = await tx
    .selectFrom('sessions')
    .select('id')
    .where('workspace_id', '=', workspace.id)
    .where('ended_at', 'is', null)
    .execute()
  const ids = open.map(({ id }) => id)
  for (let start = 0; start < ids.length; start += chunkSize) {
    const some = ids.slice(start, start + chunkSize)
    await endSessions(tx, some, 'workspace-deleted', actor, { by: person.name })
  }
}

async function mailRecovery(
  tx: Tx,
  sendMail: Services['sendMail'],
  { workspace, person }: Caller,
  deletesAt: Date,
): Promise<void> {
  const [link] = await openLinks(tx, workspace.id, [person.id], 'recovery')
  if (!link) throw new Error('one user, no link')
  const { language } = await tx
    .selectFrom('users')
    .select('language')
    .where('id', '=', person.id)
    .executeTakeFirstOrThrow()
  await sendMail(tx, {
    kind: 'deletion-requested',
    workspaceId: workspace.id,
    to: person.email,
    language,
    name: person.name,
    workspace: workspace.name,
    path: linkPath('recovery', link.token),
    at: link.sentAt.toISOString(),
    until: deletesAt.toISOString(),
  })
}

/** The password may have been changed, or the workspace handed over, while it was being checked. */
async function assertStillOwner(tx: Tx, person: { id: string; password_hash: string }) {
  const same = await tx
    .selectFrom('users')
    .select('id')
    .where('id', '=', person.id)
    .where('password_hash', '=', person.password_hash)
    .where('role', '=', 'owner')
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (!same) throw new ProblemError('bad-credentials')
}
