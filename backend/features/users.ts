import { ProblemError } from '../../contract/problem.ts'
import type { users as contract } from '../../contract/users.ts'
import { record } from '../db/audit.ts'
import { tellChanged } from '../db/notify.ts'
import { withdrawInvitation } from '../invitations.ts'
import { hashPassword, newOneTimePassword } from '../passwords.ts'
import type { HandlersOf } from '../serve.ts'
import { changeUsers, deleteUsers } from '../user-changes.ts'
import {
  givePassword,
  insertUser,
  lockManaged,
  sendInvitation,
  showUser,
  updateUser,
} from '../user-edit.ts'
import { listUsers } from '../user-list.ts'

export const users: HandlersOf<typeof contract> = {
  'users.list': ({ db, caller, input }) => listUsers(db, caller.workspace.id, input),

  'users.show': ({ db, caller, input }) => showUser(db, caller, input.id),

  'users.create': async (context) => {
    const { db, caller, input } = context
    const oneTimePassword = input.welcome === 'one-time-password' ? newOneTimePassword() : null
    const passwordHash = oneTimePassword && (await hashPassword(oneTimePassword))
    const user = await db.transaction().execute(async (tx) => {
      const id = await insertUser(tx, context, passwordHash)
      if (!passwordHash) await sendInvitation(tx, context, { ...input, id })
      return showUser(tx, caller, id)
    })
    return { user, oneTimePassword }
  },

  'users.update': (context) => context.db.transaction().execute((tx) => updateUser(tx, context)),

  'users.change': (context) =>
    context.db.transaction().execute(async (tx) => {
      const { caller, input } = context
      const ids = [...new Set(input.ids)]
      return { outcomes: await changeUsers(tx, context, caller, { ...input, ids }) }
    }),

  'users.delete': (context) =>
    context.db.transaction().execute(async (tx) => {
      const { caller, input } = context
      const ids = [...new Set(input.ids)]
      return { outcomes: await deleteUsers(tx, context, caller, { ...input, ids }) }
    }),

  'users.invite': (context) =>
    context.db.transaction().execute(async (tx) => {
      const { caller, input } = context
      const user = await lockManaged(tx, caller, input.id)
      // Accepted, or deactivated, since the caller last looked.
      if (user.state !== 'invited') throw new ProblemError('conflict', { current: user })
      await sendInvitation(tx, context, user)
      await record(tx, caller.actor, {
        workspaceId: caller.workspace.id,
        kind: 'user.invited',
        target: user.id,
        after: { email: user.email },
      })
      await tellChanged(tx, caller.workspace.id, 'users')
      return showUser(tx, caller, user.id)
    }),

  'users.withdrawInvitation': ({ db, caller, input }) =>
    db.transaction().execute(async (tx) => {
      const workspaceId = caller.workspace.id
      const user = await lockManaged(tx, caller, input.id)
      if (!(await withdrawInvitation(tx, workspaceId, user.id))) return user
      const happening = { kind: 'user.invitation-withdrawn', target: user.id }
      await record(tx, caller.actor, { workspaceId, ...happening })
      await tellChanged(tx, workspaceId, 'users')
      return showUser(tx, caller, user.id)
    }),

  'users.givePassword': async (context) => {
    const oneTimePassword = newOneTimePassword()
    const passwordHash = await hashPassword(oneTimePassword)
    await context.db.transaction().execute((tx) => givePassword(tx, context, passwordHash))
    return { oneTimePassword }
  },
}
