import { sql } from 'kysely'
import type { account as contract } from '../../contract/account.ts'
import { unmetRules } from '../../contract/passwords.ts'
import { ProblemError } from '../../contract/problem.ts'
import {
  accountGuard,
  addressGuard,
  assertOpen,
  countFailure,
  countForgotten,
  forgive,
} from '../attempts.ts'
import type { Caller } from '../caller.ts'
import { record } from '../db/audit.ts'
import type { Database, Tx } from '../db/database.ts'
import { type Notice, notify } from '../db/notify.ts'
import { permissionsOf } from '../db/people.ts'
import { endSessions, openSessionsOf, pastExpiry, pastIdle } from '../db/sessions.ts'
import { findWorkspace } from '../db/workspaces.ts'
import { hashPassword, verifyPassword } from '../passwords.ts'
import type { HandlersOf } from '../serve.ts'

export const account: HandlersOf<typeof contract> = {
  'account.show': async ({ db, caller }) => {
    const { id, name, email, role } = caller.person
    const { password_changed_at: changed } = await ownRow(db, caller)
    return { id, name, email, role, passwordChangedAt: changed?.toISOString() ?? null }
  },

  'account.changePassword': async ({ db, caller, input, address, sendMail }) => {
    const unmet = unmetRules(input.next)
    if (unmet.length > 0) throw new ProblemError('password-rules', { unmet })

    const account = accountGuard(caller.workspace.id, caller.person.email)
    const guards = [account, addressGuard(address)]
    await assertOpen(db, guards)
    const user = await ownRow(db, caller)
    if (!(await verifyPassword(user.password_hash, input.current))) {
      await countFailure(db, guards)
      throw new ProblemError('wrong-password')
    }
    if (await verifyPassword(user.password_hash, input.next))
      throw new ProblemError('password-unchanged')
    const passwordHash = await hashPassword(input.next)

    return db.transaction().execute(async (tx) => {
      await assertOpen(tx, guards)
      await forgive(tx, account)
      const passwordChangedAt = await setPassword(tx, caller, user.password_hash, passwordHash)
      const ended = await endOtherSessions(tx, caller)
      await tell(tx, caller)
      await sendMail(tx, {
        kind: 'password-changed',
        workspaceId: caller.workspace.id,
        to: caller.person.email,
        language: user.language,
        name: caller.person.name,
        workspace: caller.workspace.name,
        at: passwordChangedAt,
      })
      return { passwordChangedAt, endedSessions: ended }
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
      .where('s.ended_at', 'is', null)
      .where((it) => it.not(it.or([pastIdle, pastExpiry])))
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

const ownRow = (db: Database, { person, workspace }: Caller) =>
  db
    .selectFrom('users')
    .select(['password_hash', 'password_changed_at', 'language'])
    .where('workspace_id', '=', workspace.id)
    .where('id', '=', person.id)
    .executeTakeFirstOrThrow()

/** Only over the password that was checked: of two changes at once the second finds it wrong. */
async function setPassword(tx: Tx, { person }: Caller, before: string | null, after: string) {
  const changed = await tx
    .updateTable('users')
    .set({
      password_hash: after,
      password_changed_at: sql<Date>`now()`,
      must_change_password: false,
    })
    .where('id', '=', person.id)
    .where('password_hash', '=', before)
    .returning('password_changed_at as at')
    .executeTakeFirst()
  if (!changed?.at) throw new ProblemError('wrong-password')
  return changed.at.toISOString()
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
