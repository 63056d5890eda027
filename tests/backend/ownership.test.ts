import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { mountFeatures, newServer } from '../../backend/app.ts'
import type { Database, Tx } from '../../backend/db/database.ts'
import { startJobs } from '../../backend/jobs.ts'
import type { Mail } from '../../backend/mail-texts.ts'
import {
  addWorkspace,
  type Answer,
  newDatabase,
  password,
  signIn,
  startTestBackend,
  type TestBackend,
} from '../support/backend.ts'
import { openStream } from '../support/live.ts'
import { countMails, mailTo } from '../support/mails.ts'
import { openMortal } from '../support/mortal.ts'
import { type AddedPerson, addPerson, as } from '../support/people.ts'
import { eventually } from '../support/eventually.ts'

let backend: TestBackend
beforeAll(async () => {
  backend = await startTestBackend()
})
afterAll(() => backend.close())

let link: string
let workspaceId: string
let owner: Awaited<ReturnType<typeof as>>
let successor: AddedPerson
beforeEach(async () => {
  link = `team-${randomUUID().slice(0, 8)}`
  workspaceId = await addWorkspace(backend.db, { link })
  owner = await as(backend.url, `owner@${link}.test`, link)
  successor = await addPerson(backend.db, workspaceId, { name: 'Íñigo Núñez' })
})

/** What a transfer to somebody is asked with. */
const transferTo = (to: Pick<AddedPerson, 'id' | 'email'>, it: Record<string, unknown> = {}) => ({
  to: to.id,
  ownRole: 'administrator',
  confirmation: to.email,
  password,
  key: randomUUID(),
  ...it,
})
const transfer = (it: Record<string, unknown> = {}) =>
  owner('ownership.transfer', transferTo(successor, it))

const rolesOf = async (db: Database, id = workspaceId) => {
  const rows = await db
    .selectFrom('users')
    .select(['email', 'role'])
    .where('workspace_id', '=', id)
    .execute()
  return Object.fromEntries(rows.map(({ email, role }) => [email, role]))
}
const owners = async () =>
  Object.entries(await rolesOf(backend.db))
    .filter(([, role]) => role === 'owner')
    .map(([email]) => email)

const ledger = (kind: string, id = workspaceId) =>
  backend.db
    .selectFrom('audit')
    .select(['actor_name', 'target', 'before', 'after'])
    .where('workspace_id', '=', id)
    .where('kind', '=', kind)
    .orderBy('id')
    .execute()

const set = (id: string, values: { state?: 'deactivated' | 'invited'; hours?: string }) =>
  backend.db.updateTable('users').set(values).where('id', '=', id).execute()

/** Asks while something else is under way, which commits once all of them wait for it. */
async function during(what: (tx: Tx) => Promise<unknown>, asks: (() => Promise<Answer>)[]) {
  const { answers } = await backend.db.transaction().execute(async (tx) => {
    await what(tx)
    const asked = asks.map((ask) => ask())
    await eventually(async () => {
      const { rows } = await sql`select from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`.execute(backend.db)
      expect(rows).toHaveLength(asks.length)
    })
    return { answers: asked }
  })
  return Promise.all(answers)
}

/** Asks all at once: none of them goes on before every one has come to the locks. */
const atOnce = (...asks: (() => Promise<Answer>)[]) =>
  during(
    (tx) => sql`select from users where workspace_id = ${workspaceId} for update`.execute(tx),
    asks,
  )

describe('candidates', () => {
  const namesFor = async (search?: string) => {
    const { body } = await owner('ownership.candidates', search === undefined ? {} : { search })
    return (body['candidates'] as { name: string }[]).map(({ name }) => name)
  }

  test('are the active agents and administrators of the workspace, by name', async () => {
    await addPerson(backend.db, workspaceId, { name: 'Zoe', state: 'deactivated' })
    const invited = await addPerson(backend.db, workspaceId, { name: 'Yago' })
    await set(invited.id, { state: 'invited' })
    expect(await namesFor()).toEqual(['administrator', 'agent', 'Íñigo Núñez'])
    expect((await owner('ownership.candidates', { search: 'inigo' })).body).toEqual({
      candidates: [{ ...successor, role: 'agent' }],
    })
  })

  test.each([
    ['NUNEZ', true],
    ['núñ íñi', true],
    ['people.test', true],
    ['%', false],
    ['_', false],
    ['nobody', false],
  ])('are found by “%s”: %s', async (search, found) => {
    expect((await namesFor(search)).includes(successor.name)).toBe(found)
  })

  test('are 20 at most', async () => {
    for (let turn = 0; turn < 21; turn += 1) await addPerson(backend.db, workspaceId)
    expect(await namesFor('Person')).toHaveLength(20)
  })
})

