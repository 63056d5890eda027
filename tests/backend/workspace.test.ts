import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addWorkspace,
  call,
  signIn,
  startTestBackend,
  type TestBackend,
} from '../support/backend.ts'

let backend: TestBackend
beforeAll(async () => {
  backend = await startTestBackend()
  await addWorkspace(backend.db)
  await addWorkspace(backend.db, { link: 'other' })
})
afterAll(() => backend.close())

describe('workspace', () => {
  test('its name is found by its link, in any case', async () => {
    const found = await call(backend.url, 'workspace.find', { link: 'ACME' })
    expect(found.body).toEqual({ link: 'acme', name: 'acme' })
    const missing = await call(backend.url, 'workspace.find', { link: 'nowhere' })
    expect(missing).toMatchObject({ status: 404, problem: 'workspace-not-found' })
  })

  test('an administrator sets the idle sign-out; who and when is shown and written down', async () => {
    const email = 'administrator@acme.test'
    const { token } = await signIn(backend.url, { email })
    const show = async () => (await call(backend.url, 'workspace.showIdle', {}, token)).body
    expect(await show()).toEqual({ minutes: 30, changed: null })

    const set = await call(backend.url, 'workspace.setIdle', { minutes: 120 }, token)
    expect(set.body).toMatchObject({ minutes: 120, changed: { by: 'administrator' } })
    expect(await show()).toEqual(set.body)
    const row = await backend.db
      .selectFrom('audit')
      .select(['actor_name', 'before', 'after'])
      .where('kind', '=', 'idle-policy.changed')
      .executeTakeFirst()
    expect(row).toEqual({
      actor_name: 'administrator',
      before: { minutes: 30 },
      after: { minutes: 120 },
    })
  })

  test('setting one workspace leaves the others alone', async () => {
    const { token } = await signIn(backend.url, { workspace: 'other', email: 'owner@other.test' })
    await call(backend.url, 'workspace.setIdle', { minutes: 7 }, token)
    const rows = await backend.db
      .selectFrom('workspaces')
      .select(['link', 'idle_minutes'])
      .where('idle_minutes', '=', 7)
      .execute()
    expect(rows).toEqual([{ link: 'other', idle_minutes: 7 }])
  })

  test.each([0, 121, 1.5, 'x', null, undefined])('%s minutes are refused', async (minutes) => {
    const { token } = await signIn(backend.url)
    const answer = await call(backend.url, 'workspace.setIdle', { minutes }, token)
    expect(answer).toMatchObject({ status: 400, problem: 'invalid-input' })
    expect(answer.body['errors']).toMatchObject([{ path: 'minutes' }])
  })
})

describe('database', () => {
  test.each([0, 121])('does not take %s idle minutes, whoever writes them', async (minutes) => {
    await expect(
      backend.db.updateTable('workspaces').set({ idle_minutes: minutes }).execute(),
    ).rejects.toThrow('idle_minutes')
  })

  test('has one owner in a workspace', async () => {
    await expect(backend.db.updateTable('users').set({ role: 'owner' }).execute()).rejects.toThrow(
      'one_owner',
    )
  })

  test.each(['update audit set kind = kind', 'delete from audit', 'truncate audit'])(
    'refuses “%s”',
    async (statement) => {
      await expect(sql.raw(statement).execute(backend.db)).rejects.toThrow('never changed')
    },
  )

  test('lets no session point into another workspace', async () => {
    await signIn(backend.url)
    await expect(
      sql`update sessions set workspace_id = (select id from workspaces where link = 'other')
          where workspace_id <> (select id from workspaces where link = 'other')`.execute(
        backend.db,
      ),
    ).rejects.toThrow('foreign key')
  })
})
