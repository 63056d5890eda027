import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { AccessInput } from '../../contract/access.ts'
import {
  decide,
  meets,
  type Module,
  moduleNames,
  modules,
  type Permission,
  permissions,
  type Person,
} from '../../contract/permissions.ts'
import type { Route } from '../../contract/route.ts'
import { type RouteName, routes } from '../../contract/routes.ts'
import { accessValues } from '../../backend/db/people.ts'
import {
  addWorkspace,
  type Answer,
  call,
  newDevice,
  password,
  spawnBackend,
  startTestBackend,
  type TestBackend,
} from '../support/backend.ts'
import { openStream } from '../support/live.ts'
import { addPerson, addProfile, addSomebody, as, newUser } from '../support/people.ts'

let backend: TestBackend
let acme: string
let owner: Awaited<ReturnType<typeof as>>
beforeAll(async () => {
  backend = await startTestBackend()
  acme = await addWorkspace(backend.db, { licences: 1000 })
  await addWorkspace(backend.db, { link: 'other' })
  owner = await as(backend.url, 'owner@acme.test')
})
afterAll(() => backend.close())

const csv = 'name,email\nAna,ana@matrix.test'
const file = { csv, columns: { name: 0, email: 1 } }
const defaults = { role: 'agent', language: 'es', profileId: null }
const someone = () => randomUUID()
const ticket = 'a'.repeat(43)

/** Something that each route accepts, about nobody in particular and as harmless as can be. */
const inputs: Record<RouteName, () => Record<string, unknown>> = {
  'sessions.create': () => ({
    ...{ workspace: 'nowhere', email: 'a@b.test', password: 'x', device: newDevice() },
  }),
  'sessions.current': () => ({}),
  'sessions.report': () => ({ idleSeconds: 1 }),
  'seats.wait': () => ({ ticket }),
  'seats.leave': () => ({ ticket }),
  'seats.take': () => ({ ticket, from: someone() }),
  'account.show': () => ({}),
  'account.changePassword': () => ({ current: 'x', next: 'too simple', key: someone() }),
  'account.permissions': () => ({}),
  'account.sessions': () => ({}),
  'account.endSessions': () => ({ id: someone() }),
  'account.forgotPassword': () => ({ workspace: 'nowhere', email: 'nobody@acme.test' }),
  'workspace.find': () => ({ link: 'acme' }),
  'workspace.showIdle': () => ({}),
  'workspace.setIdle': () => ({ minutes: 45 }),
  'workspace.idleEffect': () => ({ minutes: 45 }),
  'ownership.candidates': () => ({}),
  'ownership.transfer': () => ({
    ...{ to: someone(), ownRole: 'agent', confirmation: 'x', password, key: someone() },
  }),
  // Too short to be looked for, and so to be counted.
  'finder.search': () => ({ query: 'x' }),
  'finder.show': () => ({}),
  'finder.set': () => ({ visible: false, email: null }),
  'deletion.export': () => ({}),
  'deletion.request': () => ({ language: 'es', confirmation: 'eliminar', password: 'x' }),
  'deletion.recover': () => ({ link: 'nowhere', email: 'a@b.test', password: 'x' }),
  'modules.list': () => ({}),
  'modules.set': () => ({ module: 'crm', state: 'active' }),
  'agentMode.show': () => ({}),
  'agentMode.set': () => ({ on: false }),
  'massActions.attendants': () => ({}),
  'webhook.show': () => ({}),
  'webhook.set': () => ({ url: null, key: someone() }),
  'webhook.rotateSecret': () => ({ key: someone() }),
  'webhook.test': () => ({ key: someone() }),
  'webhook.deliveries': () => ({}),
  'webhook.redeliver': () => ({ id: someone() }),
  'users.list': () => ({}),
  'users.show': () => ({ id: someone() }),
  'users.create': () => ({ ...newUser(), welcome: 'invitation' }),
  'users.update': () => ({ ...newUser(), id: someone(), version: 1 }),
  'users.change': () => ({ ids: [someone()], preview: false, change: { kind: 'deactivate' } }),
  'users.delete': () => ({ ids: [someone()], preview: false }),
  'users.invite': () => ({ id: someone() }),
  'users.withdrawInvitation': () => ({ id: someone() }),
  'users.givePassword': () => ({ id: someone() }),
  'imports.read': () => ({ csv }),
  'imports.preview': () => ({ ...file, defaults }),
  'imports.run': () => ({ ...file, defaults, digest: 'another', id: someone() }),
  'imports.cancel': () => ({ id: someone() }),
  'users.export': () => ({}),
  'profiles.list': () => ({}),
  'profiles.create': () => ({ name: someone(), grants: {} }),
  'profiles.update': () => ({ id: someone(), version: 1, name: someone(), grants: {} }),
  'profiles.delete': () => ({ id: someone(), version: 1, moveTo: null }),
  'licences.show': () => ({}),
  'licences.history': () => ({ range: 'day' }),
  // Last: it ends what the others need.
  'sessions.end': () => ({ cause: 'signed-out' }),
}
const names = Object.keys(inputs) as RouteName[]

