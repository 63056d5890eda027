import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Access,
  type Action,
  actions,
  beyond,
  decide,
  difference,
  type Grants,
  managers,
  meets,
  type Module,
  modules,
  obstacle,
  permissions,
  type Person,
  roles,
} from '../../contract/permissions.ts'

const person = (it: Partial<Person> = {}): Person => ({
  role: 'agent',
  access: { kind: 'none' },
  moduleStates: {},
  ...it,
})
const names = Object.keys(modules) as Module[]
const has = (module: Module, action: Action) =>
  (modules[module].actions as readonly Action[]).includes(action)
const visible = (it: Person) => names.filter((module) => decide(it, module, 'view').allowed)

describe('who sees which module', () => {
  test('U6: without a profile the inbox and the agenda, and no more', () => {
    expect(visible(person())).toEqual(['inbox', 'agenda'])
  })

  test('U7: with a profile these and what it grants', () => {
    const access: Access = { kind: 'profile', name: 'Sales', grants: { crm: ['view'] } }
    expect(visible(person({ access }))).toEqual(['inbox', 'agenda', 'crm'])
    expect(decide(person({ access }), 'crm', 'edit').allowed).toBe(false)
  })

  test('U8: with permissions of their own these and what they grant', () => {
    const access: Access = { kind: 'custom', grants: { reports: ['view', 'create'] } }
    expect(visible(person({ access }))).toEqual(['inbox', 'agenda', 'reports'])
  })

  test('U9: a superuser everything, as the owner does', () => {
    expect(visible(person({ access: { kind: 'superuser' } }))).toEqual(names)
    expect(visible(person({ role: 'owner' }))).toEqual(names)
  })

  test('an administrator what belongs to administration', () => {
    expect(visible(person({ role: 'administrator' }))).toEqual([
      'inbox',
      'agenda',
      'users',
      'profiles',
      'supervision',
      'audit',
    ])
  })
})

const anyPerson = fc.record({
  role: fc.constantFrom(...roles),
  access: fc.oneof(
    fc.constant<Access>({ kind: 'none' }),
    fc.constant<Access>({ kind: 'superuser' }),
    fc
      .dictionary(fc.constantFrom(...names), fc.subarray([...actions]))
      .map((grants: Grants): Access => ({ kind: 'custom', grants })),
  ),
  moduleStates: fc.dictionary(
    fc.constantFrom(...names),
    fc.constantFrom('active', 'inactive', 'hidden'),
  ),
})
describe('decide', () => {
  const anyQuestion = [anyPerson, fc.constantFrom(...names), fc.constantFrom(...actions)] as const

  test('allows nobody an action that the module does not have', () => {
    fc.assert(
      fc.property(...anyQuestion, (it, module, action) => {
        if (!has(module, action)) expect(decide(it, module, action).allowed).toBe(false)
      }),
    )
  })

  test('allows nobody anything in a module that is off', () => {
    fc.assert(
      fc.property(...anyQuestion, (it, module, action) => {
        // What everyone has cannot be turned off (U6).
        fc.pre(!('everyone' in modules[module]))
        const off: Person = { ...it, moduleStates: { ...it.moduleStates, [module]: 'hidden' } }
        expect(decide(off, module, action).allowed).toBe(false)
      }),
    )
  })

  test('leaves everybody the inbox and the agenda, whatever is turned off', () => {
    fc.assert(
      fc.property(anyPerson, fc.constantFrom(...actions), (it, action) => {
        const moduleStates = { inbox: 'hidden', agenda: 'inactive' } as const
        for (const module of ['inbox', 'agenda'] as const)
          expect(decide({ ...it, moduleStates }, module, action).allowed).toBe(true)
      }),
    )
  })

  test('always says why', () => {
    fc.assert(
      fc.property(...anyQuestion, (it, module, action) => {
        expect(decide(it, module, action).because.length).toBeGreaterThan(0)
      }),
    )
  })

  test('names every ground', () => {
    const it = person({ role: 'owner', access: { kind: 'superuser' } })
    expect(decide(it, 'inbox', 'view').because).toEqual([
      { kind: 'role', role: 'owner' },
      { kind: 'superuser' },
      { kind: 'everyone' },
    ])
  })
})

