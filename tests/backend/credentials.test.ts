import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Email } from 'postal-mime'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { invite } from '../../backend/invitations.ts'
import { newOneTimePassword } from '../../backend/passwords.ts'
import { unmetRules } from '../../contract/passwords.ts'
import {
  addWorkspace,
  call,
  newDatabase,
  signIn,
  spawnBackend,
  startTestBackend,
  temporaryFolder,
  type TestBackend,
  trySignIn,
} from '../support/backend.ts'
import { countMails, linkIn, mailTo, startMailServer } from '../support/mails.ts'
import { as, newUser } from '../support/people.ts'
import { eventually } from '../support/eventually.ts'

let backend: TestBackend
beforeAll(async () => {
  backend = await startTestBackend()
  await addWorkspace(backend.db, { agents: 4 })
})
afterAll(() => backend.close())
beforeEach(() => backend.db.deleteFrom('sign_in_failures').execute())

const next = 'Another-horse-9'
const choose = (link: string) =>
  fetch(link, { method: 'POST', body: new URLSearchParams({ password: next, repeat: next }) })

describe('an invitation', () => {
  test('goes to the new user in their language, and opens a page that lets them in', async () => {
    const owner = await as(backend.url, 'owner@acme.test')
    const email = 'nueva@acme.test'
    const created = await owner(
      'users.create',
      newUser({ name: 'Nueva Persona', email, welcome: 'invitation' }),
    )
    expect(created).toMatchObject({ status: 200, body: { user: { state: 'invited' } } })
    const mail = await mailTo(backend.dataDir, email)
    expect(mail.subject).toBe('Te invitaron a acme en Atalaya')
    expect(mail.to).toMatchObject([{ name: 'Nueva Persona' }])
    const link = linkIn(mail)
    expect(link).toMatch(new RegExp(`^${backend.url}/invitation/[\\w-]{43}$`))
    expect(mail.html).toContain(`href="${link}"`)

    expect((await choose(link)).status).toBe(200)
    expect(await trySignIn(backend.url, { email, password: next })).toMatchObject({
      body: { person: { name: 'Nueva Persona', mustChangePassword: false } },
    })
  })

  test('two at once leave one link that works', async () => {
    const email = 'twice@acme.test'
    const owner = await as(backend.url, 'owner@acme.test')
    const { body } = await owner('users.create', newUser({ email, welcome: 'invitation' }))
    const { id } = body['user'] as { id: string }
    await Promise.all([owner('users.invite', { id }), owner('users.invite', { id })])
    const open = await backend.db
      .selectFrom('mail_links')
      .select('id')
      .where('user_id', '=', id)
      .where('closed_at', 'is', null)
      .execute()
    expect(open).toHaveLength(1)
  })

  test('leaves no link in the database once the mail is on its way', async () => {
    const email = 'trace@acme.test'
    const owner = await as(backend.url, 'owner@acme.test')
    await owner('users.create', newUser({ email, welcome: 'invitation' }))
    const token =
      linkIn(await mailTo(backend.dataDir, email))
        .split('/')
        .at(-1) ?? ''
    await eventually(async () => {
      const { rows } = await sql<{ data: string }>`
          select data::text as data from pgboss.job`.execute(backend.db)
      expect(JSON.stringify(rows)).not.toContain(token)
    })
    expect(backend.log.join('')).not.toContain(token)
  })
})

describe('a one-time password', () => {
  test('is drawn by chance, meets the rules, and has nothing that is misread', () => {
    const drawn = Array.from({ length: 200 }, newOneTimePassword)
    expect(new Set(drawn).size).toBe(200)
    for (const it of drawn) {
      expect(it).toMatch(/^[^0O1Il]{16}$/)
      expect(unmetRules(it)).toEqual([])
    }
  })

  test('lets in to nothing but changing it', async () => {
    const owner = await as(backend.url, 'owner@acme.test')
    const email = 'once@acme.test'
    const { body } = await owner(
      'users.create',
      newUser({ email, role: 'administrator', welcome: 'one-time-password' }),
    )
    const current = String(body['oneTimePassword'])
    const answer = await trySignIn(backend.url, { email, password: current })
    expect(answer).toMatchObject({ body: { person: { mustChangePassword: true } } })
    const token = String(answer.body['token'])
    const ask = (name: Parameters<typeof call>[1], input = {}) =>
      call(backend.url, name, input, token)

    for (const name of ['users.list', 'account.sessions', 'workspace.showIdle'] as const)
      expect(await ask(name)).toMatchObject({ status: 403, problem: 'password-change-needed' })
    for (const name of ['account.show', 'sessions.current'] as const)
      expect(await ask(name)).toMatchObject({ status: 200 })
    expect(await ask('sessions.report', { idleSeconds: 0 })).toMatchObject({ status: 200 })

    expect(
      await ask('account.changePassword', { current, next: 'weak', key: randomUUID() }),
    ).toMatchObject({
      problem: 'password-rules',
    })
    expect(await ask('account.changePassword', { current, next, key: randomUUID() })).toMatchObject(
      { status: 200 },
    )
    expect(await ask('users.list')).toMatchObject({ status: 200 })
    expect(await trySignIn(backend.url, { email, password: current })).toMatchObject({
      problem: 'bad-credentials',
    })
  })
})

