import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Change } from '../../contract/users.ts'
import { users } from '../../contract/users.ts'
import {
  addWorkspace,
  type Answer,
  call,
  signIn,
  startTestBackend,
  type TestBackend,
  trySignIn,
} from '../support/backend.ts'
import { addPerson, addProfile, as, newUser } from '../support/people.ts'

let backend: TestBackend
let acme: string
let other: string
let owner: Awaited<ReturnType<typeof as>>
beforeAll(async () => {
  backend = await startTestBackend()
  acme = await addWorkspace(backend.db, { licences: 500 })
  other = await addWorkspace(backend.db, { link: 'other' })
  owner = await as(backend.url, 'owner@acme.test')
})
afterAll(() => backend.close())

const created = async (it: Record<string, unknown> = {}) =>
  userOf(await owner('users.create', { ...newUser(it), welcome: 'invitation' }))
const userOf = (answer: Answer) =>
  users['users.show'].output.parse(answer.body['user'] ?? answer.body)
const outcomesOf = (answer: Answer) => users['users.change'].output.parse(answer.body).outcomes
const audited = (target: string) =>
  backend.db
    .selectFrom('audit')
    .select(['kind', 'before', 'after', 'actor_name'])
    .where('target', '=', target)
    .orderBy('id')
    .execute()

describe('creating a user', () => {
  test('by invitation: nobody can sign in before it is accepted', async () => {
    const answer = await owner('users.create', { ...newUser(), welcome: 'invitation' })
    const user = userOf(answer)
    expect(user).toMatchObject({ state: 'invited', mustChangePassword: false, version: 1 })
    expect(user.invitation?.expiresAt).toBeDefined()
    expect(answer.body['oneTimePassword']).toBeNull()
    expect(await trySignIn(backend.url, { email: user.email })).toMatchObject({
      problem: 'bad-credentials',
    })
    expect(await audited(user.id)).toMatchObject([{ kind: 'user.created', actor_name: 'owner' }])
  })

  test('with a one-time password: it signs in, and opens nothing but its own change', async () => {
    const answer = await owner('users.create', { ...newUser(), welcome: 'one-time-password' })
    const user = userOf(answer)
    const given = String(answer.body['oneTimePassword'])
    expect(user).toMatchObject({ state: 'active', mustChangePassword: true, invitation: null })
    const { token } = await signIn(backend.url, { email: user.email, password: given })
    expect(await call(backend.url, 'account.permissions', {}, token)).toMatchObject({
      problem: 'password-change-needed',
    })
    expect(JSON.stringify(await audited(user.id))).not.toContain(given)
  })

  test.each([
    ['ANA@twice.test', 'ana@TWICE.test'],
    ['jose\u0301@twice.test', 'jos\u00e9@twice.test'],
  ])('%s and %s are one address', async (first, second) => {
    await created({ email: first })
    const answer = await owner('users.create', {
      ...newUser({ email: second }),
      welcome: 'invitation',
    })
    expect(answer).toMatchObject({ status: 409, problem: 'email-taken' })
  })

  test('of ten at once with one address one is created', async () => {
    const email = `${randomUUID()}@race.test`
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        owner('users.create', { ...newUser({ email }), welcome: 'invitation' }),
      ),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ problem }) => problem === 'email-taken')).toHaveLength(9)
  })

  test.each([
    ['an emoji', '👩🏽‍🚀 Zoë'],
    ['right to left', 'محمد عبد الله'],
    ['200 characters', 'ñ'.repeat(200)],
    ['markup', '<b>Ana</b> & "co"'],
  ])('the name is kept as it is: %s', async (_what, name) => {
    expect((await created({ name })).name).toBe(name)
  })

  test.each([
    ['300 characters', { name: 'x'.repeat(300) }, 'name'],
    ['no name', { name: '  ' }, 'name'],
    ['a control character', { name: 'a\u0000b' }, 'name'],
    ['no e-mail address', { email: 'ana' }, 'email'],
    ['a NUL in the address', { email: 'a\u0000b@acme.test' }, 'email'],
    ['the owner’s role', { role: 'owner' }, 'role'],
    [
      'an action that a module has not',
      { access: { kind: 'custom', grants: { audit: ['edit'] } } },
      'access.grants.audit',
    ],
    [
      'hours that end before they start',
      { hours: { from: null, until: null, weekly: [{ day: 1, start: '10:00', end: '09:00' }] } },
      'hours.weekly.0',
    ],
  ])('%s is refused', async (_what, wrong, path) => {
    const answer = await owner('users.create', { ...newUser(wrong), welcome: 'invitation' })
    expect(answer).toMatchObject({ status: 400, problem: 'invalid-input' })
    expect(answer.body['errors']).toMatchObject([{ path }])
  })

  test('a profile that is not there, or of another workspace, is none', async () => {
    for (const profileId of [randomUUID(), await addProfile(backend.db, other, {})]) {
      const input = newUser({ access: { kind: 'profile', profileId } })
      const answer = await owner('users.create', { ...input, welcome: 'invitation' })
      expect(answer).toMatchObject({ status: 422, problem: 'no-such-profile' })
    }
  })
})

