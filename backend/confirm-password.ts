import { ProblemError } from '../contract/problem.ts'
import type { RouteName } from '../contract/routes.ts'
import { accountGuard, addressGuard, assertOpen, countFailure, forgive } from './attempts.ts'
import type { Caller } from './caller.ts'
import type { Database, Tx } from './db/database.ts'
import { verifyPassword } from './passwords.ts'
import { recordRefused } from './refused.ts'

/** The right password, which has to be the right one still when the deed is done. */
export interface Confirmed {
  passwordHash: string
  /** To be called first in the transaction of the deed. Throws `too-many-attempts`, `wrong-password`. */
  hold: (tx: Tx) => Promise<void>
}

/**
 * Asks for the caller's password again before a deed that cannot be taken back lightly (ASVS 5.0,
 * 7.5.1), with the delays of signing in. Throws `wrong-password`, which is written down, and
 * `too-many-attempts`.
 */
export async function confirmPassword(
  db: Database,
  { caller, address, route }: { caller: Caller; address: string; route: RouteName },
  password: string,
): Promise<Confirmed> {
  const account = accountGuard(caller.workspace.id, caller.person.email)
  const guards = [account, addressGuard(address)]
  await assertOpen(db, guards)
  const hash = await hashOf(db, caller)
  if (hash === null || !(await verifyPassword(hash, password))) {
    await recordRefused(db, caller, route, { problem: 'wrong-password' })
    await countFailure(db, guards)
    throw new ProblemError('wrong-password')
  }
  const hold = async (tx: Tx) => {
    await assertOpen(tx, guards)
    await forgive(tx, account)
    if ((await hashOf(tx, caller)) !== hash) throw new ProblemError('wrong-password')
  }
  return { passwordHash: hash, hold }
}

async function hashOf(db: Database | Tx, { person, workspace }: Caller): Promise<string | null> {
  const row = await db
    .selectFrom('users')
    .select('password_hash')
    .where('workspace_id', '=', workspace.id)
    .where('id', '=', person.id)
    .executeTakeFirst()
  return row?.password_hash ?? null
}
