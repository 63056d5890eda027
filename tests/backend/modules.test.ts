import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { moduleNames } from '../../contract/permissions.ts'
import { addWorkspace, startTestBackend, type TestBackend } from '../support/backend.ts'
import { addPerson, as } from '../support/people.ts'

let backend: TestBackend
let acme: string
let owner: Awaited<ReturnType<typeof as>>
beforeAll(async () => {
  backend = await startTestBackend()
  acme = await addWorkspace(backend.db)
  await addWorkspace(backend.db, { link: 'other' })
  owner = await as(backend.url, 'owner@acme.test')
})
afterAll(() => backend.close())

const rows = () =>
  backend.db.selectFrom('workspace_modules').selectAll().where('workspace_id', '=', acme).execute()

describe('modules', () => {
  test('are all active at first, in the order of the table', async () => {
    const { body } = await owner('modules.list')
    expect(body['modules']).toEqual(moduleNames.map((module) => ({ module, state: 'active' })))
  })

  test('one that is off grants nothing, not even to the owner, until it is on again', async () => {
    for (const state of ['inactive', 'hidden']) {
      expect((await owner('modules.set', { module: 'users', state })).body['state']).toBe(state)
      expect(await owner('users.list')).toMatchObject({
        problem: 'forbidden',
        body: { because: [{ kind: 'module-state', module: 'users', state }] },
      })
    }
    await owner('modules.set', { module: 'users', state: 'active' })
    expect((await owner('users.list')).status).toBe(200)
    expect(await rows()).toEqual([])
  })

  test.each(['inbox', 'agenda'])('%s is always active', async (module) => {
    for (const state of ['inactive', 'hidden'])
      expect(await owner('modules.set', { module, state })).toMatchObject({
        status: 422,
        problem: 'module-always-active',
      })
    expect((await owner('modules.set', { module, state: 'active' })).status).toBe(200)
  })

  test.each([
    { module: 'moon', state: 'active' },
    { module: 'crm', state: 'off' },
  ])('%j is refused', async (input) => {
    expect(await owner('modules.set', input)).toMatchObject({ problem: 'invalid-input' })
  })

  test('belong to their workspace', async () => {
    const stranger = await as(backend.url, 'owner@other.test', 'other')
    await stranger('modules.set', { module: 'crm', state: 'hidden' })
    expect(await rows()).toEqual([])
    await stranger('modules.set', { module: 'crm', state: 'active' })
  })

  test('a change is written down once, and what changes nothing is not', async () => {
    for (let time = 0; time < 3; time++)
      await owner('modules.set', { module: 'pbx', state: 'hidden' })
    const audited = await backend.db
      .selectFrom('audit')
      .select(['before', 'after'])
      .where('kind', '=', 'module.changed')
      .where('workspace_id', '=', acme)
      .where('target', '=', 'pbx')
      .execute()
    expect(audited).toEqual([{ before: { state: 'active' }, after: { state: 'hidden' } }])
  })

  test('a superuser who is an agent does not set them', async () => {
    const person = await addPerson(backend.db, acme, { access: { kind: 'superuser' } })
    const ask = await as(backend.url, person.email)
    expect(await ask('modules.set', { module: 'crm', state: 'hidden' })).toMatchObject({
      problem: 'forbidden',
    })
  })
})
