import { ProblemError } from '../contract/problem.ts'
import { accountGuard, addressGuard, assertOpen, countFailure, forgive } from './attempts.ts'
import { type Caller, whyEnded } from './caller.ts'
import type { Database, Tx } from './db/database.ts'
import { verifyPassword } from './passwords.ts'

/** The right password, which has to be the right one still when the deed is done. */
export interface Confirmed {
  passwordHash: string
  /**
   * To be called in the transaction of the deed, before it changes anything; whoever locks the
   * workspace, too, locks it first. From then on nobody changes the password or the role of the
   * caller. Throws `too-many-attempts`, `wrong-password`, and what ended the session meanwhile.
   */
  hold: (tx: Tx) => Promise<void>
}

/**
 * Asks for the caller's password again before a deed that cannot be taken back lightly (ASVS 5.0,
 * 7.5.1), with the delays of signing in. Throws `wrong-password` and `too-many-attempts`.
 */
export async function confirmPassword(
  db: Database,
  { caller, address }: { caller: Caller; address: string },
  password: string,
): Promise<Confirmed> {
  const account = accountGuard(caller.workspace.id, caller.person.email)
  const guards = [account, addressGuard(address)]
  await assertOpen(db, guards)
  const user = await ownRow(db, caller).executeTakeFirst()
  const hash = user?.password_hash ?? null
  if (hash === null || !(await verifyPassword(hash, password))) {
    await countFailure(db, guards)
    throw new ProblemError('wrong-password')
  }
  const hold = async (tx: Tx) => {
    await assertOpen(tx, guards)
    const now = await ownRow(tx, caller).forNoKeyUpdate().executeTakeFirst()
    await assertSignedIn(tx, caller)
    if (now?.password_hash !== hash) throw new ProblemError('wrong-password')
    await forgive(tx, account)
  }
  return { passwordHash: hash, hold }
}

const ownRow = (db: Database | Tx, { person, workspace }: Caller) =>
  db
    .selectFrom('users')
    .select('password_hash')
    .where('workspace_id', '=', workspace.id)
    .where('id', '=', person.id)

/** Whoever changed the password meanwhile has ended the other sessions: this may be one of them. */
async function assertSignedIn(tx: Tx, { session }: Caller): Promise<void> {
  const open = await tx
    .selectFrom('sessions')
    .select('id')
    .where('id', '=', session.id)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  if (!open) throw await whyEnded(tx, session.id)
}
