import { describe, expect, test } from 'vitest'
import { ProblemError, codeOf, Problem, problem, problems } from '../../contract/problem.ts'
import { pathNames, type Route } from '../../contract/route.ts'
import { routes } from '../../contract/routes.ts'
import { Email, WorkspaceLink } from '../../contract/sessions.ts'

const table = Object.entries<Route>(routes)

describe('route table', () => {
  test('has each method and path once', () => {
    const addresses = table.map(
      ([, { method, path }]) => `${method} ${path.replaceAll(/:\w+/g, ':')}`,
    )
    expect(new Set(addresses).size).toBe(table.length)
  })

  describe.each(table)('%s', (name, route) => {
    test('is named as feature.verb and says in a sentence what it does', () => {
      expect(name).toMatch(/^[a-z][A-Za-z]*\.[a-z][A-Za-z]*$/)
      expect(route.summary).toMatch(/^[A-Z].*\.$/)
    })

    test('refuses fields that it does not know', () => {
      const { error } = route.input.safeParse({ unheardOf: 1 })
      expect(error?.issues.map(({ code }) => code)).toContain('unrecognized_keys')
    })

    test('takes what its path names from the input', () => {
      expect(Object.keys(route.input.shape)).toEqual(expect.arrayContaining(pathNames(route.path)))
    })
  })
})

describe('problems', () => {
  test.each(Object.keys(problems) as (keyof typeof problems)[])('%s is one of RFC 9457', (code) => {
    const it = problem(code, { detail: 'more' })
    expect(Problem.parse(it)).toEqual(it)
    expect(codeOf(it)).toBe(code)
    expect(it.status).toBeGreaterThanOrEqual(400)
    expect(new ProblemError(code, { detail: 'more' }).message).toBe('more')
  })
})

describe('what people type', () => {
  test.each([
    ['  Acme ', 'acme'],
    ['a', 'a'],
    ['team-7', 'team-7'],
  ])('the link “%s” is “%s”', (typed, link) => {
    expect(WorkspaceLink.parse(typed)).toBe(link)
  })

  test.each(['', '-a', 'a-', 'a b', 'á', 'a/b', 'a'.repeat(64)])('“%s” is no link', (typed) => {
    expect(WorkspaceLink.safeParse(typed).success).toBe(false)
  })

  test.each([
    [' Ana@Acme.TEST ', 'ana@acme.test'],
    ['pen\u0303a@acme.test', 'pe\u00f1a@acme.test'],
  ])('the address “%s” is “%s”', (typed, email) => {
    expect(Email.parse(typed)).toBe(email)
  })

  test.each(['', 'ana', 'ana@', '@acme.test', `${'a'.repeat(250)}@a.test`])(
    '“%.20s” is no address',
    (typed) => {
      expect(Email.safeParse(typed).success).toBe(false)
    },
  )
})