describe('a transfer', () => {
  test('makes the other the owner and the caller what they chose, for everything at once', async () => {
    const theirs = await as(backend.url, successor.email, link)
    expect((await theirs('finder.show')).problem).toBe('forbidden')
    const answer = await transfer({ ownRole: 'agent' })
    expect(answer).toMatchObject({
      status: 200,
      body: { owner: { ...successor, role: 'owner' }, role: 'agent' },
    })
    expect(await rolesOf(backend.db)).toEqual({
      [`owner@${link}.test`]: 'agent',
      [`administrator@${link}.test`]: 'administrator',
      [`agent@${link}.test`]: 'agent',
      [successor.email]: 'owner',
    })
    expect((await owner('finder.show')).problem).toBe('forbidden')
    expect((await theirs('finder.show')).status).toBe(200)
  })

  test('reaches the open desktops of both in less than two seconds', async () => {
    const { token } = await signIn(backend.url, { workspace: link, email: successor.email })
    const streams = [
      await openStream(backend.url, owner.token),
      await openStream(backend.url, token),
    ]
    const bystander = await signIn(backend.url, { workspace: link, email: `agent@${link}.test` })
    const other = await openStream(backend.url, bystander.token)
    await transfer()
    for (const { events } of streams)
      await vi.waitFor(
        () => {
          expect(events).toContainEqual({ kind: 'permissions' })
          expect(events).toContainEqual({ kind: 'changed', topic: 'account' })
          expect(events).toContainEqual({ kind: 'changed', topic: 'users' })
        },
        { timeout: 2000, interval: 20 },
      )
    await eventually(() => expect(other.events).toContainEqual({ kind: 'changed', topic: 'users' }))
    expect(other.events).not.toContainEqual({ kind: 'permissions' })
  })

  test('is mailed to both, each in their language', async () => {
    await backend.db
      .updateTable('users')
      .set({ language: 'es' })
      .where('id', '=', successor.id)
      .execute()
    await transfer()
    const received = await mailTo(backend.dataDir, successor.email)
    expect(received.subject).toBe(`Ahora eres owner de ${link}`)
    expect(received.text).toContain('owner te transfirió el rol de owner')
    const given = await mailTo(backend.dataDir, `owner@${link}.test`)
    expect(given.subject).toBe(`You transferred the ownership of ${link}`)
    expect(given.text).toContain('Your role is now administrator.')
    expect(given.text).toContain(successor.name)
  })

  test('is written down, for the workspace and for both', async () => {
    await transfer()
    const before = { owner: { email: `owner@${link}.test`, name: 'owner' } }
    const after = { owner: { email: successor.email, name: successor.name } }
    expect(await ledger('ownership.transferred')).toMatchObject([
      { actor_name: 'owner', target: successor.id, before, after },
    ])
    expect(await ledger('user.changed')).toMatchObject([
      { before: { role: 'owner' }, after: { role: 'administrator' } },
      { target: successor.id, before: { role: 'agent' }, after: { role: 'owner' } },
    ])
  })

  test('leaves what both were given besides the role, so that a transfer back restores it', async () => {
    const values = { access: 'custom', grants: JSON.stringify({ reports: ['view'] }) } as const
    await backend.db.updateTable('users').set(values).where('id', '=', successor.id).execute()
    await transfer()
    const theirs = await as(backend.url, successor.email, link)
    const former = await backend.db
      .selectFrom('users')
      .select(['id', 'email', 'access'])
      .where('workspace_id', '=', workspaceId)
      .where('email', '=', `owner@${link}.test`)
      .executeTakeFirstOrThrow()
    expect(former.access).toBe('none')
    const back = await theirs('ownership.transfer', transferTo(former, { ownRole: 'agent' }))
    expect(back.status).toBe(200)
    const { body } = await owner('users.show', { id: successor.id })
    expect(body).toMatchObject({
      role: 'agent',
      access: { kind: 'custom', grants: { reports: ['view'] } },
    })
  })

  test('lifts the sign-in hours of the new owner, which nobody else could', async () => {
    const over = { from: null, until: '2020-01-01', weekly: [] }
    await set(successor.id, { hours: JSON.stringify(over) })
    await transfer()
    const theirs = await as(backend.url, successor.email, link)
    expect((await theirs('account.show')).body).toMatchObject({ role: 'owner' })
    expect((await ledger('user.changed'))[1]).toMatchObject({
      before: { hours: over },
      after: { hours: null },
    })
  })

  test('makes a form that was opened before it a conflict', async () => {
    const { body: own } = await owner('account.show')
    const { body: read } = await owner('users.show', { id: String(own['id']) })
    await transfer()
    const theirs = await as(backend.url, successor.email, link)
    const { id, name, email, language, access, hours, version } = read
    const form = { id, name, email, language, access, hours, version, role: 'agent' }
    expect(await theirs('users.update', form)).toMatchObject({ status: 409, problem: 'conflict' })
  })
})

