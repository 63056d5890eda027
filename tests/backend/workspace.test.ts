import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addWorkspace,
  call,
  pass,
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

describe('the effect of another idle sign-out', () => {
  const minutes = 60
  const effect = async (token: string, asked: unknown) =>
    (await call(backend.url, 'workspace.idleEffect', { minutes: asked }, token)).body['sessions']
  const signInTo = (workspace: string, name: string) =>
    signIn(backend.url, { workspace, email: `${name}@${workspace}.test` })

  test('is the number of open sessions that have been idle for longer', async () => {
    await addWorkspace(backend.db, { link: 'idle', agents: 4 })
    const { token } = await signInTo('idle', 'owner')
    const idle = async (name: string, seconds: number, workspace = 'idle') => {
      const { id } = await signInTo(workspace, name)
      await pass(backend.db, seconds, ['last_activity_at'], id)
      return id
    }
    await idle('agent', 10 * minutes)
    const twice = [await idle('agent0', 20 * minutes), await idle('agent0', 21 * minutes)]
    expect(twice).toHaveLength(2)
    // Not open any more: past the policy that holds, past the longest life, or ended.
    await idle('agent1', 31 * minutes)
    await pass(backend.db, 13 * 60 * minutes, ['expires_at'], await idle('agent2', 20 * minutes))
    const left = await signInTo('idle', 'agent3')
    await pass(backend.db, 20 * minutes, ['last_activity_at'], left.id)
    await call(backend.url, 'sessions.end', { cause: 'signed-out' }, left.token)
    await idle('agent', 20 * minutes, 'other')

    expect(await effect(token, 22)).toBe(0)
    expect(await effect(token, 21)).toBe(1)
    expect(await effect(token, 15)).toBe(2)
    expect(await effect(token, 1)).toBe(3)
    expect(await effect(token, 120)).toBe(0)
  })

  test('counts the session of the caller, and ends nothing', async () => {
    await addWorkspace(backend.db, { link: 'own' })
    const { token, id } = await signInTo('own', 'administrator')
    await pass(backend.db, 5 * minutes, ['last_activity_at'], id)
    expect(await effect(token, 4)).toBe(1)
    expect(await effect(token, 4)).toBe(1)
  })

  test.each([0, 121, 'abc'])('of %s minutes is not told', async (asked) => {
    const { token } = await signIn(backend.url)
    const answer = await call(backend.url, 'workspace.idleEffect', { minutes: asked }, token)
    expect(answer).toMatchObject({ status: 400, problem: 'invalid-input' })
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
