import { difference, type Person } from '../../../contract/permissions.ts'
import type { GrantsShown } from '../../components/permission-matrix.ts'

/** Somebody who has nothing but a profile. Modules that are off count too: they may be on tomorrow. */
export const holderOf = (grants: GrantsShown): Person => ({
  role: 'agent',
  access: { kind: 'profile', name: '', grants },
  moduleStates: {},
})

/** What the users of a profile gain and lose when it grants something else. */
export const profileDifference = (before: GrantsShown, after: GrantsShown) =>
  difference(holderOf(before), holderOf(after))
