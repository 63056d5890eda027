import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { Attendant } from '../../contract/agent-mode.ts'
import { z } from '../../contract/zod.ts'
import { linkPath, openLinks } from '../../backend/mail-links.ts'
import {
  addWorkspace,
  pass,
  password,
  spawnBackend,
  startTestBackend,
  type TestBackend,
} from '../support/backend.ts'
import { openStream } from '../support/live.ts'
import { addPerson, as, newUser } from '../support/people.ts'
import { messages, type Receiver, startReceiver } from '../support/receiver.ts'
import { eventually } from '../support/eventually.ts'

let backend: TestBackend
let acme: string
let owner: Awaited<ReturnType<typeof as>>
let administrator: Awaited<ReturnType<typeof as>>
beforeAll(async () => {
  backend = await startTestBackend({ settings: { WEBHOOK_NETWORKS: 'loopback' } })
  acme = await addWorkspace(backend.db, { licences: 1000 })
  await addWorkspace(backend.db, { link: 'other' })
  owner = await as(backend.url, 'owner@acme.test')
  administrator = await as(backend.url, 'administrator@acme.test')
})
afterAll(() => backend.close())
beforeEach(async () => {
  await backend.db.deleteFrom('workspace_modules').execute()
  await backend.db.updateTable('users').set({ agent_mode: false }).execute()
})

const setModule = (state: string) => owner('modules.set', { module: 'workspace', state })

