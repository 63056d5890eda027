import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Profile } from '../../contract/profiles.ts'
import { addWorkspace, startTestBackend, type TestBackend } from '../support/backend.ts'
import { addPerson, addProfile, as, newUser } from '../support/people.ts'

let backend: TestBackend
let acme: string
let other: string
let owner: Awaited<ReturnType<typeof as>>
beforeAll(async () => {
  backend = await startTestBackend()
  acme = await addWorkspace(backend.db)
  other = await addWorkspace(backend.db, { link: 'other' })
  owner = await as(backend.url, 'owner@acme.test')
})
afterAll(() => backend.close())

const newName = () => `Profile ${randomUUID()}`
const created = async (grants: object = { crm: ['view'] }, name = newName()) =>
  Profile.parse((await owner('profiles.create', { name, grants })).body)
const having = (profileId: string) =>
  addPerson(backend.db, acme, { access: { kind: 'profile', profileId } })
const accessOf = async (id: string) => (await owner('users.show', { id })).body['access']

describe('profiles', () => {
  test('are listed by name, with how many users have them', async () => {
    const [b, a] = [await created({}, 'Ábaco B'), await created({}, 'abaco a')]
    await having(b.id)
    await having(b.id)
    await addProfile(backend.db, other, {}, 'abaco c')
    const { body } = await owner('profiles.list')
    const found = Profile.array().parse(body['profiles'])
    expect(found.filter(({ name }) => /baco/i.test(name))).toEqual([a, { ...b, users: 2 }])
  })

  test.each([
    ['Ventas', 'VENTAS'],
    ['Atención', 'atencion'],
    ['Cafe\u0301', 'CAFÉ'],
    ['dos  palabras', ' dos palabras '],
  ])('“%s” and “%s” are one name', async (first, second) => {
    await created({}, first)
    expect(await owner('profiles.create', { name: second, grants: {} })).toMatchObject({
      status: 409,
      problem: 'name-taken',
    })
    const another = await created()
    const renamed = { id: another.id, version: 1, name: second, grants: {} }
    expect(await owner('profiles.update', renamed)).toMatchObject({ problem: 'name-taken' })
  })

  test('of two with one name at once one is created', async () => {
    const name = newName()
    const answers = await Promise.all(
      [1, 2, 3].map(() => owner('profiles.create', { name, grants: {} })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409])
  })

  test('grants are kept in one order, without what is empty', async () => {
    const profile = await created({ crm: ['edit', 'view', 'view'], inbox: [], audit: ['view'] })
    expect(profile.grants).toEqual({ crm: ['view', 'edit'], audit: ['view'] })
  })

  test.each([
    ['300 characters', { name: 'x'.repeat(300), grants: {} }],
    ['no name', { name: ' ', grants: {} }],
    ['a NUL', { name: 'a\u0000b', grants: {} }],
    ['no such module', { name: 'x', grants: { moon: ['view'] } }],
    ['no such action', { name: 'x', grants: { audit: ['delete'] } }],
  ])('%s is refused', async (_what, input) => {
    expect(await owner('profiles.create', input)).toMatchObject({ problem: 'invalid-input' })
  })

  test('of two who change the same version the second gets the conflict', async () => {
    const { id } = await created()
    const edit = (module: string) =>
      owner('profiles.update', { id, version: 1, name: newName(), grants: { [module]: ['view'] } })
    const [done, refused] = (await Promise.all([edit('crm'), edit('pbx')])).sort(
      (a, b) => a.status - b.status,
    )
    expect(done.status).toBe(200)
    expect(refused).toMatchObject({
      problem: 'conflict',
      body: { current: { id, version: 2, name: done.body['name'] } },
    })
  })

  test('a profile of another workspace is not there', async () => {
    const id = await addProfile(backend.db, other, {})
    const update = { id, version: 1, name: 'x', grants: {} }
    expect(await owner('profiles.update', update)).toMatchObject({ problem: 'not-found' })
    const remove = { id, version: 1, moveTo: null }
    expect(await owner('profiles.delete', remove)).toMatchObject({ problem: 'not-found' })
    const mine = await created()
    const move = { id: mine.id, version: 1, moveTo: id }
    expect(await owner('profiles.delete', move)).toMatchObject({ problem: 'no-such-profile' })
  })
})

