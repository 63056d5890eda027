import { AxeBuilder } from '@axe-core/playwright'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { addWorkspace, startTestBackend, type TestBackend, trySignIn } from '../support/backend.ts'
import { launchBrowser } from '../support/browser.ts'
import { deleteWorkspace, endDays } from '../support/deletion.ts'
import { linkIn, type MailServer, startMailServer } from '../support/mails.ts'
import { eventually } from '../support/eventually.ts'

let backend: TestBackend
let mails: MailServer
let link: string
let turn = 0
beforeAll(async () => {
  mails = await startMailServer()
  backend = await startTestBackend({ settings: { SMTP_URL: mails.url } })
})
afterAll(async () => {
  await backend.close()
  await mails.close()
})
beforeEach(async () => {
  link = `team${(turn += 1)}`
  await addWorkspace(backend.db, { link })
})

const mailed = async (subject: RegExp) => {
  const to = `owner@${link}.test`
  return eventually(() => {
    const mail = mails.received.findLast(
      (it) => it.to?.[0]?.address === to && subject.test(it.subject ?? ''),
    )
    if (!mail) throw new Error('no mail yet')
    return mail
  })
}

/** Deletes the workspace; answers the address that its owner is mailed. */
async function mailedLink(language = 'en'): Promise<string> {
  await sql`update users set language = ${language}`.execute(backend.db)
  await deleteWorkspace(backend.url, link)
  return linkIn(await mailed(/./))
}

const visit = async (url: string, method = 'GET') => {
  const answer = await fetch(url, { method, headers: { 'accept-language': 'es' } })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}
const signsIn = async () =>
  (await trySignIn(backend.url, { workspace: link, email: `agent@${link}.test` })).status === 200

describe('the link in the mail', () => {
  test('shows what is going to happen, and recovers when one says so, once', async () => {
    const url = await mailedLink()
    const mail = await mailed(/is being deleted/)
    const { deletes_at: at } = await backend.db
      .selectFrom('workspaces')
      .select('deletes_at')
      .where('link', '=', link)
      .executeTakeFirstOrThrow()
    const date = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' })
    expect(mail.text).toContain(date.format(at ?? 0))

    for (let look = 0; look < 2; look += 1) {
      const page = await visit(url)
      expect(page.status).toBe(200)
      expect(page.text).toContain(link)
      expect(page.text).toContain(date.format(at ?? 0))
      expect(page.text).not.toMatch(/<script|javascript:/)
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    }
    expect(await signsIn()).toBe(false)

    expect(await visit(url, 'POST')).toMatchObject({ status: 200 })
    expect(await signsIn()).toBe(true)
    await mailed(/was recovered/)
    for (const method of ['GET', 'POST']) {
      const page = await visit(url, method)
      expect(page.status).toBe(410)
      expect(page.text).toContain('sign in in the app')
    }
  })

  test('in two tabs at once recovers once', async () => {
    const url = await mailedLink()
    const pages = await Promise.all([visit(url, 'POST'), visit(url, 'POST')])
    expect(pages.map(({ status }) => status).sort()).toEqual([200, 410])
  })

  test.each([
    ['es', 'Recuperar el equipo de trabajo'],
    ['pt-BR', 'Recuperar o espaço de trabalho'],
  ])('speaks the language of the owner (%s)', async (language, title) => {
    const url = await mailedLink(language)
    expect((await mailed(/./)).text).toContain(title)
    const { text } = await visit(url)
    expect(text).toContain(`lang="${language}"`)
    expect(text).toContain(title)
  })

  test('of an earlier deletion does not take the next one back', async () => {
    const first = await mailedLink()
    await visit(first, 'POST')
    await deleteWorkspace(backend.url, link)
    expect((await visit(first, 'POST')).status).toBe(410)
    expect(await signsIn()).toBe(false)
  })

  test('works for as long as there is something to recover, whatever the clock was set to', async () => {
    const url = await mailedLink()
    await sql`update mail_links set expires_at = now() - interval '1 day'`.execute(backend.db)
    await sql`update workspaces set deletes_at = now() - interval '1 day' where link = ${link}`.execute(
      backend.db,
    )
    expect((await visit(url)).status).toBe(200)
    expect((await visit(url, 'POST')).status).toBe(200)
  })

  test('is dead once the time is up, and unknown once all is erased', async () => {
    const url = await mailedLink()
    await backend.db.transaction().execute(async (tx) => {
      await tx.selectFrom('audit').selectAll().forUpdate().execute()
      await endDays(backend.db, link)
      for (const method of ['GET', 'POST']) {
        const page = await visit(url, method)
        expect(page.status).toBe(410)
        expect(page.text).toContain('cannot be recovered')
      }
    })
    await vi.waitFor(async () => expect((await visit(url)).status).toBe(404), 15_000)
    expect((await visit(url)).text).toContain('no se puede recuperar')
  })

  test('is nowhere in the log', async () => {
    const url = await mailedLink()
    await visit(url, 'POST')
    const log = backend.log.join('')
    expect(log).toContain('/recovery/…')
    expect(log).not.toContain(url.split('/').at(-1))
  })
})

describe('in a real browser', () => {
  test.each(['light', 'dark'] as const)('it is accessible (%s)', async (colorScheme) => {
    const url = await mailedLink()
    const browser = await launchBrowser()
    onTestFinished(() => browser.close())
    const context = await browser.newContext({ colorScheme, bypassCSP: true })
    const page = await context.newPage()
    const check = async () =>
      expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([])
    await page.goto(url)
    await check()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Open Atalaya' }).waitFor()
    await check()
    await page.goto(url)
    await page.getByText('This link does not work any more').first().waitFor()
    await check()
    expect(await signsIn()).toBe(true)
  })
})
