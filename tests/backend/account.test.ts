import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import PostalMime from 'postal-mime'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  addWorkspace,
  call,
  password,
  signIn,
  startTestBackend,
  type TestBackend,
  trySignIn,
} from '../support/backend.ts'
import { startMailServer } from '../support/mails.ts'
import { eventually } from '../support/eventually.ts'

let backend: TestBackend
let token: string
beforeAll(async () => {
  backend = await startTestBackend()
  await addWorkspace(backend.db, { agents: 1 })
})
afterAll(() => backend.close())

const next = 'Another-horse-9'
const change = (input: { current?: unknown; next?: unknown; key?: string } = {}) =>
  call(
    backend.url,
    'account.changePassword',
    { current: password, next, key: randomUUID(), ...input },
    token,
  )

beforeEach(async () => {
  await backend.db.deleteFrom('sign_in_failures').execute()
  // Everybody has the first password again: that of the agent, who never changes it.
  await sql`update users set password_changed_at = null, password_hash =
    (select password_hash from users where email = 'agent@acme.test')`.execute(backend.db)
  ;({ token } = await signIn(backend.url))
})

describe('password', () => {
  test('the new one signs in, the old one does not', async () => {
    expect(await change()).toMatchObject({ status: 200 })
    expect(await trySignIn(backend.url)).toMatchObject({ problem: 'bad-credentials' })
    expect(await trySignIn(backend.url, { password: next })).toMatchObject({ status: 200 })
  })

  test('asked for again because the answer was lost, it is answered as before', async () => {
    const key = randomUUID()
    const first = await change({ key })
    expect(await change({ key })).toEqual({ ...first, headers: expect.anything() as Headers })
    expect(await change()).toMatchObject({ problem: 'wrong-password' })
  })

  test('a loop of refused deeds does not fill the ledger', async () => {
    const agent = await signIn(backend.url, { email: 'agent0@acme.test' })
    for (let turn = 0; turn < 25; turn++)
      expect(
        await call(backend.url, 'workspace.setIdle', { minutes: 5 }, agent.token),
      ).toMatchObject({ problem: 'forbidden' })
    const rows = await backend.db
      .selectFrom('audit')
      .select('target')
      .where('kind', '=', 'action.refused')
      .where('session_id', '=', agent.id)
      .execute()
    expect(rows).toHaveLength(20)
  })

  test('shows when it was changed', async () => {
    const show = async () => (await call(backend.url, 'account.show', {}, token)).body
    expect(await show()).toMatchObject({ email: 'owner@acme.test', passwordChangedAt: null })
    const { passwordChangedAt } = (await change()).body
    expect(await show()).toMatchObject({ passwordChangedAt })
  })

  test('the other sessions of the person end, this one and those of others stay', async () => {
    const other = await signIn(backend.url)
    const colleague = await signIn(backend.url, { email: 'administrator@acme.test' })
    const current = (it: string) => call(backend.url, 'sessions.current', {}, it)
    const answer = await change()
    expect(Number(answer.body['endedSessions'])).toBeGreaterThanOrEqual(1)
    expect(await current(other.token)).toMatchObject({
      problem: 'session-ended',
      body: { cause: 'password-changed' },
    })
    expect(await current(token)).toMatchObject({ status: 200 })
    expect(await current(colleague.token)).toMatchObject({ status: 200 })
  })

  test('a wrong current one is refused and changes nothing', async () => {
    const answer = await change({ current: 'Wrong-horse-9' })
    expect(answer).toMatchObject({ status: 403, problem: 'wrong-password' })
    expect(await trySignIn(backend.url)).toMatchObject({ status: 200 })
  })

  test('guessing the current one meets the delay of signing in', async () => {
    for (let turn = 0; turn < 5; turn += 1) await change({ current: 'Wrong-horse-9' })
    expect(await change()).toMatchObject({ status: 429, problem: 'too-many-attempts' })
    expect(await trySignIn(backend.url)).toMatchObject({ problem: 'too-many-attempts' })
  })

  test.each([
    ['', ['length', 'upper', 'lower', 'number-or-symbol']],
    ['Short-1', ['length']],
    ['no-upper-case', ['upper']],
    ['NO-LOWER-CASE', ['lower']],
    ['OnlyLetters', ['number-or-symbol']],
  ])('“%s” is refused with the rules it does not meet', async (weak, unmet) => {
    expect(await change({ next: weak })).toMatchObject({
      status: 422,
      problem: 'password-rules',
      body: { unmet },
    })
  })

  test.each([
    ['common', 'Password1'],
    ['common', 'qWERTY123'],
    ['personal', 'Owner-2026!'],
    ['personal', 'My owner@acme.test 1'],
  ])('one that is easy to guess (%s) is refused: “%s”', async (reason, guessable) => {
    expect(await change({ next: guessable })).toMatchObject({
      status: 422,
      problem: 'password-guessable',
      body: { reason },
    })
    expect(await trySignIn(backend.url)).toMatchObject({ status: 200 })
  })

  test('one of 128 characters is taken, one of 129 refused', async () => {
    const long = 'Long-enough-9!'.repeat(10)
    expect(await change({ next: long.slice(0, 129) })).toMatchObject({ problem: 'invalid-input' })
    expect(await change({ next: long.slice(0, 128) })).toMatchObject({ status: 200 })
    expect(await trySignIn(backend.url, { password: long.slice(0, 128) })).toMatchObject({
      status: 200,
    })
  })

  test('a wrong current one is in the ledger as refused, without what was typed', async () => {
    await change({ current: 'Wrong-horse-9' })
    const { rows } = await sql<{ kind: string; target: string; text: string }>`
      select kind, target, a::text as text from audit a order by id desc limit 1`.execute(
      backend.db,
    )
    expect(rows).toMatchObject([{ kind: 'action.refused', target: 'account.changePassword' }])
    expect(rows[0]?.text).toContain('wrong-password')
    expect(rows[0]?.text).not.toContain('horse')
  })

  test('the same again is refused', async () => {
    expect(await change({ next: password })).toMatchObject({
      status: 422,
      problem: 'password-unchanged',
    })
  })

  test('of two changes at once one is done', async () => {
    const answers = await Promise.all([change(), change({ next: 'Third-horse-9' })])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403])
  })

  test('the same characters composed otherwise are the same password', async () => {
    await change({ next: 'Contraseña-9'.normalize('NFD') })
    const answer = await trySignIn(backend.url, { password: 'Contraseña-9'.normalize('NFC') })
    expect(answer).toMatchObject({ status: 200 })
  })

  test('the change is in the ledger, the password is not', async () => {
    await change()
    const { rows } = await sql<{ text: string; kind: string }>`
      select a.kind, a::text as text from audit a order by id desc limit 5`.execute(backend.db)
    expect(rows.map(({ kind }) => kind)).toContain('password.changed')
    expect(JSON.stringify(rows)).not.toMatch(/horse|argon2/)
  })

  test('the person gets a mail in their language', async () => {
    await sql`update users set language = 'es' where email = 'owner@acme.test'`.execute(backend.db)
    await change()
    const outbox = join(backend.dataDir, 'outbox')
    const mail = await eventually(async () => {
      const mails = await Promise.all(
        (await readdir(outbox)).map(async (file) =>
          PostalMime.parse(await readFile(join(outbox, file))),
        ),
      )
      const found = mails.find(({ subject }) => subject === 'Tu contraseña se ha restablecido')
      if (!found) throw new Error('no mail yet')
      return found
    })
    expect(mail.to).toMatchObject([{ address: 'owner@acme.test', name: 'owner' }])
    expect(mail.text).toContain('La contraseña de tu cuenta en acme')
    expect(mail.text).not.toContain('horse')
  })
})

describe('mail', () => {
  test('waits for a mail server that is away', async () => {
    const server = await startMailServer()
    server.refuse(1)
    const other = await startTestBackend({ settings: { SMTP_URL: server.url } })
    onTestFinished(async () => {
      await other.close()
      await server.close()
    })

    await addWorkspace(other.db)
    const signedIn = await signIn(other.url)
    await call(
      other.url,
      'account.changePassword',
      { current: password, next, key: randomUUID() },
      signedIn.token,
    )
    await vi.waitFor(
      () =>
        expect(server.received.map(({ subject }) => subject)).toContain(
          'Your password was changed',
        ),
      {
        timeout: 25_000,
        interval: 200,
      },
    )
    expect(other.log.join('')).toContain('will be tried again')
  })
})