describe('bad input', () => {
  const nothingDone = async () => {
    expect(await owners()).toEqual([`owner@${link}.test`])
    expect(await ledger('ownership.transferred')).toEqual([])
    expect(await countMails(backend.dataDir, new RegExp(`${link}|${successor.email}`))).toBe(0)
  }

  test.each([
    ['in other capitals', (email: string) => email.toUpperCase()],
    ['of the caller', () => `owner@${link}.test`],
    ['without its end', (email: string) => email.slice(0, -1)],
    ['left empty', () => ''],
  ])('the confirmation %s is not the confirmation', async (_what, typed) => {
    const answer = await transfer({ confirmation: typed(successor.email) })
    expect(answer).toMatchObject({ status: 422, problem: 'wrong-confirmation' })
    await nothingDone()
  })

  test('somebody whose password another one gave them is no candidate until they chose their own', async () => {
    const given = (must: boolean) =>
      backend.db
        .updateTable('users')
        .set({ must_change_password: must })
        .where('id', '=', successor.id)
        .execute()
    await given(true)
    expect(await transfer()).toMatchObject({ status: 409, problem: 'no-such-candidate' })
    await nothingDone()
    await given(false)
  })

  test('spaces around the confirmation do not matter', async () => {
    expect((await transfer({ confirmation: ` ${successor.email}\t` })).status).toBe(200)
  })

  test('a wrong password is refused, written down, and slows down like at sign-in', async () => {
    const wrong = () => transfer({ password: 'Wrong-horse-9' })
    for (let turn = 0; turn < 5; turn += 1)
      expect(await wrong()).toMatchObject({ status: 403, problem: 'wrong-password' })
    expect(await transfer()).toMatchObject({
      status: 429,
      problem: 'too-many-attempts',
      body: { retryAfterSeconds: expect.any(Number) as number },
    })
    await nothingDone()
    // The last one met the delay.
    expect((await ledger('action.refused')).length).toBe(6)
    expect((await ledger('action.refused'))[0]).toMatchObject({
      target: 'ownership.transfer',
      after: { problem: 'wrong-password' },
    })
    await backend.db.deleteFrom('sign_in_failures').execute()
  })

  test('a password that is changed at that moment is a wrong one', async () => {
    const change = (tx: Tx) =>
      sql`update users set password_hash = 'another'
        where workspace_id = ${workspaceId} and role = 'owner'`.execute(tx)
    const [answer] = await during(change, [() => transfer()])
    expect(answer).toMatchObject({ status: 403, problem: 'wrong-password' })
    await nothingDone()
  })

  test.each(['administrator', 'agent'])(
    'an %s is refused, and it is written down',
    async (role) => {
      const ask = await as(backend.url, `${role}@${link}.test`, link)
      expect((await ask('ownership.candidates')).problem).toBe('forbidden')
      const answer = await ask('ownership.transfer', transferTo(successor))
      expect(answer).toMatchObject({ status: 403, problem: 'forbidden' })
      await nothingDone()
      expect(await ledger('action.refused')).toMatchObject([
        { actor_name: role, target: 'ownership.transfer' },
      ])
    },
  )

  test.each([
    ['the role owner', { ownRole: 'owner' }],
    ['no role', { ownRole: undefined }],
    ['no key', { key: undefined }],
    ['a key that is none', { key: 'x' }],
    ['a user that is none', { to: 'x' }],
    ['no password', { password: '' }],
  ])('%s is refused', async (_what, it) => {
    expect(await transfer(it)).toMatchObject({ status: 400, problem: 'invalid-input' })
    await nothingDone()
  })
})