describe('changing a user', () => {
  const fieldsOf = ({
    name,
    email,
    role,
    language,
    hours,
  }: Awaited<ReturnType<typeof created>>) => ({
    ...{ name, email, role, language, hours },
    access: { kind: 'none' },
  })

  test('of two who edit the same version the second gets the conflict, with what is there', async () => {
    const user = await created()
    const edit = (name: string) =>
      owner('users.update', { ...fieldsOf(user), id: user.id, version: user.version, name })
    const answers = await Promise.all([edit('First'), edit('Second')])
    const [done, refused] = answers.sort((a, b) => a.status - b.status)
    expect(done).toMatchObject({ status: 200, body: { version: 2 } })
    expect(refused).toMatchObject({
      status: 409,
      problem: 'conflict',
      body: { current: { id: user.id, name: done.body['name'], version: 2 } },
    })
  })

  test('what did not change is not written down', async () => {
    const user = await created()
    const same = { ...fieldsOf(user), id: user.id, version: user.version }
    expect((await owner('users.update', same)).body['version']).toBe(1)
    await owner('users.update', { ...same, language: 'pt-BR' })
    const [, change] = await audited(user.id)
    expect(change).toMatchObject({
      kind: 'user.changed',
      before: { language: 'es' },
      after: { language: 'pt-BR' },
    })
    expect(Object.keys(change?.after ?? {})).toEqual(['language'])
  })

  test('the address of somebody else is taken', async () => {
    const [one, two] = [await created(), await created()]
    const input = { ...fieldsOf(two), id: two.id, version: 1, email: one.email.toUpperCase() }
    expect(await owner('users.update', input)).toMatchObject({ problem: 'email-taken' })
  })

  test('an invitation moves to the new address, and the old link is closed', async () => {
    const user = await created()
    const email = `${randomUUID()}@moved.test`
    await owner('users.update', { ...fieldsOf(user), id: user.id, version: 1, email })
    const links = await backend.db
      .selectFrom('mail_links')
      .select('closed_at')
      .where('user_id', '=', user.id)
      .orderBy('created_at')
      .execute()
    expect(links.map(({ closed_at: at }) => at !== null)).toEqual([true, false])
  })

  test('one who was deleted while open elsewhere is not found', async () => {
    const user = await created()
    await owner('users.delete', { ids: [user.id], preview: false })
    const input = { ...fieldsOf(user), id: user.id, version: 1 }
    expect(await owner('users.update', input)).toMatchObject({ status: 404, problem: 'not-found' })
    expect(await owner('users.show', { id: user.id })).toMatchObject({ problem: 'not-found' })
    expect(await owner('users.invite', { id: user.id })).toMatchObject({ problem: 'not-found' })
    expect(await owner('users.givePassword', { id: user.id })).toMatchObject({
      problem: 'not-found',
    })
  })
})

describe('invitations and one-time passwords', () => {
  test('sent again, the earlier link stops working; withdrawn, there is none', async () => {
    const user = await created()
    const again = userOf(await owner('users.invite', { id: user.id }))
    expect(again.invitation?.sentAt).not.toBe(user.invitation?.sentAt)
    const without = userOf(await owner('users.withdrawInvitation', { id: user.id }))
    expect(without).toMatchObject({ state: 'invited', invitation: null })
    expect((await owner('users.withdrawInvitation', { id: user.id })).status).toBe(200)
    const kinds = (await audited(user.id)).map(({ kind }) => kind)
    expect(kinds).toEqual(['user.created', 'user.invited', 'user.invitation-withdrawn'])
  })

  test('who is active is not invited', async () => {
    const { id } = await addPerson(backend.db, acme)
    expect(await owner('users.invite', { id })).toMatchObject({
      problem: 'conflict',
      body: { current: { state: 'active' } },
    })
  })

  test('a given password ends the sessions, and says who gave it', async () => {
    const person = await addPerson(backend.db, acme)
    const ask = await as(backend.url, person.email)
    const { body } = await owner('users.givePassword', { id: person.id })
    expect(await ask('account.show')).toMatchObject({
      problem: 'session-ended',
      body: { cause: 'password-given', by: 'owner' },
    })
    expect(await trySignIn(backend.url, { email: person.email })).toMatchObject({ status: 401 })
    const given = String(body['oneTimePassword'])
    const again = await trySignIn(backend.url, { email: person.email, password: given })
    expect(again).toMatchObject({ status: 200, body: { person: { mustChangePassword: true } } })
  })

  test('a given password opens an account that waited for its invitation, not a closed one', async () => {
    const invited = await created()
    await owner('users.givePassword', { id: invited.id })
    expect(userOf(await owner('users.show', { id: invited.id }))).toMatchObject({
      state: 'active',
      invitation: null,
    })
    const closed = await addPerson(backend.db, acme, { state: 'deactivated' })
    await owner('users.givePassword', { id: closed.id })
    expect((await owner('users.show', { id: closed.id })).body['state']).toBe('deactivated')
  })
})

