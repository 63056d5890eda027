import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Access,
  type Action,
  actions,
  decide,
  type Grants,
  managers,
  meets,
  type Module,
  modules,
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

describe('decide', () => {
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
        const off: Person = { ...it, moduleStates: { ...it.moduleStates, [module]: 'hidden' } }
        expect(decide(off, module, action).allowed).toBe(false)
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
