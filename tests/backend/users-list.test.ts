import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { users } from '../../contract/users.ts'
import {
  addWorkspace,
  type Answer,
  startTestBackend,
  type TestBackend,
} from '../support/backend.ts'
import { addPerson, addProfile, as } from '../support/people.ts'

let backend: TestBackend
beforeAll(async () => {
  backend = await startTestBackend()
})
afterAll(() => backend.close())

const pageOf = (answer: Answer) => users['users.list'].output.parse(answer.body)

describe('the table of users', () => {
  let place: string
  let ask: Awaited<ReturnType<typeof as>>
  const names = ['Ángel', 'angela', 'Béa', 'bea', 'Çelik', 'Дмитрий', 'ZOË', '100%_sure', 'Ñandú']
  beforeAll(async () => {
    place = await addWorkspace(backend.db, { link: 'table' })
    const profileId = await addProfile(backend.db, place, { crm: ['view'] }, 'Sales')
    for (const [index, name] of names.entries())
      await addPerson(backend.db, place, {
        name,
        ...(index % 2 === 0 && { access: { kind: 'profile' as const, profileId } }),
        ...(index === 3 && { state: 'deactivated' as const }),
      })
    ask = await as(backend.url, 'owner@table.test', 'table')
  })
  const find = async (input: Record<string, unknown>) =>
    pageOf(await ask('users.list', input)).rows.map(({ name }) => name)

  test.each([
    ['ANGEL', ['Ángel', 'angela']],
    ['bea', ['Béa', 'bea']],
    ['дмитр', ['Дмитрий']],
    ['zoe people.test', ['ZOË']],
    ['test people zoe', ['ZOË']],
    ['%', ['100%_sure']],
    ['_', ['100%_sure']],
    ['％', ['100%_sure']],
    ['n\u0303andu', ['Ñandú']],
    ['nobody', []],
    ['\\', []],
    ['\u0000zoe', ['ZOË']],
  ])('the search for “%s”', async (search, expected) => {
    expect((await find({ search })).sort()).toEqual([...expected].sort())
  })

  test('a search for a number or a word of JSON stays a text', async () => {
    expect(await find({ search: '100' })).toEqual(['100%_sure'])
    expect(await find({ search: 'true' })).toEqual([])
  })

  test.each([
    [{ role: 'owner' }, ['owner']],
    [{ role: 'administrator' }, ['administrator']],
    [{ access: 'profile' }, ['Ñandú', 'Çelik', 'Ángel', 'Béa', 'ZOË']],
    [{ state: 'deactivated' }, ['bea']],
    [{ signedIn: true }, ['owner']],
    [{ signedIn: false, role: 'owner' }, []],
    [{ agentMode: true }, []],
    [{ profileId: randomUUID() }, []],
    [{ access: 'profile', search: 'test a' }, ['Ángel', 'Béa', 'Ñandú']],
    [{ access: 'profile', search: 'an' }, ['Ángel', 'Ñandú']],
  ])('the filter %j', async (filter, expected) => {
    expect(new Set(await find(filter))).toEqual(new Set(expected))
  })

  const sorts = ['name', 'email', 'role', 'state', 'createdAt', 'lastSignInAt'] as const
  test.each(
    sorts.flatMap((sort) => [false, true].map((descending) => [sort, descending] as const)),
  )('page by page it is the same as whole: by %s, descending %s', async (sort, descending) => {
    const whole = pageOf(await ask('users.list', { sort, descending }))
    expect(whole).toMatchObject({ next: null, total: names.length + 3 })
    const rows = []
    for (let after: string | undefined; ;) {
      const page = pageOf(
        await ask('users.list', { sort, descending, limit: 3, ...(after && { after }) }),
      )
      rows.push(...page.rows)
      if (page.next === null) break
      after = page.next
    }
    expect(rows.map(({ id }) => id)).toEqual(whole.rows.map(({ id }) => id))
    const reversed = pageOf(await ask('users.list', { sort, descending: !descending }))
    expect(rows.map(({ id }) => id).reverse()).toEqual(reversed.rows.map(({ id }) => id))
  })

  test('who never signed in comes before who did', async () => {
    const { rows } = pageOf(await ask('users.list', { sort: 'lastSignInAt' }))
    expect(rows.at(-1)).toMatchObject({ name: 'owner', signedIn: true })
    expect(rows[0]?.lastSignInAt).toBeNull()
  })

  test.each([
    'nonsense',
    Buffer.from('["name"]').toString('base64url'),
    Buffer.from('["name","x","not an id"]').toString('base64url'),
    Buffer.from(`["email","x"]`).toString('base64url'),
    Buffer.from(`["name","a\\u0000b","${randomUUID()}"]`).toString('base64url'),
    Buffer.from(`{"__proto__":1}`).toString('base64url'),
  ])('the cursor %s is refused', async (after) => {
    const answer = await ask('users.list', { after })
    expect(answer).toMatchObject({ status: 400, problem: 'invalid-input' })
  })

  test('a made-up moment in a cursor breaks nothing', async () => {
    const after = Buffer.from(`["createdAt",9007199254740991,"${randomUUID()}"]`)
    const input = { sort: 'createdAt', after: after.toString('base64url') }
    expect((await ask('users.list', input)).status).toBe(200)
  })
})
