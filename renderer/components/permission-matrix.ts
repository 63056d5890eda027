import type { Grants } from '../../contract/access.ts'
import {
  type Action,
  type Module,
  modules,
  type Permission,
  permissions,
} from '../../contract/permissions.ts'

/** Grants that are only looked at. */
export type GrantsShown = Partial<Record<Module, readonly Action[]>>
export type Grantable = (module: Module, action: Action) => boolean

export const offers = (module: Module, action: Action): boolean => {
  const offered: readonly Action[] = modules[module].actions
  return offered.includes(action)
}

export const grants = (given: GrantsShown, { module, action }: Permission): boolean =>
  given[module]?.includes(action) ?? false

/** In the order of the table, so that two that grant the same are the same. */
function grantsOf(keep: (right: Permission) => boolean): Grants {
  const kept: Grants = {}
  for (const right of permissions) if (keep(right)) (kept[right.module] ??= []).push(right.action)
  return kept
}

/** With the rights that may be granted, and with the view of their modules: nobody edits unseen. */
export function withRights(
  given: GrantsShown,
  rights: readonly Permission[],
  grantable: Grantable,
): Grants {
  const taken = rights.filter(({ module, action }) => grantable(module, action))
  const asked = ({ module, action }: Permission) =>
    taken.some((it) => it.module === module && (it.action === action || action === 'view'))
  return grantsOf(
    (right) => grants(given, right) || (asked(right) && grantable(right.module, right.action)),
  )
}

/** Without the rights; a module that cannot be seen any more loses the others too. */
export const withoutRights = (given: GrantsShown, rights: readonly Permission[]): Grants =>
  grantsOf(
    (right) =>
      grants(given, right) &&
      !rights.some(
        ({ module, action }) =>
          module === right.module && (action === right.action || action === 'view'),
      ),
  )

/** How one right differs from what it is compared with. */
export function changeOf(
  given: GrantsShown,
  before: GrantsShown | null | undefined,
  right: Permission,
): 'added' | 'removed' | null {
  if (!before || grants(given, right) === grants(before, right)) return null
  return grants(given, right) ? 'added' : 'removed'
}

export const changesOf = (given: GrantsShown, before: GrantsShown): Permission[] =>
  permissions.filter((right) => changeOf(given, before, right))

/** What a row or a column shows of its rights: `null` where none of them can be changed. */
export function wholeOf(
  given: GrantsShown,
  rights: readonly Permission[],
  grantable: Grantable,
): 'on' | 'off' | 'mixed' | null {
  const on = rights.filter((right) => grants(given, right)).length
  const open = rights.filter(
    (right) => grants(given, right) || grantable(right.module, right.action),
  ).length
  if (open === 0) return null
  if (on === 0) return 'off'
  return on === open ? 'on' : 'mixed'
}