describe('promoting custom permissions', () => {
  const grants = { reports: ['view', 'create'] }
  const custom = () =>
    addPerson(backend.db, acme, {
      access: { kind: 'custom', grants: { reports: ['view', 'create'] } },
    })

  test('gives the user the new profile in the same step', async () => {
    const { id } = await custom()
    const answer = await owner('profiles.create', { name: newName(), grants, promoteFrom: id })
    expect(answer).toMatchObject({ status: 200, body: { users: 1 } })
    expect(await accessOf(id)).toMatchObject({
      kind: 'profile',
      profileId: answer.body['id'],
      grants,
    })
  })

  test('does nothing where the user has other permissions, or none', async () => {
    const plain = await addPerson(backend.db, acme)
    const different = await custom()
    const attempts = [
      { promoteFrom: plain.id, grants },
      { promoteFrom: different.id, grants: { reports: ['view'] } },
    ]
    for (const input of attempts) {
      const name = newName()
      expect(await owner('profiles.create', { ...input, name })).toMatchObject({
        problem: 'invalid-input',
      })
      expect((await owner('profiles.create', { grants: {}, name })).status).toBe(200)
    }
    expect(await accessOf(different.id)).toMatchObject({ kind: 'custom' })
  })
})

describe('deleting a profile', () => {
  test('gives its users another, or none', async () => {
    const [from, to] = [await created(), await created()]
    const [one, two] = [await having(from.id), await having(from.id)]
    const moved = await owner('profiles.delete', { id: from.id, version: 1, moveTo: to.id })
    expect(moved.body).toEqual({ movedUsers: 2 })
    expect(await accessOf(one.id)).toMatchObject({ profileId: to.id })
    await owner('profiles.delete', { id: to.id, version: 1, moveTo: null })
    expect(await accessOf(two.id)).toEqual({ kind: 'none' })
    const audited = await backend.db
      .selectFrom('audit')
      .select('kind')
      .where('target', 'in', [two.id, from.id])
      .orderBy('id')
      .execute()
    expect(audited.map(({ kind }) => kind)).toEqual([
      'profile.created',
      'user.changed',
      'profile.deleted',
      'user.changed',
    ])
  })

  test('to itself, or to one that is gone, is refused, and nothing is moved', async () => {
    const profile = await created()
    const person = await having(profile.id)
    for (const moveTo of [profile.id, randomUUID()])
      expect(await owner('profiles.delete', { id: profile.id, version: 1, moveTo })).toMatchObject({
        status: 422,
        problem: 'no-such-profile',
      })
    expect(await accessOf(person.id)).toMatchObject({ profileId: profile.id })
  })

  test('while others assign it: each gets a clear answer, and nobody keeps what is gone', async () => {
    for (let round = 0; round < 5; round++) {
      const profile = await created()
      const access = { kind: 'profile', profileId: profile.id }
      const people = await Promise.all([1, 2, 3].map(() => addPerson(backend.db, acme)))
      const [deleted, ...others] = await Promise.all([
        owner('profiles.delete', { id: profile.id, version: 1, moveTo: null }),
        owner('users.create', { ...newUser({ access }), welcome: 'invitation' }),
        owner('users.change', {
          ids: people.map(({ id }) => id),
          preview: false,
          change: { kind: 'assign-profile', profileId: profile.id },
        }),
      ])
      expect(deleted.status).toBe(200)
      for (const { status, problem } of others)
        expect([200, 'no-such-profile']).toContain(status === 200 ? 200 : problem)
    }
  })
})