/** Until a request waits for a lock. */
const somebodyWaits = () =>
  eventually(async () => {
    const waiting = await sql`select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(backend.db)
    expect(waiting.rows).not.toHaveLength(0)
  })

const changes = () =>
  backend.db
    .selectFrom('audit')
    .select(['actor_name', 'before', 'after'])
    .where('kind', '=', 'agent-mode.changed')
    .orderBy('id')
    .execute()

const attendants = async (input: Record<string, unknown> = {}) => {
  const { body } = await owner('massActions.attendants', input)
  return z
    .object({ module: z.string(), attendants: Attendant.array(), next: z.uuid().nullable() })
    .parse(body)
}
const attending = async () => (await attendants()).attendants.map(({ name }) => name)

describe('agent mode', () => {
  test('is off at first, and turned on and off by its owner', async () => {
    expect((await owner('agentMode.show')).body).toEqual({ on: false, module: 'active' })
    expect((await owner('agentMode.set', { on: true })).body).toEqual({
      on: true,
      module: 'active',
    })
    expect((await owner('agentMode.show')).body).toEqual({ on: true, module: 'active' })
    expect((await administrator('agentMode.show')).body['on']).toBe(false)
    await owner('agentMode.set', { on: false })
    expect((await owner('agentMode.show')).body['on']).toBe(false)
  })

  test('is written down with before and after; what changes nothing is not', async () => {
    const earlier = (await changes()).length
    for (const on of [true, true, false, false]) await administrator('agentMode.set', { on })
    expect((await changes()).slice(earlier)).toEqual([
      { actor_name: 'administrator', before: { on: false }, after: { on: true } },
      { actor_name: 'administrator', before: { on: true }, after: { on: false } },
    ])
  })

  test.each(['inactive', 'hidden'])(
    'can be moved by nobody while the module is %s, and is as it was afterwards',
    async (state) => {
      await owner('agentMode.set', { on: true })
      const earlier = (await changes()).length
      await setModule(state)
      expect((await owner('agentMode.show')).body).toEqual({ on: true, module: state })
      for (const on of [true, false])
        expect(await owner('agentMode.set', { on })).toMatchObject({
          status: 409,
          problem: 'module-not-active',
          body: { module: 'workspace', state },
        })
      await setModule('active')
      expect((await owner('agentMode.show')).body).toEqual({ on: true, module: 'active' })
      expect(await changes()).toHaveLength(earlier)
    },
  )

  test('waits for who turns the module off at the same moment', async () => {
    let moving: ReturnType<typeof owner> | undefined
    await backend.db.transaction().execute(async (tx) => {
      await sql`select from workspaces where id = ${acme} for no key update`.execute(tx)
      await tx
        .insertInto('workspace_modules')
        .values({ workspace_id: acme, module: 'workspace', state: 'inactive' })
        .execute()
      moving = owner('agentMode.set', { on: true })
      // Until it waits for the lock: it has seen the module active when it was let in.
      await somebodyWaits()
    })
    expect(await moving).toMatchObject({ problem: 'module-not-active' })
    await setModule('active')
    expect((await owner('agentMode.show')).body['on']).toBe(false)
  })

  test('is no matter of an agent: the attempt is refused and written down', async () => {
    const agent = await as(backend.url, 'agent@acme.test')
    for (const name of ['agentMode.show', 'agentMode.set'] as const)
      expect(await agent(name, name === 'agentMode.set' ? { on: true } : {})).toMatchObject({
        problem: 'forbidden',
      })
    const refused = await backend.db
      .selectFrom('audit')
      .select(['actor_name', 'target'])
      .where('kind', '=', 'action.refused')
      .where('actor_name', '=', 'agent')
      .execute()
    expect(refused).toEqual([{ actor_name: 'agent', target: 'agentMode.set' }])
  })

  test('reaches the desktops of another process in less than two seconds', async () => {
    const second = await spawnBackend({ DATABASE_URL: backend.databaseUrl })
    onTestFinished(async () => {
      await second.stop()
    })
    const own = await openStream(second.url, (await as(second.url, 'owner@acme.test')).token)
    const others = await openStream(second.url, administrator.token)
    const topic = (it: 'account' | 'users' | 'modules') => ({
      kind: 'changed' as const,
      topic: it,
    })
    const quick = { timeout: 2000, interval: 20 }
    await owner('agentMode.set', { on: true })
    await vi.waitFor(() => expect(own.events).toContainEqual(topic('account')), quick)
    await vi.waitFor(() => expect(others.events).toContainEqual(topic('users')), quick)
    expect(others.events).not.toContainEqual(topic('account'))
    await setModule('inactive')
    await vi.waitFor(() => expect(others.events).toContainEqual(topic('modules')), quick)
  })
})

describe('who attends mass actions', () => {
  test('agents by their role, owner and administrators in agent mode, active accounts alone', async () => {
    const away = await addPerson(backend.db, acme, { state: 'deactivated' })
    expect(await attending()).not.toContain('owner')
    await owner('agentMode.set', { on: true })
    const all = (await attendants()).attendants
    expect(all.find(({ name }) => name === 'owner')).toMatchObject({
      role: 'owner',
      because: 'agent-mode',
      online: true,
    })
    expect(all.find(({ name }) => name === 'agent')).toMatchObject({
      email: 'agent@acme.test',
      because: 'role',
    })
    expect(all.map(({ name }) => name)).not.toContain('administrator')
    expect(all.map(({ id }) => id)).not.toContain(away.id)
    expect(all.every(({ email }) => !email.endsWith('@other.test'))).toBe(true)
  })

  test('is nobody while the module is not active, and the same people when it returns', async () => {
    await owner('agentMode.set', { on: true })
    const before = await attending()
    expect(before).toContain('owner')
    for (const state of ['inactive', 'hidden']) {
      await setModule(state)
      expect(await attendants()).toEqual({ module: state, attendants: [], next: null })
    }
    await setModule('active')
    expect(await attending()).toEqual(before)
  })

  test('says who is online, and when they were last active', async () => {
    const { email, id } = await addPerson(backend.db, acme)
    const row = async () => (await attendants()).attendants.find((it) => it.id === id)
    expect(await row()).toMatchObject({ online: false, lastActivityAt: null })

    const [first, second] = [await as(backend.url, email), await as(backend.url, email)]
    await pass(backend.db, 600, ['last_activity_at'], first.sessionId)
    const { online, lastActivityAt } = (await row()) ?? {}
    expect(online).toBe(true)
    expect(Date.now() - Date.parse(lastActivityAt ?? '')).toBeLessThan(60_000)

    // Cut off: the seats are free again, the sessions are not over.
    for (const { sessionId } of [first, second])
      await pass(backend.db, 120, ['last_report_at'], sessionId)
    expect(await row()).toMatchObject({ online: false, lastActivityAt })

    for (const { sessionId } of [first, second])
      await pass(backend.db, 3600, ['last_activity_at'], sessionId)
    expect(await row()).toMatchObject({ online: false, lastActivityAt: null })
  })

  test('comes page by page, everybody once', async () => {
    for (let turn = 0; turn < 5; turn += 1) await addPerson(backend.db, acme)
    const { attendants: whole, next } = await attendants()
    expect(next).toBeNull()
    const pages = []
    for (let after: unknown; after !== null;) {
      const page = await attendants({ limit: 2, ...(after ? { after } : {}) })
      expect(page.attendants.length).toBeLessThanOrEqual(2)
      pages.push(...page.attendants)
      after = 'next' in page ? page.next : null
    }
    expect(pages.map(({ id }) => id)).toEqual(whole.map(({ id }) => id))
    const exact = await attendants({ limit: whole.length })
    expect(exact).toMatchObject({ next: null })
  })

  test('may be asked by who may supervise', async () => {
    const { email } = await addPerson(backend.db, acme, {
      access: { kind: 'custom', grants: { supervision: ['view'] } },
    })
    expect((await (await as(backend.url, email))('massActions.attendants')).status).toBe(200)
    const agent = await as(backend.url, 'agent@acme.test')
    expect(await agent('massActions.attendants')).toMatchObject({ problem: 'forbidden' })
  })
})

describe('the dialler is told', () => {
  let receiver: Receiver
  let secret: string
  beforeEach(async () => {
    receiver = await startReceiver()
    onTestFinished(() => receiver.close())
    await backend.db.deleteFrom('webhook_deliveries').execute()
    await backend.db.deleteFrom('webhooks').execute()
    secret = String(
      (await owner('webhook.set', { url: receiver.url, key: randomUUID() })).body['secret'],
    )
  })

  /** The one message there is. */
  const told = async () => {
    const [first, ...rest] = await messages(receiver, secret)
    expect(rest).toEqual([])
    receiver.received.length = 0
    return first
  }
  const kept = () => backend.db.selectFrom('webhook_deliveries').select('body').execute()
  const change = (ids: string[], it: Record<string, unknown>) =>
    owner('users.change', { ids, preview: false, change: it })

  test('when somebody turns agent mode on or off, once for each change', async () => {
    await administrator('agentMode.set', { on: true })
    await administrator('agentMode.set', { on: true })
    expect(await told()).toMatchObject({
      type: 'agent-mode.changed',
      data: {
        workspace: { id: acme, link: 'acme' },
        module: 'active',
        users: [
          {
            name: 'administrator',
            email: 'administrator@acme.test',
            agentMode: true,
            attending: true,
          },
        ],
      },
    })
    await administrator('agentMode.set', { on: false })
    expect(await told()).toMatchObject({
      data: { users: [{ agentMode: false, attending: false }] },
    })
    expect(await kept()).toHaveLength(2)
  })

  test('when the module is turned off and on: who was in agent mode, and nobody else', async () => {
    await administrator('agentMode.set', { on: true })
    await told()
    await setModule('hidden')
    expect((await told())?.data).toMatchObject({
      module: 'hidden',
      users: [{ name: 'administrator', agentMode: true, attending: false }],
    })
    await owner('modules.set', { module: 'crm', state: 'hidden' })
    await setModule('active')
    expect((await told())?.data).toMatchObject({
      module: 'active',
      users: [{ name: 'administrator', agentMode: true, attending: true }],
    })
    expect(await kept()).toHaveLength(3)
  })

  test('when an account is deactivated, reactivated and deleted', async () => {
    const { id, name, email } = await addPerson(backend.db, acme)
    const user = { id, name, email, agentMode: false }
    await change([id], { kind: 'deactivate' })
    expect((await told())?.data.users).toEqual([{ ...user, attending: false }])
    await change([id], { kind: 'reactivate' })
    expect((await told())?.data.users).toEqual([{ ...user, attending: true }])
    await owner('users.delete', { ids: [id], preview: true })
    await owner('users.delete', { ids: [id], preview: false })
    expect((await told())?.data.users).toEqual([{ ...user, attending: false }])
    expect(await kept()).toHaveLength(3)
  })

  test('when a role changes', async () => {
    const { id, name, email } = await addPerson(backend.db, acme)
    const update = (version: number, role: string) =>
      owner('users.update', { ...newUser({ name, email, role, language: 'en' }), id, version })
    expect((await update(1, 'administrator')).status).toBe(200)
    expect((await told())?.data.users).toMatchObject([{ id, attending: false }])
    await update(2, 'agent')
    expect((await told())?.data.users).toMatchObject([{ id, attending: true }])
  })

  test('when an account is opened: by a password, or by an invitation that is accepted', async () => {
    const created = await owner('users.create', { ...newUser(), welcome: 'one-time-password' })
    expect(created.status).toBe(200)
    expect((await told())?.data.users).toMatchObject([{ name: 'Ana Pérez', attending: true }])

    const { id } = await addPerson(backend.db, acme)
    const invited = sql`update users set state = 'invited', password_hash = null where id = ${id}`
    await invited.execute(backend.db)
    const [link] = await backend.db
      .transaction()
      .execute((tx) => openLinks(tx, acme, [id], 'invitation'))
    const body = new URLSearchParams({ password, repeat: password })
    const url = `${backend.url}${linkPath('invitation', link?.token ?? '')}`
    expect((await fetch(url, { method: 'POST', body })).status).toBe(200)
    expect((await told())?.data.users).toMatchObject([{ id, attending: true }])

    await invited.execute(backend.db)
    await owner('users.givePassword', { id })
    expect((await told())?.data.users).toMatchObject([{ id, attending: true }])
    expect(await kept()).toHaveLength(3)
  })

  test('when a file changes roles', async () => {
    const { id, name, email } = await addPerson(backend.db, acme)
    const csv = `name,email,role\n${name},${email},administrator\nNew,${randomUUID()}@new.test,agent`
    const file = {
      csv,
      columns: { name: 0, email: 1, role: 2 },
      defaults: { role: 'agent', language: 'en', profileId: null },
    }
    const { digest } = (await owner('imports.preview', file)).body
    const run = await owner('imports.run', { ...file, digest, id: randomUUID() })
    expect(run.body).toMatchObject({ created: 1, changed: 1 })
    expect((await told())?.data.users).toMatchObject([{ id, attending: false }])
  })

  test('of many users in messages of 500', async () => {
    const ids = Array.from({ length: 501 }, () => randomUUID())
    await backend.db
      .insertInto('users')
      .values(
        ids.map((id) => ({
          ...{ id, name: 'Many', email: `${id}@many.test`, role: 'administrator', language: 'en' },
          ...{ workspace_id: acme, state: 'active', password_hash: 'none', agent_mode: true },
        })),
      )
      .execute()
    await setModule('inactive')
    const all = await messages(receiver, secret, 2)
    expect(all.map(({ data }) => data.users?.length).sort()).toEqual([1, 500])
    expect(new Set(all.flatMap(({ data }) => data.users?.map(({ id }) => id)))).toEqual(
      new Set(ids),
    )
    await backend.db.deleteFrom('users').where('id', 'in', ids).execute()
  })

  test('of nothing that is of no matter to it', async () => {
    const { id } = await addPerson(backend.db, acme, { role: 'administrator' })
    await change([id], { kind: 'deactivate' })
    await change([id], { kind: 'reactivate' })
    const agent = await addPerson(backend.db, acme)
    await change([agent.id], { kind: 'assign-profile', profileId: null })
    await change([agent.id], { kind: 'sign-out' })
    expect(await kept()).toEqual([])
  })

  test('of nothing while there is no address', async () => {
    await owner('webhook.set', { url: null, key: randomUUID() })
    await administrator('agentMode.set', { on: true })
    expect(await kept()).toEqual([])
  })

  test('in the order in which things happened, whoever was first to begin', async () => {
    const { id } = await addPerson(backend.db, acme)
    let deactivating: ReturnType<typeof owner> | undefined
    await backend.db.transaction().execute(async (tx) => {
      await sql`select from webhooks where workspace_id = ${acme} for no key update`.execute(tx)
      await tx
        .insertInto('workspace_modules')
        .values({ workspace_id: acme, module: 'workspace', state: 'inactive' })
        .execute()
      deactivating = change([id], { kind: 'deactivate' })
      await somebodyWaits()
    })
    expect((await deactivating)?.status).toBe(200)
    expect((await told())?.data.module).toBe('inactive')
  })
})
