import { describe, expect, test } from 'vitest'
import { AccessInput, Grants } from '../../contract/access.ts'
import { fromQuery, toQuery } from '../../contract/route.ts'
import { PersonName, SignInHours, users } from '../../contract/users.ts'
import { z } from '../../contract/zod.ts'

describe('grants', () => {
  test('stand in the order of the table, once each, without what is empty', () => {
    const parsed = Grants.parse({ audit: ['view'], crm: ['edit', 'view', 'edit'], inbox: [] })
    expect(JSON.stringify(parsed)).toBe('{"crm":["view","edit"],"audit":["view"]}')
  })

  test.each([
    [{ audit: ['edit'] }, 'audit'],
    [{ billing: ['delete'] }, 'billing'],
  ])('%j names an action that the module has not', (grants, path) => {
    expect(Grants.safeParse(grants).error?.issues).toMatchObject([{ path: [path] }])
  })

  test.each([{ moon: ['view'] }, { crm: ['fly'] }, { crm: 'view' }, []])(
    '%j are none',
    (grants) => {
      expect(Grants.safeParse(grants).success).toBe(false)
    },
  )
})

describe('access', () => {
  test.each([
    { kind: 'none', grants: {} },
    { kind: 'profile' },
    { kind: 'profile', profileId: 'x' },
    { kind: 'custom' },
    { kind: 'owner' },
  ])('%j is none', (access) => {
    expect(AccessInput.safeParse(access).success).toBe(false)
  })
})

describe('a name', () => {
  test.each([
    ['  Ana ', 'Ana'],
    ['e\u0301', 'é'],
    ['👩🏽‍🚀', '👩🏽‍🚀'],
    ['علي', 'علي'],
  ])('“%s” is “%s”', (typed, name) => {
    expect(PersonName.parse(typed)).toBe(name)
  })

  test.each(['', '   ', 'a\nb', 'a\u0000', 'x'.repeat(201)])('%j is none', (typed) => {
    expect(PersonName.safeParse(typed).success).toBe(false)
  })
})

describe('sign-in hours', () => {
  const hours = (it: object) => ({ from: null, until: null, weekly: [], ...it })
  test.each([
    hours({}),
    hours({ from: '2026-01-01', until: '2026-01-01' }),
    hours({ weekly: [{ day: 7, start: '00:00', end: '24:00' }] }),
  ])('%j', (it) => {
    expect(SignInHours.parse(it)).toEqual(it)
  })

  test.each([
    hours({ from: '2026-01-02', until: '2026-01-01' }),
    hours({ from: '2026-02-30' }),
    hours({ weekly: [{ day: 0, start: '08:00', end: '09:00' }] }),
    hours({ weekly: [{ day: 1, start: '09:00', end: '09:00' }] }),
    hours({ weekly: [{ day: 1, start: '8:00', end: '24:30' }] }),
  ])('%j are none', (it) => {
    expect(SignInHours.safeParse(it).success).toBe(false)
  })
})

describe('a query', () => {
  const { shape } = users['users.list'].input
  test.each([
    [shape.search, '123'],
    [shape.search, 'true'],
    [shape.search, '{"a":1}'],
    [shape.limit, 20],
    [shape.descending, true],
    [shape.role, 'owner'],
    [z.string().nullable(), 'null'],
    [z.uuid().nullable(), null],
  ] as const)('carries what it is given: %#', (schema, value) => {
    expect(fromQuery(schema, toQuery(value))).toBe(value)
  })
})
