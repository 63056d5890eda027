import { AxeBuilder } from '@axe-core/playwright'
import type { BrowserContextOptions } from '@playwright/test'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type LinkKind, linkPath, openLinks } from '../../backend/mail-links.ts'
import {
  addWorkspace,
  call,
  newDevice,
  password,
  signIn,
  startTestBackend,
  type TestBackend,
  trySignIn,
} from '../support/backend.ts'
import { launchBrowser } from '../support/browser.ts'
import { mailTo } from '../support/mails.ts'

let backend: TestBackend
let workspaceId: string
beforeAll(async () => {
  backend = await startTestBackend()
  workspaceId = await addWorkspace(backend.db, { agents: 2 })
})
afterAll(() => backend.close())

const next = 'Another-horse-9'
const [invited, forgetful] = ['agent0@acme.test', 'agent1@acme.test']

beforeEach(async () => {
  await backend.db.deleteFrom('mail_links').execute()
  await backend.db.deleteFrom('sign_in_failures').execute()
  await sql`
    update users set language = 'en', must_change_password = false,
      state = case when email = ${invited} then 'invited' else 'active' end,
      password_hash = case when email = ${invited} then null
        else (select password_hash from users where email = 'owner@acme.test') end`.execute(
    backend.db,
  )
})

/** The address of a new link. */
async function link(kind: LinkKind): Promise<string> {
  const email = kind === 'invitation' ? invited : forgetful
  const user = await backend.db
    .selectFrom('users')
    .select('id')
    .where('email', '=', email)
    .executeTakeFirstOrThrow()
  const [made] = await backend.db
    .transaction()
    .execute((tx) => openLinks(tx, workspaceId, [user.id], kind))
  return `${backend.url}${linkPath(kind, made?.token ?? '')}`
}

const show = async (url: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(url, { headers })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}
const submit = async (url: string, first = next, second = first) => {
  const body = new URLSearchParams({ password: first, repeat: second })
  const answer = await fetch(url, { method: 'POST', body })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}
const signsIn = async (email: string, secret: string) =>
  (await trySignIn(backend.url, { email, password: secret })).status === 200

describe('an invitation', () => {
  test('tells who is invited where, and lets them in with the password they choose', async () => {
    const url = await link('invitation')
    const { status, text } = await show(url)
    expect(status).toBe(200)
    expect(text).toContain(invited)
    expect(text).toContain('acme')
    expect(text).toContain('at least 8 characters')
    expect(await signsIn(invited, next)).toBe(false)

    const done = await submit(url)
    expect(done.status).toBe(200)
    expect(done.text).toContain('href="atalaya://open?workspace=acme"')
    expect(await signsIn(invited, next)).toBe(true)
  })

  test('is looked at as often as one likes, and used once', async () => {
    const url = await link('invitation')
    for (let turn = 0; turn < 3; turn += 1) expect((await show(url)).status).toBe(200)
    expect((await submit(url)).status).toBe(200)
    expect(await submit(url, 'Third-horse-9')).toMatchObject({ status: 410 })
    expect(await show(url)).toMatchObject({ status: 410 })
    expect(await signsIn(invited, next)).toBe(true)
  })

  test('in two tabs at once sets one password', async () => {
    const url = await link('invitation')
    const choices = [next, 'Third-horse-9', 'Fourth-horse-9']
    const answers = await Promise.all(choices.map((it) => submit(url, it)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 410, 410])
    const works = await Promise.all(choices.map((it) => signsIn(invited, it)))
    expect(works).toEqual(answers.map(({ status }) => status === 200))
  })

  test('is written down, without the password or the token', async () => {
    const url = await link('invitation')
    await submit(url)
    const { rows } = await sql<{ text: string; kind: string }>`
      select a.kind, a::text as text from audit a order by id desc limit 3`.execute(backend.db)
    expect(rows.map(({ kind }) => kind)).toContain('invitation.accepted')
    const written = JSON.stringify(rows) + backend.log.join('')
    expect(written).not.toContain(url.split('/').at(-1))
    expect(written).not.toContain(next)
  })
})

describe('a forgotten password', () => {
  test('is replaced; every session of the person ends, and the person is told', async () => {
    const { token } = await signIn(backend.url, { email: forgetful })
    const url = await link('reset')
    expect((await submit(url)).status).toBe(200)
    expect(await call(backend.url, 'sessions.current', {}, token)).toMatchObject({
      problem: 'session-ended',
      body: { cause: 'password-changed' },
    })
    expect(await signsIn(forgetful, password)).toBe(false)
    expect(await signsIn(forgetful, next)).toBe(true)
    await mailTo(backend.dataDir, forgetful, /Your password was changed/)
  })

  test('forgives the wrong ones that were tried', async () => {
    for (let turn = 0; turn < 6; turn += 1)
      await trySignIn(backend.url, { email: forgetful, password: 'Wrong-horse-9' })
    await submit(await link('reset'))
    expect(await signsIn(forgetful, next)).toBe(true)
  })

  test('does not have to be changed at the first sign-in', async () => {
    await sql`update users set must_change_password = true where email = ${forgetful}`.execute(
      backend.db,
    )
    await submit(await link('reset'))
    const answer = await trySignIn(backend.url, {
      email: forgetful,
      password: next,
      device: newDevice(),
    })
    expect(answer).toMatchObject({ body: { person: { mustChangePassword: false } } })
  })
})

