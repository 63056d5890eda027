import {
  beyond,
  decide,
  difference,
  type Obstacle,
  obstacle,
  type Person,
  type Permission,
  type Role,
  roles,
} from '../../../contract/permissions.ts'
import type { AccessOutput, Grants } from '../../../contract/access.ts'
import { useSession } from '../../stores/session.ts'

type Somebody = Pick<Person, 'role'> & { id: string; access: AccessOutput }

/** What the person at the window may do to another, by the same functions that the backend asks. */
export function useRights() {
  const session = useSession()

  const whole = <S extends Pick<Person, 'role' | 'access'>>(somebody: S): S & Person => ({
    ...somebody,
    moduleStates: session.person?.moduleStates ?? {},
  })

  /** `null`: nothing is in the way. */
  const obstacleTo = (target: Somebody): Obstacle | null =>
    session.person ? obstacle(session.person, whole(target)) : 'role-above'

  const gainsAndLosses = (before: Omit<Somebody, 'id'>, after: Omit<Somebody, 'id'>) =>
    difference(whole(before), whole(after))

  /** Rights that a change would hand out and that the person at the window does not hold. */
  const notMineToGive = (
    before: Pick<Person, 'role' | 'access'>,
    after: Pick<Person, 'role' | 'access'>,
  ): Permission[] => (session.person ? beyond(session.person, whole(before), whole(after)) : [])

  const mayGiveRole = (role: Role): boolean =>
    session.person !== null && roles.indexOf(role) >= roles.indexOf(session.person.role)

  /** Whether a right may be in somebody's custom permissions: it is one's own, or was there before. */
  function mayGrant(
    before: Grants,
  ): (module: keyof Grants, action: Permission['action']) => boolean {
    const { person } = session
    return (module, action) =>
      (person !== null && decide({ ...person, moduleStates: {} }, module, action).allowed) ||
      before[module]?.includes(action) === true
  }

  return { whole, obstacleTo, gainsAndLosses, notMineToGive, mayGiveRole, mayGrant }
}
