import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { deletionWords, recoveryDays } from '../../contract/deletion.ts'
import {
  addWorkspace,
  call,
  password,
  signIn,
  startTestBackend,
  type TestBackend,
  trySignIn,
  waitingForLock,
} from '../support/backend.ts'
import { allTables, deleteWorkspace, deletionInput, endDays } from '../support/deletion.ts'
import { openStream } from '../support/live.ts'
import { countMails, linkIn, mailTo } from '../support/mails.ts'
import { as } from '../support/people.ts'
import { eventually } from '../support/eventually.ts'

let backend: TestBackend
let link: string
let workspaceId: string
beforeAll(async () => {
  backend = await startTestBackend()
})
afterAll(() => backend.close())
beforeEach(async () => {
  link = `w${randomUUID().slice(0, 8)}`
  workspaceId = await addWorkspace(backend.db, { link, licences: 4, agents: 3 })
  await backend.db.deleteFrom('sign_in_failures').execute()
})

const emailOf = (name: string) => `${name}@${link}.test`
const enter = (name: string, secret = password) =>
  trySignIn(backend.url, { workspace: link, email: emailOf(name), password: secret })
const asSomebody = (name: string) => as(backend.url, emailOf(name), link)
const recover = (name = 'owner', secret = password) =>
  call(backend.url, 'deletion.recover', { link, email: emailOf(name), password: secret })
const standing = () =>
  backend.db
    .selectFrom('workspaces')
    .select(['deletes_at', 'deletion_seconds_left'])
    .where('id', '=', workspaceId)
    .executeTakeFirstOrThrow()
const ledger = async (kind: string) =>
  backend.db
    .selectFrom('audit')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('kind', '=', kind)
    .execute()
const openSessions = () =>
  backend.db
    .selectFrom('sessions')
    .select('id')
    .where('workspace_id', '=', workspaceId)
    .where('ended_at', 'is', null)
    .execute()

describe('the request', () => {
  test.each(Object.entries(deletionWords))(
    'takes the word of the language (%s) to the letter',
    async (language, word) => {
      const owner = await asSomebody('owner')
      const others = Object.values(deletionWords).filter((it) => it !== word)
      for (const confirmation of [
        word.toLowerCase(),
        word.toUpperCase(),
        `${word} `,
        '',
        ...others,
      ])
        expect(
          await owner('deletion.request', deletionInput({ language, confirmation })),
        ).toMatchObject({ status: 422, problem: 'wrong-confirmation' })
      expect(await standing()).toEqual({ deletes_at: null, deletion_seconds_left: null })

      const done = await owner('deletion.request', deletionInput({ language, confirmation: word }))
      const days = (Date.parse(String(done.body['deletesAt'])) - Date.now()) / 86_400_000
      expect(days).toBeCloseTo(recoveryDays, 2)
    },
  )

  test('asks for the password again, with the delays of signing in, and writes the wrong ones down', async () => {
    const owner = await asSomebody('owner')
    const wrong = deletionInput({ password: 'Wrong-horse-9' })
    for (let turn = 0; turn < 5; turn += 1)
      expect(await owner('deletion.request', wrong)).toMatchObject({ problem: 'wrong-password' })
    expect(await owner('deletion.request', deletionInput())).toMatchObject({
      problem: 'too-many-attempts',
    })
    expect(await standing()).toMatchObject({ deletes_at: null })
    expect((await ledger('action.refused')).map(({ after }) => after)).toEqual([
      ...Array.from({ length: 5 }, () => ({ problem: 'wrong-password' })),
      { problem: 'too-many-attempts' },
    ])
  })

  test.each(['administrator', 'agent'])('of an %s is refused and written down', async (name) => {
    const ask = await asSomebody(name)
    for (const route of ['deletion.request', 'deletion.export'] as const)
      expect(await ask(route, route === 'deletion.request' ? deletionInput() : {})).toMatchObject({
        problem: 'forbidden',
      })
    const refused = await ledger('action.refused')
    expect(refused.map((it) => [it.target, it.actor_name])).toEqual([
      ['deletion.request', name],
      ['deletion.export', name],
    ])
    expect(await standing()).toMatchObject({ deletes_at: null })
  })

  test('ends every session, which are told why and by whom, empties the line, and is written down', async () => {
    const [owner, agent] = [await asSomebody('owner'), await asSomebody('agent')]
    await asSomebody('agent0')
    await asSomebody('agent1')
    const stream = await openStream(backend.url, agent.token)
    const { body } = await enter('agent2')
    await call(backend.url, 'seats.wait', { ticket: body['ticket'] })

    const { body: told } = await owner('deletion.request', deletionInput())
    expect(await openSessions()).toEqual([])
    const why = { cause: 'workspace-deleted', by: 'owner' }
    await eventually(() => expect(stream.closed).toBe(true))
    expect(stream.events).toContainEqual({ kind: 'session-ended', ...why })
    for (const ask of [owner, agent])
      expect(await ask('account.show')).toMatchObject({ problem: 'session-ended', body: why })
    expect(await call(backend.url, 'seats.wait', { ticket: body['ticket'] })).toMatchObject({
      problem: 'ticket-expired',
    })
    expect(await ledger('workspace.deletion-requested')).toMatchObject([
      {
        actor_name: 'owner',
        session_id: owner.sessionId,
        before: { deletesAt: null },
        after: { deletesAt: told['deletesAt'] },
      },
    ])
  })

  test('twice at once deletes once, with one mail', async () => {
    const owner = await asSomebody('owner')
    const answers = await Promise.all([1, 2].map(() => owner('deletion.request', deletionInput())))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403])
    expect(await ledger('workspace.deletion-requested')).toHaveLength(1)
    await mailTo(backend.dataDir, emailOf('owner'))
    expect(await countMails(backend.dataDir, new RegExp(`@${link}`))).toBe(1)
  })
})