/** What a route answers to whom, in one word. */
function verdictOf({ status, problem }: Answer): string {
  if (problem === 'not-signed-in' || problem === 'forbidden') return problem
  return status < 400 || [404, 409, 422].includes(status)
    ? 'answered'
    : `${status} ${problem ?? ''}`
}

function expected(person: Person | null, name: RouteName): string {
  const { need }: Route = routes[name]
  if (meets(person, need).allowed) return 'answered'
  return person ? 'forbidden' : 'not-signed-in'
}

/** The routes that do not answer as `meets` says. */
async function mismatches(person: Person | null, token?: string, asked = names) {
  const wrong = []
  for (const name of asked) {
    const [right, answer] = [
      expected(person, name),
      await call(backend.url, name, inputs[name](), token),
    ]
    if (verdictOf(answer) !== right) wrong.push({ name, right, got: verdictOf(answer) })
  }
  return wrong
}

describe('every route answers as the table says', () => {
  test('to whoever is not signed in', async () => {
    expect(await mismatches(null)).toEqual([])
    expect(await mismatches(null, 'no-token')).toEqual([])
  })

  test.each(['acme', 'other'])('to the owner of %s', async (workspace) => {
    const { token } = await as(backend.url, `owner@${workspace}.test`, workspace)
    const person: Person = { role: 'owner', access: { kind: 'none' }, moduleStates: {} }
    expect(await mismatches(person, token)).toEqual([])
  })

  test.each([
    ['administrator', { kind: 'none' }],
    ['agent', { kind: 'none' }],
    ['agent', { kind: 'custom', grants: { users: ['view'], profiles: ['view', 'edit'] } }],
    ['agent', { kind: 'superuser' }],
    ['administrator', { kind: 'superuser' }],
  ] as const)('to an %s with %j', async (role, access) => {
    const { ask, person } = await addSomebody(backend, acme, role, access as AccessInput)
    expect(await mismatches(person, ask.token)).toEqual([])
  })

  test.each(permissions)(
    'to an agent whose profile grants $action on $module',
    async (permission) => {
      const { ask, person } = await addSomebody(backend, acme, 'agent', permission)
      expect(await mismatches(person, ask.token)).toEqual([])
    },
  )

  test('to nobody more than to the others: what is of another workspace is not there', async () => {
    const stranger = await as(backend.url, 'owner@other.test', 'other')
    const { id } = await addPerson(backend.db, acme)
    const profileId = await addProfile(backend.db, acme, {})
    const attempts: [RouteName, Record<string, unknown>][] = [
      ['users.show', { id }],
      ['users.update', { ...newUser(), id, version: 1 }],
      ['users.invite', { id }],
      ['users.withdrawInvitation', { id }],
      ['users.givePassword', { id }],
      ['profiles.update', { id: profileId, version: 1, name: 'Mine', grants: {} }],
      ['profiles.delete', { id: profileId, version: 1, moveTo: null }],
    ]
    for (const [name, input] of attempts)
      expect([name, (await stranger(name, input)).problem]).toEqual([name, 'not-found'])
    for (const name of ['users.change', 'users.delete'] as const) {
      const input = { ...inputs[name](), ids: [id] }
      expect((await stranger(name, input)).body['outcomes']).toMatchObject([
        { because: 'not-found' },
      ])
    }
    const { body } = await stranger('users.list', { search: 'people.test' })
    expect(body).toMatchObject({ rows: [], total: 0 })
  })
})

