/** Who may do what: plain data and one pure function, so that every side reaches the same answer. */

export const roles = ['owner', 'administrator', 'agent'] as const
export type Role = (typeof roles)[number]

export const actions = ['view', 'create', 'edit', 'delete'] as const
export type Action = (typeof actions)[number]

const all: readonly Action[] = actions
const readOnly: readonly Action[] = ['view']

/**
 * The modules that rights are given on, with the actions that make sense in each.
 * `everyone`: granted to whoever signs in, whatever their access (U6, U7).
 * `administration`: administrators have it in full besides what their access gives.
 */
export const modules = {
  inbox: { actions: all, everyone: true },
  agenda: { actions: all, everyone: true },
  users: { actions: all, administration: true },
  profiles: { actions: all, administration: true },
  campaigns: { actions: all },
  connectors: { actions: all },
  operations: { actions: all },
  crm: { actions: all },
  supervision: { actions: ['view', 'edit'], administration: true },
  workspace: { actions: all },
  connections: { actions: all },
  platform: { actions: ['view', 'edit'] },
  flows: { actions: all },
  pbx: { actions: all },
  billing: { actions: ['view', 'edit'] },
  reports: { actions: all },
  audit: { actions: readOnly, administration: true },
} as const satisfies Record<
  string,
  { actions: readonly Action[]; everyone?: true; administration?: true }
>
export type Module = keyof typeof modules

/** In the order of the table. */
export const moduleNames = Object.keys(modules) as [Module, ...Module[]] // keys() forgets them

export const moduleStates = ['active', 'inactive', 'hidden'] as const
export type ModuleState = (typeof moduleStates)[number]

export type Grants = Partial<Record<Module, readonly Action[]>>

/** What a user has been given besides the role (U6–U9). */
export type Access =
  | { kind: 'none' }
  | { kind: 'profile'; name: string; grants: Grants }
  | { kind: 'custom'; grants: Grants }
  | { kind: 'superuser' }

/** All that a decision depends on, and nothing else. Modules not named are active. */
export interface Person {
  role: Role
  access: Access
  moduleStates: Partial<Record<Module, ModuleState>>
}

/** Why a decision came out as it did (B4). The interface has words for each. */
export type Because =
  | { kind: 'module-state'; module: Module; state: 'inactive' | 'hidden' }
  | { kind: 'no-such-action'; module: Module; action: Action }
  | { kind: 'everyone' }
  | { kind: 'role'; role: Role }
  | { kind: 'superuser' }
  | { kind: 'profile'; name: string }
  | { kind: 'custom' }
  | { kind: 'no-access'; access: Access['kind'] }
  | { kind: 'signed-in' }
  | { kind: 'not-signed-in' }
  | { kind: 'role-needed'; roles: readonly Role[] }

export interface Decision {
  allowed: boolean
  /** In order of weight. Allowed: every ground there is for it. Refused: what stands in the way. */
  because: readonly Because[]
}

const allow = (because: readonly Because[]): Decision => ({ allowed: true, because })
const refuse = (...because: Because[]): Decision => ({ allowed: false, because })

/** Whether a person may do an action in a module, and why (U5–U9, B4). */
export function decide(person: Person, module: Module, action: Action): Decision {
  const { role, access } = person
  const about: { actions: readonly Action[]; everyone?: true; administration?: true } =
    modules[module]
  if (!about.actions.includes(action)) return refuse({ kind: 'no-such-action', module, action })

  // What everyone has is always there (U6): nothing turns it off.
  const state = about.everyone ? 'active' : (person.moduleStates[module] ?? 'active')
  if (state !== 'active') return refuse({ kind: 'module-state', module, state })

  const grounds: Because[] = []
  if (role === 'owner' || (role === 'administrator' && about.administration))
    grounds.push({ kind: 'role', role })
  if (access.kind === 'superuser') grounds.push({ kind: 'superuser' })
  if (access.kind === 'profile' && access.grants[module]?.includes(action))
    grounds.push({ kind: 'profile', name: access.name })
  if (access.kind === 'custom' && access.grants[module]?.includes(action))
    grounds.push({ kind: 'custom' })
  if (about.everyone) grounds.push({ kind: 'everyone' })

  return grounds.length > 0 ? allow(grounds) : refuse({ kind: 'no-access', access: access.kind })
}

/** What a route or a screen asks of whoever comes: declared once, beside it. */
export type Need =
  'anyone' | 'signed-in' | { roles: readonly Role[] } | { module: Module; action: Action }

/** Whether a person (`null`: nobody signed in) meets a need, and why. */
export function meets(person: Person | null, need: Need): Decision {
  if (need === 'anyone') return allow([])
  if (!person) return refuse({ kind: 'not-signed-in' })
  if (need === 'signed-in') return allow([{ kind: 'signed-in' }])
  if ('module' in need) return decide(person, need.module, need.action)
  return need.roles.includes(person.role)
    ? allow([{ kind: 'role', role: person.role }])
    : refuse({ kind: 'role-needed', roles: need.roles })
}

/** Settings of the workspace itself (S5, S6). */
export const managers = { roles: ['owner', 'administrator'] } as const satisfies Need

/** One right: an action in a module. */
export interface Permission {
  module: Module
  action: Action
}

/** Every right there is, in the order of the table. */
export const permissions: readonly Permission[] = moduleNames.flatMap((module) =>
  modules[module].actions.map((action) => ({ module, action })),
)

const may = (person: Person, { module, action }: Permission) =>
  decide(person, module, action).allowed

/** What a person gains and loses by a change of role, access or modules (B4). */
export const difference = (before: Person, after: Person) => ({
  gained: permissions.filter((it) => may(after, it) && !may(before, it)),
  lost: permissions.filter((it) => may(before, it) && !may(after, it)),
})

/** What a person would have if no module were turned off: the measure of what they can hand on. */
const wholly = (person: Person): Person => ({ ...person, moduleStates: {} })

/** What `before` → `after` hands out that the actor does not hold. Nobody grants what they do not have. */
export const beyond = (actor: Person, before: Person, after: Person): Permission[] =>
  difference(wholly(before), wholly(after)).gained.filter((it) => !may(wholly(actor), it))

/** Why a person may not manage another: edit, deactivate, delete, sign out, give a password. */
export type Obstacle = 'owner' | 'self' | 'role-above' | 'beyond-own-rights'

/**
 * What keeps an actor from managing a target; `null`: nothing. Besides the permission on the module
 * Users one needs a role no lower and every right that the target holds: whoever can give somebody a
 * password, or change their e-mail address, can become them.
 */
export function obstacle(
  actor: Person & { id: string },
  target: Person & { id: string },
): Obstacle | null {
  if (target.id === actor.id) return 'self'
  if (target.role === 'owner') return 'owner'
  if (roles.indexOf(target.role) < roles.indexOf(actor.role)) return 'role-above'
  const holdsAll = permissions.every((it) => !may(wholly(target), it) || may(wholly(actor), it))
  return holdsAll ? null : 'beyond-own-rights'
}