describe('who forgot the password', () => {
  const forgot = (email: string) =>
    call(backend.url, 'account.forgotPassword', { workspace: 'acme', email })

  test('gets a mail with a link, valid for an hour', async () => {
    await forgot('  Agent0@ACME.test ')
    const mail = await mailTo(backend.dataDir, 'agent0@acme.test', /Choose a new password/)
    expect((await choose(linkIn(mail))).status).toBe(200)
    expect(
      await trySignIn(backend.url, { email: 'agent0@acme.test', password: next }),
    ).toMatchObject({ status: 200 })
    const { rows } = await sql<{ minutes: number }>`
      select extract(epoch from expires_at - created_at)::int / 60 as minutes
      from mail_links where kind = 'reset'`.execute(backend.db)
    expect(rows).toEqual([{ minutes: 60 }])
  })

  test('is answered alike, and as fast, whether or not there is such an account', async () => {
    await backend.db
      .updateTable('users')
      .set({ state: 'deactivated' })
      .where('email', '=', 'agent3@acme.test')
      .execute()
    const times = { there: [] as number[], not: [] as number[] }
    for (let turn = 0; turn < 9; turn += 1) {
      // Each address once: asking again is what is limited.
      for (const [who, email] of [
        ['there', `agent3+${turn}@acme.test`],
        ['not', `nobody${turn}@acme.test`],
      ] as const) {
        if (who === 'there')
          await sql`update users set email = ${email} where email like 'agent3%'`.execute(
            backend.db,
          )
        const start = performance.now()
        expect(await forgot(email)).toMatchObject({ status: 200, body: {} })
        times[who].push(performance.now() - start)
      }
    }
    // The fastest of each: what the machine does besides can only add.
    const least = (list: number[]) => Math.min(...list)
    expect(least(times.there) / least(times.not)).toBeGreaterThan(0.4)
    expect(least(times.there) / least(times.not)).toBeLessThan(2.5)
    // Deactivated: nothing is mailed to either.
    await delay(2500)
    expect(await countMails(backend.dataDir, /agent3|nobody/)).toBe(0)
  })

  test('is not mailed again and again, without being told so', async () => {
    const email = 'agent2@acme.test'
    for (let turn = 0; turn < 8; turn += 1) expect((await forgot(email)).status).toBe(200)
    await mailTo(backend.dataDir, email)
    await delay(2500)
    const links = await backend.db
      .selectFrom('mail_links as l')
      .innerJoin('users as u', 'u.id', 'l.user_id')
      .select('l.id')
      .where('u.email', '=', email)
      .execute()
    expect(links.length).toBeLessThanOrEqual(3)
    expect(links.length).toBeGreaterThanOrEqual(1)
  })

  test('at one address after another, is told to wait', async () => {
    let answer = await forgot('first@acme.test')
    for (let turn = 0; turn < 31 && answer.status === 200; turn += 1)
      answer = await forgot(`somebody${turn}@acme.test`)
    expect(answer).toMatchObject({ status: 429, problem: 'too-many-attempts' })
    await backend.db.deleteFrom('sign_in_failures').execute()
  })

  test('is told that the workspace does not exist', async () => {
    expect(
      await call(backend.url, 'account.forgotPassword', {
        workspace: 'nowhere',
        email: 'a@b.test',
      }),
    ).toMatchObject({ problem: 'workspace-not-found' })
  })
})