describe('many at once', () => {
  const change = (ids: string[], it: Change, preview = false) =>
    owner('users.change', { ids, change: it, preview })

  test('each gets an outcome; the preview tells the same and writes nothing', async () => {
    const profileId = await addProfile(backend.db, acme, { crm: ['view'] })
    const [one, two] = [await addPerson(backend.db, acme), await addPerson(backend.db, acme)]
    const has = await addPerson(backend.db, acme, { access: { kind: 'profile', profileId } })
    const self = await backend.db
      .selectFrom('users')
      .select('id')
      .where('email', '=', 'owner@acme.test')
      .executeTakeFirstOrThrow()
    const foreign = await addPerson(backend.db, other)
    const ids = [one.id, self.id, has.id, foreign.id, two.id, one.id]
    const assign: Change = { kind: 'assign-profile', profileId }

    const preview = outcomesOf(await change(ids, assign, true))
    expect((await owner('users.show', { id: one.id })).body['version']).toBe(1)
    expect(await audited(one.id)).toEqual([])
    const outcomes = outcomesOf(await change(ids, assign))
    expect(outcomes).toEqual(preview)
    expect(outcomes.map(({ outcome, because }) => because ?? outcome)).toEqual([
      'done',
      'self',
      'unchanged',
      'not-found',
      'done',
    ])
    expect((await owner('users.show', { id: two.id })).body['access']).toMatchObject({ profileId })
    expect(await audited(one.id)).toMatchObject([{ kind: 'user.changed' }])
  })

  test('a profile that is gone is refused for each', async () => {
    const { id } = await addPerson(backend.db, acme)
    const answer = await change([id], { kind: 'assign-profile', profileId: randomUUID() })
    expect(outcomesOf(answer)).toMatchObject([{ because: 'no-such-profile' }])
  })

  test('who is deactivated is out at once, cannot sign in, and can be reactivated', async () => {
    const person = await addPerson(backend.db, acme)
    const ask = await as(backend.url, person.email)
    await change([person.id], { kind: 'deactivate' })
    expect(await ask('account.show')).toMatchObject({
      problem: 'session-ended',
      body: { cause: 'deactivated' },
    })
    expect((await trySignIn(backend.url, { email: person.email })).status).toBeGreaterThan(400)
    await change([person.id], { kind: 'reactivate' })
    expect((await trySignIn(backend.url, { email: person.email })).status).toBe(200)
  })

  test('who never had a password is invited again, not active', async () => {
    const user = await created()
    await change([user.id], { kind: 'deactivate' })
    await change([user.id], { kind: 'reactivate' })
    expect((await owner('users.show', { id: user.id })).body).toMatchObject({
      state: 'invited',
      invitation: null,
    })
  })

  test('who is signed out hears who did it and why', async () => {
    const person = await addPerson(backend.db, acme)
    const ask = await as(backend.url, person.email)
    const idle = await addPerson(backend.db, acme)
    const answer = await change([person.id, idle.id], { kind: 'sign-out', reason: 'Shift over' })
    expect(outcomesOf(answer).map(({ outcome }) => outcome)).toEqual(['done', 'unchanged'])
    expect(await ask('account.show')).toMatchObject({
      body: { cause: 'ended-by-other', by: 'owner', reason: 'Shift over' },
    })
  })

  test('who is deleted is out; the ledger keeps the name', async () => {
    const person = await addPerson(backend.db, acme, { name: 'Gone Girl' })
    const ask = await as(backend.url, person.email)
    await owner('users.delete', { ids: [person.id], preview: true })
    expect((await ask('account.show')).status).toBe(200)
    await owner('users.delete', { ids: [person.id], preview: false })
    expect((await ask('account.show')).status).toBe(401)
    expect((await audited(person.id)).at(-1)).toMatchObject({
      kind: 'user.deleted',
      before: { name: 'Gone Girl' },
    })
  })

  test('two who change the same people in another order do not wait for each other', async () => {
    const people = await Promise.all(Array.from({ length: 20 }, () => addPerson(backend.db, acme)))
    const ids = people.map(({ id }) => id)
    const answers = await Promise.all([
      ...[1, 2, 3].map(() => change(ids, { kind: 'deactivate' })),
      ...[1, 2, 3].map(() => change([...ids].reverse(), { kind: 'reactivate' })),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
  })
})
