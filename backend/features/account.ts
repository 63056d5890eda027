import { sql } from 'kysely'
import type { account as contract } from '../../contract/account.ts'
import { ProblemError } from '../../contract/problem.ts'
import { countForgotten } from '../attempts.ts'
import type { Caller } from '../caller.ts'
import { confirmPassword } from '../confirm-password.ts'
import { record } from '../db/audit.ts'
import type { Database, Tx } from '../db/database.ts'
import { type Notice, notify } from '../db/notify.ts'
import { permissionsOf } from '../db/people.ts'
import { endSessions, isOpen, openSessionsOf } from '../db/sessions.ts'
import { findWorkspace } from '../db/workspaces.ts'
import { assertNewPassword } from '../new-password.ts'
import { hashPassword, verifyPassword } from '../passwords.ts'
import type { HandlersOf } from '../serve.ts'

export const account: HandlersOf<typeof contract> = {
  'account.show': async ({ db, caller }) => {
    const { id, name, email, role } = caller.person
    const changed = await passwordChangedAt(db, caller)
    return { id, name, email, role, passwordChangedAt: changed?.toISOString() ?? null }
  },

  'account.changePassword': async ({ db, caller, input, address, sendMail, remember }) => {
    await assertNewPassword(input.next, caller.person)
    const { passwordHash: before, hold } = await confirmPassword(
      db,
      { caller, address },
      input.current,
    )
    if (await verifyPassword(before, input.next)) throw new ProblemError('password-unchanged')
    const passwordHash = await hashPassword(input.next)

    return db.transaction().execute(async (tx) => {
      await hold(tx)
      const { at, language } = await setPassword(tx, caller, before, passwordHash)
      const ended = await endOtherSessions(tx, caller)
      await tell(tx, caller)
      await sendMail(tx, {
        kind: 'password-changed',
        workspaceId: caller.workspace.id,
        to: caller.person.email,
        language,
        name: caller.person.name,
        workspace: caller.workspace.name,
        at,
      })
      const output = { passwordChangedAt: at, endedSessions: ended }
      await remember(tx, output)
      return output
    })
  },

  'account.permissions': ({ caller }) =>
    Promise.resolve({ permissions: permissionsOf(caller.person) }),

  'account.sessions': async ({ db, caller }) => {
    const rows = await db
      .selectFrom('sessions as s')
      .innerJoin('workspaces as w', 'w.id', 's.workspace_id')
      .select(['s.id', 's.device_name', 's.device_platform', 's.created_at', 's.last_activity_at'])
      .where('s.user_id', '=', caller.person.id)
      .where(isOpen)
      .orderBy('s.created_at', 'desc')
      .execute()
    return {
      sessions: rows.map((row) => ({
        id: row.id,
        device: row.device_name,
        platform: row.device_platform,
        since: row.created_at.toISOString(),
        lastActivityAt: row.last_activity_at.toISOString(),
        current: row.id === caller.session.id,
      })),
    }
  },

  'account.endSessions': ({ db, caller, input }) =>
    db.transaction().execute(async (tx) => {
      const others = await openSessionsOf(tx, caller.person.id, caller.session.id)
      const ids = input.id === undefined ? others : others.filter((id) => id === input.id)
      const ended = await endSessions(tx, ids, 'ended-elsewhere', caller.actor)
      if (input.id !== undefined && ended.length === 0) throw new ProblemError('not-found')
      await notify(tx, accountChanged(caller))
      return { ended: ended.length }
    }),

  'account.forgotPassword': async ({ db, input, address, forgot }) => {
    const workspace = await findWorkspace(db, input.workspace)
    const { email } = input
    // What goes on from here is the same whether or not there is such an account: the job looks it up.
    if (await countForgotten(db, { workspaceId: workspace.id, email, address }))
      await forgot({ workspaceId: workspace.id, email })
    return {}
  },
}

async function passwordChangedAt(db: Database, { person, workspace }: Caller) {
  const row = await db
    .selectFrom('users')
    .select('password_changed_at as at')
    .where('workspace_id', '=', workspace.id)
    .where('id', '=', person.id)
    .executeTakeFirstOrThrow()
  return row.at
}

/** Only over the password that was checked: of two changes at once the second finds it wrong. */
async function setPassword(tx: Tx, { person }: Caller, before: string, after: string) {
  const changed = await tx
    .updateTable('users')
    .set({
      password_hash: after,
      password_changed_at: sql<Date>`now()`,
      must_change_password: false,
    })
    .where('id', '=', person.id)
    .where('password_hash', '=', before)
    .returning(['password_changed_at as at', 'language'])
    .executeTakeFirst()
  if (!changed?.at) throw new ProblemError('wrong-password')
  return { at: changed.at.toISOString(), language: changed.language }
}

/** Whoever signed in with the old password is out (S1; ASVS 5.0, 7.4.3). Answers how many. */
async function endOtherSessions(tx: Tx, { person, session, actor }: Caller): Promise<number> {
  const others = await openSessionsOf(tx, person.id, session.id)
  return (await endSessions(tx, others, 'password-changed', actor)).length
}

async function tell(tx: Tx, caller: Caller): Promise<void> {
  const { workspace, person, actor } = caller
  await record(tx, actor, {
    workspaceId: workspace.id,
    kind: 'password.changed',
    target: person.id,
  })
  await notify(tx, accountChanged(caller))
}

const accountChanged = ({ workspace, person }: Caller): Notice => ({
  workspaceId: workspace.id,
  userId: person.id,
  event: { kind: 'changed', topic: 'account' },
})