describe('own sessions', () => {
  const email = 'agent1@acme.test'

  test('are shown, and the others can be ended, one or all', async () => {
    const here = await signIn(backend.url, { email })
    const [second, third] = [
      await signIn(backend.url, { email }),
      await signIn(backend.url, { email }),
    ]
    const stranger = await signIn(backend.url)
    const ask = (name: Parameters<typeof call>[1], input = {}) =>
      call(backend.url, name, input, here.token)
    expect((await ask('account.sessions')).body['sessions']).toMatchObject([
      { id: third.id, device: 'desk 1', platform: 'linux', current: false },
      { id: second.id, current: false },
      { id: here.id, current: true },
    ])
    expect(await ask('sessions.current')).toMatchObject({ body: { otherSessions: 2 } })
    expect(await ask('account.endSessions', { id: second.id })).toMatchObject({
      body: { ended: 1 },
    })
    expect(await call(backend.url, 'sessions.current', {}, second.token)).toMatchObject({
      problem: 'session-ended',
      body: { cause: 'ended-elsewhere' },
    })
    for (const id of [stranger.id, here.id, second.id])
      expect(await ask('account.endSessions', { id })).toMatchObject({ problem: 'not-found' })
    expect(await ask('account.endSessions')).toMatchObject({ body: { ended: 1 } })
    expect(await ask('sessions.current')).toMatchObject({ body: { otherSessions: 0 } })
    expect(await call(backend.url, 'sessions.current', {}, stranger.token)).toMatchObject({
      status: 200,
    })
  })

  test('permissions are all there are, each with its reasons', async () => {
    const { token } = await signIn(backend.url, { email })
    const { body } = await call(backend.url, 'account.permissions', {}, token)
    const list = body['permissions'] as { module: string; action: string; allowed: boolean }[]
    expect(list).toContainEqual({
      module: 'inbox',
      action: 'view',
      allowed: true,
      because: [{ kind: 'everyone' }],
    })
    expect(list).toContainEqual({
      module: 'users',
      action: 'view',
      allowed: false,
      because: [{ kind: 'no-access', access: 'none' }],
    })
  })
})

describe('mail over SMTP', () => {
  test('an invitation survives a crash between the request and its delivery', async () => {
    const { url: DATABASE_URL, db } = await newDatabase()
    await addWorkspace(db)
    const DATA_DIR = await temporaryFolder()
    const server = await startMailServer()
    const settings = { DATABASE_URL, DATA_DIR, PUBLIC_URL: 'https://atalaya.example.com/' }
    onTestFinished(async () => {
      await server.close()
      await db.destroy()
    })

    // Its mail server never answers.
    const first = await spawnBackend({ ...settings, SMTP_URL: 'smtp://127.0.0.1:1' })
    const owner = await as(first.url, 'owner@acme.test')
    const email = 'survivor@acme.test'
    const created = await owner(
      'users.create',
      newUser({ email, language: 'pt-BR', welcome: 'invitation' }),
    )
    expect(created.status).toBe(200)
    await first.stop('SIGKILL')
    expect(server.received).toEqual([])

    server.refuse(1)
    const second = await spawnBackend({ ...settings, SMTP_URL: server.url })
    // What the killed process had begun counts as lost only after a while; the test cannot wait.
    await sql`update pgboss.job set state = 'retry', start_after = now() where name = 'mail'`.execute(
      db,
    )
    await vi.waitFor(() => expect(server.received).toHaveLength(1), {
      timeout: 25_000,
      interval: 200,
    })
    const output = second.output()
    await second.stop()
    const mail = server.received[0] as Email // there is one, by the line above
    expect(mail.subject).toBe('Você recebeu um convite para acme no Atalaya')
    expect(mail.from?.address).toBe('no-reply@localhost')
    const link = linkIn(mail)
    expect(link).toMatch(/^https:\/\/atalaya\.example\.com\/invitation\/[\w-]{43}$/)
    expect(mail.html).toContain(link)
    expect(output).not.toContain(link.split('/').at(-1))
  })

  test('of what is rolled back, nothing is sent', async () => {
    const server = await startMailServer()
    const other = await startTestBackend({ settings: { SMTP_URL: server.url } })
    onTestFinished(async () => {
      await other.close()
      await server.close()
    })
    await addWorkspace(other.db)
    const forgot = (email: string) =>
      call(other.url, 'account.forgotPassword', { workspace: 'acme', email })
    const failing = other.db.transaction().execute(async (tx) => {
      const user = await tx
        .selectFrom('users')
        .select(['id', 'workspace_id as workspaceId', 'name', 'email', 'language'])
        .where('email', '=', 'agent@acme.test')
        .executeTakeFirstOrThrow()
      const sendMail = () => Promise.reject(new Error('the queue is away'))
      await invite(tx, { sendMail }, user, 'owner')
    })
    await expect(failing).rejects.toThrow('the queue is away')
    expect(await other.db.selectFrom('mail_links').selectAll().execute()).toEqual([])

    await forgot('agent@acme.test')
    await vi.waitFor(() => expect(server.received).toHaveLength(1), { timeout: 10_000 })
    expect(server.received[0]?.subject).toBe('Choose a new password')
  })
})
