import type { AccessInput, AccessOutput } from '../contract/access.ts'
import { beyond, obstacle, type Person, type Role, roles } from '../contract/permissions.ts'
import { ProblemError } from '../contract/problem.ts'
import type { Refusal } from '../contract/users.ts'
import type { Tx } from './db/database.ts'
import type { Somebody } from './db/people.ts'

/** Whoever has been given nothing yet. */
export const nobody: Person = { role: 'agent', access: { kind: 'none' }, moduleStates: {} }

/**
 * The access that is asked for, with its profile; nothing where there is no such profile. The profile
 * stays as it is until the end of the transaction. It is locked before any user, everywhere:
 * otherwise two changes could wait for each other.
 */
export async function resolveAccess(
  tx: Tx,
  workspaceId: string,
  asked: AccessInput,
): Promise<AccessOutput | undefined> {
  if (asked.kind !== 'profile') return asked
  const profile = await tx
    .selectFrom('profiles')
    .select(['name', 'grants'])
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', asked.profileId)
    .forShare()
    .executeTakeFirst()
  return profile && { ...asked, ...profile }
}

/** Throws `obstacle` where the target is not the actor's to manage. */
export function assertManages(actor: Somebody, target: Somebody): void {
  const inTheWay = obstacle(actor, target)
  if (inTheWay) throw new ProblemError('obstacle', { obstacle: inTheWay })
}

/** Throws `obstacle` or `beyond-own-rights` where the change hands out what the actor does not hold. */
export function assertHandsOn(actor: Person, before: Person, after: Person): void {
  if (isAbove(after.role, actor.role))
    throw new ProblemError('obstacle', { obstacle: 'role-above' })
  const permissions = beyond(actor, before, after)
  if (permissions.length > 0) throw new ProblemError('beyond-own-rights', { permissions })
}

const isAbove = (role: Role, than: Role) => roles.indexOf(role) < roles.indexOf(than)

/** The same as an answer, for one of many. */
export function refusalOf(actor: Somebody, before: Somebody, after: Person): Refusal | null {
  const inTheWay = obstacle(actor, before)
  if (inTheWay) return inTheWay
  if (isAbove(after.role, actor.role)) return 'role-above'
  return beyond(actor, before, after).length > 0 ? 'beyond-own-rights' : null
}