describe('nobody becomes owner who', () => {
  const refused = { status: 409, problem: 'no-such-candidate' }

  test.each(['deactivated', 'invited'] as const)('is %s', async (state) => {
    await set(successor.id, { state })
    expect(await transfer()).toMatchObject(refused)
    expect(await owners()).toEqual([`owner@${link}.test`])
  })

  test('is the owner, unknown, or of another workspace', async () => {
    const strangers = await addWorkspace(backend.db, { link: `${link}-2` })
    const stranger = await addPerson(backend.db, strangers)
    const { body } = await owner('account.show')
    const self = { id: String(body['id']), email: String(body['email']) }
    const unknown = { id: randomUUID(), email: successor.email }
    for (const it of [stranger, self, unknown])
      expect(await owner('ownership.transfer', transferTo(it))).toMatchObject(refused)
    expect(await owners()).toEqual([`owner@${link}.test`])
  })

  /** Asks for the transfer while something else is under way, which commits first. */
  const meanwhile = async (what: (tx: Tx) => Promise<unknown>) => {
    const [answer] = await during(what, [() => transfer()])
    return answer
  }

  test('is deactivated at that moment', async () => {
    const deactivate = (tx: Tx) =>
      tx.updateTable('users').set({ state: 'deactivated' }).where('id', '=', successor.id).execute()
    expect(await meanwhile(deactivate)).toMatchObject(refused)
    expect(await owners()).toEqual([`owner@${link}.test`])
  })

  test('is deleted at that moment', async () => {
    const remove = (tx: Tx) => tx.deleteFrom('users').where('id', '=', successor.id).execute()
    expect(await meanwhile(remove)).toMatchObject(refused)
    expect(await owners()).toEqual([`owner@${link}.test`])
  })

  test('would own a workspace that is being deleted from that moment on', async () => {
    const remove = async (tx: Tx) => {
      await sql`update workspaces set deletes_at = now() + interval '7 days',
        deletion_seconds_left = 604800, deletion_counted_at = now()
        where id = ${workspaceId}`.execute(tx)
      await sql`update sessions set ended_at = now(), ended_cause = 'workspace-deleted'
        where id = ${owner.sessionId}`.execute(tx)
    }
    expect(await meanwhile(remove)).toMatchObject({
      problem: 'session-ended',
      body: { cause: 'workspace-deleted' },
    })
    expect(await owners()).toEqual([`owner@${link}.test`])
  })
})

describe('there is one owner', () => {
  test('after two transfers at the same moment', async () => {
    const other = await addPerson(backend.db, workspaceId)
    const elsewhere = await as(backend.url, `owner@${link}.test`, link)
    const answers = await atOnce(
      () => owner('ownership.transfer', transferTo(successor)),
      () => elsewhere('ownership.transfer', transferTo(other)),
    )
    const problems = answers.map(({ problem }) => problem)
    expect(problems.toSorted()).toEqual(['forbidden', undefined])
    const winner = problems[0] === undefined ? successor : other
    expect(await owners()).toEqual([winner.email])
    expect(await ledger('ownership.transferred')).toHaveLength(1)
  })

  test('after the same transfer twice, one after the other or at the same moment', async () => {
    const asked = transferTo(successor)
    const ask = () => owner('ownership.transfer', asked)
    const both = await atOnce(ask, ask)
    const later = await ask()
    const answers = [...both, later].map(({ status, body }) => ({ status, body }))
    expect(answers).toEqual(Array(3).fill(answers[0]))
    expect(answers[0]?.status).toBe(200)
    expect(await ledger('ownership.transferred')).toHaveLength(1)
    await mailTo(backend.dataDir, successor.email)
    await mailTo(backend.dataDir, `owner@${link}.test`)
    expect(await countMails(backend.dataDir, new RegExp(`${link}|${successor.email}`))).toBe(2)
  })

  test.each([
    [
      'two',
      `update users set role = 'owner' where role = 'agent' and workspace_id = `,
      'one_owner',
    ],
    ['none', `update users set role = 'agent' where workspace_id = `, 'without an owner'],
    ['none', `delete from users where role = 'owner' and workspace_id = `, 'without an owner'],
  ])('because the database refuses %s (%s)', async (_what, statement, message) => {
    await expect(sql`${sql.raw(statement)} ${workspaceId}`.execute(backend.db)).rejects.toThrow(
      message,
    )
    expect(await owners()).toHaveLength(1)
  })
})