describe('while it is being deleted', () => {
  test('signing in tells so to who has the right password, and nothing to anybody else', async () => {
    await deleteWorkspace(backend.url, link)
    const { deletes_at: at } = await standing()
    for (const name of ['owner', 'administrator', 'agent'])
      expect(await enter(name)).toMatchObject({
        status: 403,
        problem: 'workspace-being-deleted',
        body: { deletesAt: at?.toISOString(), mayRecover: name === 'owner' },
      })
    for (const name of ['owner', 'nobody'])
      expect(await enter(name, 'Wrong-horse-9')).toMatchObject({ problem: 'bad-credentials' })
    expect(await call(backend.url, 'workspace.find', { link })).toMatchObject({ body: { link } })
  })

  test('a clock that was set forward neither hurries it nor takes the recovery away', async () => {
    await deleteWorkspace(backend.url, link)
    await sql`update workspaces set deletes_at = deletes_at - interval '30 days'
      where id = ${workspaceId}`.execute(backend.db)
    const { problem, body } = await enter('owner')
    expect([problem, body['mayRecover']]).toEqual(['workspace-being-deleted', true])
    const days = (Date.parse(String(body['deletesAt'])) - Date.now()) / 86_400_000
    expect(days).toBeCloseTo(recoveryDays, 2)
    expect(await recover()).toMatchObject({ status: 200 })
  })

  test('a sign-in that waited for the request to be done is refused', async () => {
    const { answer } = await backend.db.transaction().execute(async (tx) => {
      await tx
        .updateTable('workspaces')
        .set({
          deletes_at: sql<Date>`now() + interval '7 days'`,
          deletion_seconds_left: 604_800,
          deletion_counted_at: sql<Date>`now()`,
        })
        .where('id', '=', workspaceId)
        .execute()
      const answer = enter('agent')
      await eventually(async () => expect(await waitingForLock(backend.db)).toBe(1))
      return { answer }
    })
    expect(await answer).toMatchObject({ problem: 'workspace-being-deleted' })
    expect(await openSessions()).toEqual([])
  })

  test('of many sign-ins at the moment of the request none stays in', async () => {
    const owner = await asSomebody('owner')
    const names = ['administrator', 'agent', 'agent0', 'agent1', 'agent2']
    const entering = names.map((name) => enter(name))
    await owner('deletion.request', deletionInput())
    await Promise.all(entering)
    expect(await openSessions()).toEqual([])
  })

  test('neither a ticket nor a session that was overlooked opens anything', async () => {
    for (const name of ['owner', 'administrator', 'agent', 'agent0']) await enter(name)
    const { body } = await enter('agent1')
    const { token } = await signIn(backend.url, { workspace: link, email: emailOf('agent') })
    await sql`update workspaces set deletes_at = now() + interval '1 day',
      deletion_seconds_left = 86400, deletion_counted_at = now() where id = ${workspaceId}`.execute(
      backend.db,
    )
    expect(await call(backend.url, 'seats.wait', { ticket: body['ticket'] })).toMatchObject({
      problem: 'workspace-being-deleted',
    })
    expect(await call(backend.url, 'account.show', {}, token)).toMatchObject({
      problem: 'not-signed-in',
    })
  })

  test('the owner alone gets a forgotten password replaced, and recovers with the new one', async () => {
    await deleteWorkspace(backend.url, link)
    for (const name of ['agent', 'owner'])
      await call(backend.url, 'account.forgotPassword', { workspace: link, email: emailOf(name) })
    const mail = await mailTo(backend.dataDir, emailOf('owner'), /Choose a new password/)
    const next = 'Another-horse-9'
    const body = new URLSearchParams({ password: next, repeat: next })
    expect((await fetch(linkIn(mail), { method: 'POST', body })).status).toBe(200)
    expect(await recover('owner', next)).toMatchObject({ status: 200 })
    expect(await countMails(backend.dataDir, new RegExp(`^agent@${link}`))).toBe(0)
  })

  test('links to choose a password wait, and work again once it is recovered', async () => {
    const owner = await asSomebody('owner')
    const invited = `ana@${link}.test`
    const user = { name: 'Ana', email: invited, role: 'agent', language: 'en', hours: null }
    await owner('users.create', { ...user, access: { kind: 'none' }, welcome: 'invitation' })
    const url = linkIn(await mailTo(backend.dataDir, invited))
    await owner('deletion.request', deletionInput())

    const choose = () => {
      const body = new URLSearchParams({ password, repeat: password })
      return fetch(url, { method: 'POST', body })
    }
    const page = await fetch(url)
    expect(page.status).toBe(410)
    expect(await page.text()).toContain('The workspace is being deleted')
    expect((await choose()).status).toBe(410)
    await recover()
    expect((await choose()).status).toBe(200)
  })
})

