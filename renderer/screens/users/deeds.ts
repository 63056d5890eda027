import {
  mdiAccountCancelOutline,
  mdiAccountCheckOutline,
  mdiAccountKeyOutline,
  mdiDeleteOutline,
  mdiLogoutVariant,
} from '@mdi/js'
import type { RouteName } from '../../../contract/routes.ts'
import { call } from '../../api.ts'
import type { CallInput, CallOutput } from '../../../contract/ipc.ts'

/** What is done to one or many from the list. */
export const deeds = ['assign-profile', 'deactivate', 'reactivate', 'sign-out', 'delete'] as const
export type Deed = (typeof deeds)[number]

export const deedIcons: Record<Deed, string> = {
  'assign-profile': mdiAccountKeyOutline,
  deactivate: mdiAccountCancelOutline,
  reactivate: mdiAccountCheckOutline,
  'sign-out': mdiLogoutVariant,
  delete: mdiDeleteOutline,
}

/** The call that does it: who may not make it does not see it. */
export const deedCall = (deed: Deed): RouteName =>
  deed === 'delete' ? 'users.delete' : 'users.change'

export type Change = CallInput<'users.change'>['change'] | { kind: 'delete' }
export type Outcome = CallOutput<'users.change'>['outcomes'][number]

/** As many as one call takes. */
const atOnce = 1000

/** Does it, or with `preview` only says what would happen, to any number; an outcome each. */
export async function carryOut(
  change: Change,
  ids: readonly string[],
  preview: boolean,
): Promise<Outcome[]> {
  const found: Outcome[] = []
  for (let from = 0; from < ids.length; from += atOnce) {
    const many = { ids: ids.slice(from, from + atOnce), preview }
    const { outcomes } =
      change.kind === 'delete'
        ? await call('users.delete', many)
        : await call('users.change', { ...many, change })
    found.push(...outcomes)
  }
  return found
}