describe('a link', () => {
  const dead = (url: string) => show(url, { 'accept-language': 'fr, es-CL;q=0.9, en;q=0.8' })

  test('that never was says so, in the language of the browser', async () => {
    const answer = await dead(`${backend.url}/invitation/${'x'.repeat(43)}`)
    expect(answer.status).toBe(404)
    expect(answer.text).toContain('lang="es"')
    expect(answer.text).toContain('Este enlace no es válido')
  })

  test('opens nothing at the page of the other kind', async () => {
    const url = await link('invitation')
    expect((await show(url.replace('/invitation/', '/password/'))).status).toBe(404)
  })

  test('that has expired says so, in the language of whom it was for, and what to do', async () => {
    const url = await link('reset')
    await sql`update mail_links set expires_at = now()`.execute(backend.db)
    await sql`update users set language = 'pt-BR'`.execute(backend.db)
    const answer = await dead(url)
    expect(answer.status).toBe(410)
    expect(answer.text).toContain('Este link expirou')
    expect(answer.text).toContain('peça um novo link')
    expect((await submit(url)).status).toBe(410)
    expect(await signsIn(forgetful, password)).toBe(true)
  })

  test('is replaced by the next one', async () => {
    const first = await link('reset')
    const second = await link('reset')
    expect((await show(first)).status).toBe(410)
    expect((await show(second)).status).toBe(200)
  })

  test('of a deactivated account does nothing', async () => {
    const url = await link('reset')
    await sql`update users set state = 'deactivated' where email = ${forgetful}`.execute(backend.db)
    expect((await submit(url)).status).toBe(410)
  })

  test('is kept as its hash', async () => {
    const url = await link('reset')
    const { rows } = await sql<{ text: string }>`
      select l::text as text from mail_links l`.execute(backend.db)
    expect(rows[0]?.text).not.toContain(url.split('/').at(-1))
  })
})

describe('what was typed wrong', () => {
  test.each([
    ['a weak one', 'short', 'short', 'The password lacks: at least 8 characters'],
    ['none', '', '', 'at least 8 characters'],
    ['two that differ', next, 'Another-horse-8', 'The two passwords differ.'],
    ['a common one', 'Password1', 'Password1', 'one of the most common passwords'],
    ['their own address', 'Agent0@acme.test', 'x', 'cannot be your name or your e-mail'],
    ['one of 300', 'Aa1'.repeat(100), 'Aa1'.repeat(100), 'at most 128 characters'],
  ])('(%s) is told beside the field, and the link still works', async (_what, a, b, message) => {
    const url = await link('invitation')
    const answer = await submit(url, a, b)
    expect(answer.status).toBe(422)
    expect(answer.text).toContain(message)
    expect(answer.text).toContain('aria-invalid="true"')
    expect(answer.text.match(/autofocus/g)).toHaveLength(1)
    expect((await submit(url)).status).toBe(200)
  })

  test('a body that is no form is a form with nothing in it', async () => {
    const url = await link('invitation')
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"password":1}',
    })
    expect(answer.status).toBe(422)
  })

  test('a body that is too large, or of another kind, is refused with a page', async () => {
    const url = await link('invitation')
    const large = await submit(url, 'A'.repeat(20_000))
    expect(large.status).toBe(413)
    expect(large.text).toContain('<!doctype html>')
    const other = await fetch(url, { method: 'POST', headers: { 'content-type': 'text/xml' } })
    expect(other.status).toBe(415)
    expect((await submit(url)).status).toBe(200)
  })

  test('names are text, whatever they look like', async () => {
    await sql`update workspaces set name = '<img src=x onerror=alert(1)>"'`.execute(backend.db)
    const { text } = await show(await link('invitation'))
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;')
    expect(text).not.toContain('<img')
    await sql`update workspaces set name = 'acme'`.execute(backend.db)
  })
})

describe('every page', () => {
  test('allows no script, frame or other origin, and is not kept or referred to', async () => {
    for (const url of [await link('invitation'), `${backend.url}/password/nothing`]) {
      const { headers, text } = await show(url)
      const policy = headers.get('content-security-policy')
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("form-action 'self'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toMatch(/unsafe|script-src/)
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(text).not.toMatch(/<script|onload|javascript:/)
    }
  })
})

describe('in a real browser', () => {
  const open = async (options: BrowserContextOptions) => {
    const browser = await launchBrowser()
    onTestFinished(() => browser.close())
    const context = await browser.newContext(options)
    return context.newPage()
  }

  test('without script a person is invited, errs, and is in', async () => {
    const url = await link('invitation')
    const page = await open({ javaScriptEnabled: false })
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    await page.goto(url)
    expect(await page.title()).toBe('Choose your password · Atalaya')

    await page.getByLabel('Password', { exact: true }).fill(next)
    await page.getByLabel('Repeat the password').fill('Something-else-9')
    await page.getByRole('button', { name: 'Save the password' }).click()
    await page.getByText('The two passwords differ.').waitFor()
    await page.locator('#repeat:focus').waitFor()
    // The style is let in by its hash.
    expect(await page.locator('main').evaluate((main) => getComputedStyle(main).borderRadius)).toBe(
      '16px',
    )

    await page.getByLabel('Password', { exact: true }).fill(next)
    await page.getByLabel('Repeat the password').fill(next)
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Open Atalaya' }).waitFor()
    expect(complaints.filter((text) => !text.includes('422'))).toEqual([])
    expect(await signsIn(invited, next)).toBe(true)
  })

  test.each(['light', 'dark'] as const)('every page is accessible (%s)', async (colorScheme) => {
    const page = await open({ colorScheme, bypassCSP: true })
    const check = async () =>
      expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([])
    const url = await link('invitation')
    await page.goto(url)
    await check()
    await page.getByRole('button').click()
    await page.getByText('The password lacks').waitFor()
    await check()
    await page.getByLabel('Password', { exact: true }).fill(next)
    await page.getByLabel('Repeat the password').fill(next)
    await page.getByRole('button').click()
    await page.getByRole('link').waitFor()
    await check()
    await page.goto(url)
    await check()
  })
})