describe('recovering', () => {
  /** Every row of the workspace, but for its sessions and the ledger, which only grows. */
  const contents = async () => {
    const found: Record<string, string[]> = {}
    for (const table of await allTables(backend.db)) {
      if (!table.startsWith('public.') || /kysely|sessions|audit|seat_samples/.test(table)) continue
      const { rows } = await sql<{ text: string }>`
        select it::text as text from ${sql.raw(table)} it
        where it::text like ${`%${workspaceId}%`} order by 1`.execute(backend.db)
      found[table] = rows.map(({ text }) => text)
    }
    return found
  }

  test('brings everything back but the sessions', async () => {
    const owner = await asSomebody('owner')
    await owner('profiles.create', { name: 'Night', grants: { users: ['view'] } })
    await owner('modules.set', { module: 'crm', state: 'hidden' })
    await backend.db
      .insertInto('webhooks')
      .values({ workspace_id: workspaceId, url: 'https://a.test', secret: 'x', changed_by: 'me' })
      .execute()
    await call(backend.url, 'sessions.end', { cause: 'signed-out' }, owner.token)
    const ask = await asSomebody('owner')
    const before = await contents()
    const history = await ledger('session.started')
    await ask('deletion.request', deletionInput())
    expect(await contents()).not.toEqual(before)
    expect(await recover()).toMatchObject({ status: 200, body: {} })

    const after = await contents()
    const links = after['public.mail_links'] ?? []
    expect(links).toHaveLength(1)
    expect({ ...after, 'public.mail_links': [] }).toEqual(before)
    expect(await ledger('session.started')).toEqual(history)
    expect(await openSessions()).toEqual([])
    expect(await ledger('workspace.recovered')).toMatchObject([{ after: { deletesAt: null } }])
    expect(await enter('agent')).toMatchObject({ status: 200 })
    await mailTo(backend.dataDir, emailOf('owner'), /was recovered/)
  })

  test('is for the owner alone, with the password, and with the delays of signing in', async () => {
    await deleteWorkspace(backend.url, link)
    for (const name of ['administrator', 'agent'])
      expect(await recover(name)).toMatchObject({ status: 403, problem: 'forbidden' })
    expect(await ledger('action.refused')).toMatchObject([
      { actor_name: 'administrator', target: 'deletion.recover' },
      { actor_name: 'agent', target: 'deletion.recover' },
    ])
    for (let turn = 0; turn < 5; turn += 1)
      expect(await recover('owner', 'Wrong-horse-9')).toMatchObject({ problem: 'bad-credentials' })
    expect(await recover()).toMatchObject({ problem: 'too-many-attempts' })
    expect((await standing()).deletes_at).not.toBeNull()
  })

  test('does nothing where nothing is being deleted, and says so only to who is let in', async () => {
    expect(await recover()).toMatchObject({ status: 409, problem: 'not-being-deleted' })
    expect(await recover('owner', 'x')).toMatchObject({ problem: 'bad-credentials' })
    const nowhere = { link: 'nowhere', email: emailOf('owner'), password }
    expect(await call(backend.url, 'deletion.recover', nowhere)).toMatchObject({
      problem: 'workspace-not-found',
    })
  })

  test('twice at once recovers once', async () => {
    await deleteWorkspace(backend.url, link)
    const answers = await Promise.all([recover(), recover(), recover()])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409])
    expect(await ledger('workspace.recovered')).toHaveLength(1)
  })

  test('is refused once the time is up, even if nothing is erased yet', async () => {
    await deleteWorkspace(backend.url, link)
    // Held, so that the backend does not erase it under the test.
    await backend.db.transaction().execute(async (tx) => {
      await tx
        .selectFrom('audit')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .forUpdate()
        .execute()
      await endDays(backend.db, link)
      const lost = { problem: 'workspace-being-deleted', body: { mayRecover: false } }
      expect(await enter('owner')).toMatchObject(lost)
      expect(await recover()).toMatchObject(lost)
    })
  })
})