describe('meets', () => {
  test.each([
    [null, 'anyone', true],
    [null, 'signed-in', false],
    [null, managers, false],
    [null, { module: 'inbox', action: 'view' }, false],
    [person(), 'anyone', true],
    [person(), 'signed-in', true],
    [person(), managers, false],
    [person({ role: 'administrator' }), managers, true],
    [person({ role: 'owner' }), managers, true],
    [person(), { module: 'inbox', action: 'view' }, true],
    [person(), { module: 'audit', action: 'view' }, false],
  ] as const)('%j, %j: %s', (it, need, allowed) => {
    expect(meets(it, need).allowed).toBe(allowed)
  })
})

describe('what a change gives and takes', () => {
  test('is told right by right', () => {
    const before = person({ access: { kind: 'custom', grants: { crm: ['view', 'edit'] } } })
    const after = person({
      access: { kind: 'profile', name: 'A', grants: { crm: ['view'], pbx: ['view'] } },
    })
    expect(difference(before, after)).toEqual({
      gained: [{ module: 'pbx', action: 'view' }],
      lost: [{ module: 'crm', action: 'edit' }],
    })
  })

  test('the way back gives what the way there took', () => {
    fc.assert(
      fc.property(anyPerson, anyPerson, (one, two) => {
        const [there, back] = [difference(one, two), difference(two, one)]
        expect(back).toEqual({ gained: there.lost, lost: there.gained })
      }),
    )
  })
})

describe('handing on', () => {
  test('nobody grants what they do not hold, and the owner grants everything', () => {
    fc.assert(
      fc.property(anyPerson, anyPerson, anyPerson, (actor, before, after) => {
        const without = beyond(actor, before, after)
        const all = { ...actor, moduleStates: {} }
        for (const { module, action } of without)
          expect(decide(all, module, action).allowed).toBe(false)
        expect(beyond(person({ role: 'owner' }), before, after)).toEqual([])
      }),
    )
  })

  test('a module that is off counts as if it were on', () => {
    const after = person({ access: { kind: 'custom', grants: { crm: ['view'] } } })
    const off = { moduleStates: { crm: 'hidden' } } as const
    expect(beyond(person(off), person(off), { ...after, ...off })).toEqual([
      { module: 'crm', action: 'view' },
    ])
  })
})

describe('managing another', () => {
  const who = (id: string, it: Partial<Person> = {}) => ({ ...person(it), id })
  const owner = who('o', { role: 'owner' })
  const administrator = who('a', { role: 'administrator' })
  const agent = who('x')
  const superuser = who('s', { access: { kind: 'superuser' } })

  test.each([
    [owner, owner, 'self'],
    [agent, agent, 'self'],
    [administrator, owner, 'owner'],
    [superuser, owner, 'owner'],
    [superuser, administrator, 'role-above'],
    [administrator, superuser, 'beyond-own-rights'],
    [owner, superuser, null],
    [owner, administrator, null],
    [administrator, { ...administrator, id: 'b' }, null],
    [agent, { ...agent, id: 'y' }, null],
  ] as const)('%j, %j: %s', (actor, target, expected) => {
    expect(obstacle(actor, target)).toBe(expected)
  })

  test('whoever can be managed holds nothing that the manager does not', () => {
    fc.assert(
      fc.property(anyPerson, anyPerson, (actor, target) => {
        if (obstacle({ ...actor, id: 'a' }, { ...target, id: 't' }) !== null) return
        const [holder, held] = [
          { ...actor, moduleStates: {} },
          { ...target, moduleStates: {} },
        ]
        for (const { module, action } of permissions)
          if (decide(held, module, action).allowed)
            expect(decide(holder, module, action).allowed).toBe(true)
      }),
    )
  })
})