describe('for any person, profile and modules', () => {
  const anyGrants = fc
    .uniqueArray(fc.constantFrom(...permissions), { maxLength: 12 })
    .map((all) => {
      const grants: Partial<Record<Module, Permission['action'][]>> = {}
      for (const { module, action } of all) (grants[module] ??= []).push(action)
      return grants
    })
  const anyPerson = fc.record({
    role: fc.constantFrom('administrator' as const, 'agent' as const),
    access: fc.oneof(
      fc.constant({ kind: 'none' as const }),
      fc.constant({ kind: 'superuser' as const }),
      anyGrants.map((grants) => ({ kind: 'custom' as const, grants })),
      anyGrants.map((grants) => ({ kind: 'profile' as const, name: 'A', grants })),
    ),
    moduleStates: fc.dictionary(
      fc.constantFrom(...moduleNames.filter((module) => !('everyone' in modules[module]))),
      fc.constantFrom('inactive' as const, 'hidden' as const),
      { maxKeys: 4 },
    ),
  })
  const about = names.filter((name) => /^(users|profiles|modules|imports|account\.perm)/.test(name))

  test('the backend allows exactly what decide() says', async () => {
    const { ask, id } = await addSomebody(backend, acme, 'agent', { kind: 'none' })
    const profileId = await addProfile(backend.db, acme, {}, 'A')
    onTestFinished(async () => {
      await backend.db.deleteFrom('workspace_modules').execute()
    })
    await fc.assert(
      fc.asyncProperty(anyPerson, async (person) => {
        await become(id, profileId, person)
        const told = (await ask('account.permissions')).body['permissions']
        expect(told).toEqual(
          permissions.map((it) => ({ ...it, ...decide(person, it.module, it.action) })),
        )
        // Last: it turns a module on.
        expect(await mismatches(person, ask.token, about)).toEqual([])
      }),
      { numRuns: 40 },
    )
  })

  async function become(id: string, profileId: string, { role, access, moduleStates }: Person) {
    const kept = access.kind === 'profile' ? { ...access, profileId } : (access as AccessInput)
    if (access.kind === 'profile')
      await backend.db
        .updateTable('profiles')
        .set({ grants: JSON.stringify(access.grants) })
        .where('id', '=', profileId)
        .execute()
    await backend.db
      .updateTable('users')
      .set({ role, ...accessValues(kept) })
      .where('id', '=', id)
      .execute()
    await backend.db.deleteFrom('workspace_modules').execute()
    const rows = Object.entries(moduleStates) as [Module, 'inactive' | 'hidden'][]
    if (rows.length > 0)
      await backend.db
        .insertInto('workspace_modules')
        .values(rows.map(([module, state]) => ({ workspace_id: acme, module, state })))
        .execute()
  }
})

describe('a change of rights', () => {
  test('reaches the desktops of another process in less than two seconds', async () => {
    const second = await spawnBackend({ DATABASE_URL: backend.databaseUrl })
    onTestFinished(async () => {
      await second.stop()
    })
    const { id, email } = await addPerson(backend.db, acme)
    const ask = await as(second.url, email)
    const stream = await openStream(second.url, ask.token)
    const bystander = await openStream(second.url, (await as(second.url, 'agent@acme.test')).token)
    const told = () => stream.events.filter(({ kind }) => kind === 'permissions').length
    const within = { timeout: 2000, interval: 20 }
    const profileId = await addProfile(backend.db, acme, { users: ['view'] })

    expect((await ask('users.list')).status).toBe(403)
    const change = { kind: 'assign-profile', profileId }
    await owner('users.change', { ids: [id], preview: false, change })
    expect((await ask('users.list')).status).toBe(200)
    await vi.waitFor(() => expect(told()).toBe(1), within)

    const update = { id: profileId, version: 1, name: randomUUID(), grants: {} }
    await owner('profiles.update', update)
    expect((await ask('users.list')).status).toBe(403)
    await vi.waitFor(() => expect(told()).toBe(2), within)
    expect(bystander.events).not.toContainEqual({ kind: 'permissions' })

    await owner('modules.set', { module: 'pbx', state: 'hidden' })
    await vi.waitFor(() => expect(told()).toBe(3), within)
    await vi.waitFor(() => expect(bystander.events).toContainEqual({ kind: 'permissions' }), within)
    await owner('modules.set', { module: 'pbx', state: 'active' })
  })
})
