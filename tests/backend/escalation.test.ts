import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { AccessInput } from '../../contract/access.ts'
import { addWorkspace, startTestBackend, type TestBackend } from '../support/backend.ts'
import { addPerson, addProfile, addSomebody, as, newUser } from '../support/people.ts'

let backend: TestBackend
let acme: string
let owner: Awaited<ReturnType<typeof as>>
beforeAll(async () => {
  backend = await startTestBackend()
  acme = await addWorkspace(backend.db, { licences: 1000 })
  owner = await as(backend.url, 'owner@acme.test')
})
afterAll(() => backend.close())

describe('nobody becomes more than they are', () => {
  const editor = () =>
    addSomebody(backend, acme, 'agent', {
      kind: 'custom',
      grants: { users: ['view', 'create', 'edit', 'delete'] },
    })
  const userWith = (role: 'administrator' | 'agent', access: AccessInput = { kind: 'none' }) =>
    addPerson(backend.db, acme, { role, access })
  const edited = async (id: string, it: Record<string, unknown> = {}) => {
    const { body } = await owner('users.show', { id })
    const { name, email, role, language, hours, version } = body
    return {
      ...{ id, name, email, role, language, hours, version },
      access: { kind: 'none' },
      ...it,
    }
  }
  const ownerId = async () => String((await owner('account.show')).body['id'])

  test.each([
    ['the owner', ownerId, 'owner'],
    ['an administrator', async () => (await userWith('administrator')).id, 'role-above'],
    [
      'a superuser',
      async () => (await userWith('agent', { kind: 'superuser' })).id,
      'beyond-own-rights',
    ],
    [
      'whoever has a right that they do not',
      async () => (await userWith('agent', { kind: 'custom', grants: { pbx: ['view'] } })).id,
      'beyond-own-rights',
    ],
  ])('whoever may edit users does not touch %s', async (_who, find, obstacle) => {
    const { ask } = await editor()
    const id = await find()
    const refused = { status: 403, problem: 'obstacle', body: { obstacle } }
    expect(await ask('users.givePassword', { id })).toMatchObject(refused)
    expect(await ask('users.invite', { id })).toMatchObject(refused)
    expect(await ask('users.withdrawInvitation', { id })).toMatchObject(refused)
    const input = await edited(id, { email: `${randomUUID()}@taken.over`, role: 'agent' })
    expect(await ask('users.update', input)).toMatchObject(refused)
    for (const kind of ['deactivate', 'reactivate', 'sign-out'])
      expect(
        (await ask('users.change', { ids: [id], preview: false, change: { kind } })).body[
          'outcomes'
        ],
      ).toMatchObject([{ because: obstacle }])
    expect(
      (await ask('users.delete', { ids: [id], preview: false })).body['outcomes'],
    ).toMatchObject([{ because: obstacle }])
    expect((await owner('users.show', { id })).status).toBe(200)
  })

  test('nor the administrators each other, where one has more', async () => {
    const plain = await addSomebody(backend, acme, 'administrator', { kind: 'none' })
    const equal = await userWith('administrator')
    const more = await userWith('administrator', { kind: 'superuser' })
    expect((await plain.ask('users.givePassword', { id: equal.id })).status).toBe(200)
    expect(await plain.ask('users.givePassword', { id: more.id })).toMatchObject({
      body: { obstacle: 'beyond-own-rights' },
    })
  })

  test('a module that is off hides no right: it may be on again tomorrow', async () => {
    const { ask } = await editor()
    const { id } = await userWith('agent', { kind: 'custom', grants: { flows: ['edit'] } })
    const other = await userWith('agent')
    await owner('modules.set', { module: 'flows', state: 'hidden' })
    onTestFinished(async () => {
      await owner('modules.set', { module: 'flows', state: 'active' })
    })
    expect(await ask('users.givePassword', { id })).toMatchObject({ problem: 'obstacle' })
    const access = { kind: 'custom', grants: { flows: ['edit'] } }
    expect(await ask('users.update', await edited(other.id, { access }))).toMatchObject({
      problem: 'beyond-own-rights',
    })
  })

  test('whoever may edit users changes nothing of themselves', async () => {
    const { ask, id } = await editor()
    const access = { kind: 'superuser' }
    for (const change of [{ access }, { name: 'Me' }, { role: 'administrator' }])
      expect(await ask('users.update', await edited(id, change))).toMatchObject({
        body: { obstacle: 'self' },
      })
    const profileId = await addProfile(backend.db, acme, {})
    const assign = { ids: [id], preview: false, change: { kind: 'assign-profile', profileId } }
    expect((await ask('users.change', assign)).body['outcomes']).toMatchObject([
      { because: 'self' },
    ])
  })

  test('they grant no more than they hold, and hear what it was', async () => {
    const { ask } = await editor()
    const { id } = await userWith('agent')
    const access = { kind: 'custom', grants: { users: ['view'], crm: ['view', 'edit'] } }
    const refused = {
      status: 403,
      problem: 'beyond-own-rights',
      body: {
        permissions: [
          { module: 'crm', action: 'view' },
          { module: 'crm', action: 'edit' },
        ],
      },
    }
    expect(await ask('users.update', await edited(id, { access }))).toMatchObject(refused)
    expect(
      await ask('users.create', { ...newUser({ access }), welcome: 'invitation' }),
    ).toMatchObject(refused)
    const superuser = await edited(id, { access: { kind: 'superuser' } })
    expect(await ask('users.update', superuser)).toMatchObject({ problem: 'beyond-own-rights' })
    const profileId = await addProfile(backend.db, acme, { crm: ['view'] })
    const assign = { ids: [id], preview: false, change: { kind: 'assign-profile', profileId } }
    expect((await ask('users.change', assign)).body['outcomes']).toMatchObject([
      { because: 'beyond-own-rights' },
    ])
    const held = { kind: 'custom', grants: { users: ['view'] } }
    expect((await ask('users.update', await edited(id, { access: held }))).status).toBe(200)
  })

  test('they make nobody more than themselves', async () => {
    const { ask } = await editor()
    const { id } = await userWith('agent')
    const refused = { body: { obstacle: 'role-above' } }
    const role = 'administrator'
    expect(await ask('users.update', await edited(id, { role }))).toMatchObject(refused)
    expect(
      await ask('users.create', { ...newUser({ role }), welcome: 'invitation' }),
    ).toMatchObject(refused)
    const { ask: administrator } = await addSomebody(backend, acme, 'administrator', {
      kind: 'none',
    })
    const made = await administrator('users.create', {
      ...newUser({ role }),
      welcome: 'invitation',
    })
    expect(made.status).toBe(200)
  })

  test('whoever may edit profiles does not edit their own, nor fill others with what they have not', async () => {
    const grants = { profiles: ['view', 'create', 'edit', 'delete'], crm: ['view'] }
    const own = await addProfile(backend.db, acme, grants)
    const { email } = await addPerson(backend.db, acme, {
      access: { kind: 'profile', profileId: own },
    })
    const ask = await as(backend.url, email)
    const name = randomUUID()
    for (const attempt of [{}, grants])
      expect(
        await ask('profiles.update', { id: own, version: 1, name, grants: attempt }),
      ).toMatchObject({ body: { obstacle: 'self' } })
    expect(await ask('profiles.delete', { id: own, version: 1, moveTo: null })).toMatchObject({
      body: { obstacle: 'self' },
    })

    const beyond = { problem: 'beyond-own-rights' }
    const more = { crm: ['view', 'edit'] }
    expect(await ask('profiles.create', { name, grants: more })).toMatchObject(beyond)
    const [small, big] = [
      await addProfile(backend.db, acme, { crm: ['view'] }),
      await addProfile(backend.db, acme, { pbx: ['edit', 'view'] }),
    ]
    const update = { id: small, version: 1, name, grants: more }
    expect(await ask('profiles.update', update)).toMatchObject(beyond)
    expect(await ask('profiles.delete', { id: small, version: 1, moveTo: big })).toMatchObject(
      beyond,
    )
    // Taking away is theirs, and so is what was there before.
    const less = { id: big, version: 1, name, grants: { pbx: ['view'] } }
    expect((await ask('profiles.update', less)).status).toBe(200)
  })

  test('a promotion needs the right to edit the user too', async () => {
    const maker = await addSomebody(backend, acme, 'agent', {
      kind: 'custom',
      grants: { profiles: ['view', 'create'], crm: ['view'] },
    })
    const { id } = await userWith('agent', { kind: 'custom', grants: { crm: ['view'] } })
    const input = { name: randomUUID(), grants: { crm: ['view'] }, promoteFrom: id }
    expect(await maker.ask('profiles.create', input)).toMatchObject({ problem: 'forbidden' })
    const { body } = await owner('profiles.list')
    expect(JSON.stringify(body)).not.toContain(input.name)
  })
})