describe('a process that dies', () => {
  /** A backend of its own, whose process can die; mails are collected. */
  async function start() {
    const { url, db } = await newDatabase()
    const acme = await addWorkspace(db)
    const mortal = openMortal(url)
    const mails: Mail[] = []
    const work = {
      deliver: (mail: Mail) => Promise.resolve(void mails.push(mail)),
      mailReset: () => Promise.resolve(),
      sendWebhook: () => Promise.resolve(),
    }
    const jobs = startJobs(db, work, () => undefined)
    const app = newServer({ log: { level: 'silent' }, trustProxy: undefined })
    const { sendMail, sendWebhooks, forgot } = jobs
    // No webhook is set, so nobody is reached.
    const reach = () => Promise.reject(new Error('nobody is told'))
    await mountFeatures(app, { db: mortal.db, reach, sendMail, sendWebhooks, forgot })
    const address = await app.listen({ host: '127.0.0.1', port: 0 })
    onTestFinished(async () => {
      await app.close()
      await jobs.stop()
      await mortal.db.destroy()
      await db.destroy()
    })
    // From here on the queue runs, and no mail is refused for it.
    const anything = { workspaceId: acme, email: 'nobody@acme.test' }
    await vi.waitFor(() => jobs.forgot(anything), { timeout: 20_000 })
    const people = await db.selectFrom('users').select(['id', 'email']).execute()
    const person = (email: string) => {
      const found = people.find((it) => it.email === email)
      if (!found) throw new Error(email)
      return found
    }
    return { url: address, db, acme, mortal, mails, person }
  }

  test('at any statement has transferred nothing, or everything, and a repetition does it once', async () => {
    const { url, db, acme, mortal, mails, person } = await start()
    const [first, second] = [person('owner@acme.test'), person('agent@acme.test')]
    const ask = await as(url, first.email)
    const asked = transferTo(second)
    const done = async () => {
      const { rows } = await sql<{ done: number }>`select
        (select count(*) from audit where kind in ('ownership.transferred', 'user.changed'))
        + (select count(*) from once_answers)
        + (select count(*) from pgboss.job where name = 'mail') as done`.execute(db)
      return Number(rows[0]?.done)
    }
    const before = await rolesOf(db, acme)
    let statement = 1
    for (; ; statement += 1) {
      mortal.live({ statement, when: 'before' })
      const { status } = await ask('ownership.transfer', asked)
      if (status === 200) break
      expect({ status, roles: await rolesOf(db, acme), done: await done() }).toEqual({
        status: 500,
        roles: before,
        done: 0,
      })
      expect(statement).toBeLessThan(100)
    }
    // Authentication, password, transaction with its locks, two updates, ledger, mails, notices.
    expect(statement).toBeGreaterThan(15)
    expect(mortal.sent()).toBe(statement - 1)
    expect(await rolesOf(db, acme)).toEqual({
      ...before,
      [first.email]: 'administrator',
      [second.email]: 'owner',
    })

    // Back, by a process that dies before it reads that it was committed.
    mortal.live()
    const theirs = await as(url, second.email)
    const back = transferTo(first)
    mortal.live({ statement: statement - 1, when: 'after' })
    expect((await theirs('ownership.transfer', back)).status).toBe(500)
    expect(await rolesOf(db, acme)).toMatchObject({ [first.email]: 'owner' })
    mortal.live()
    expect(await theirs('ownership.transfer', back)).toMatchObject({
      status: 200,
      body: { owner: { email: first.email }, role: 'administrator' },
    })
    await vi.waitFor(() => expect(mails).toHaveLength(4), { timeout: 10_000 })
    expect(mails.map(({ kind }) => kind).toSorted()).toEqual([
      ...['ownership-given', 'ownership-given'],
      ...['ownership-received', 'ownership-received'],
    ])
  })
})
