import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Locator, type Page } from '@playwright/test'
import PostalMime from 'postal-mime'
import { launchBrowser } from '../support/browser.ts'
import { expectAccessible } from './axe.ts'
import { shot } from './fixtures.ts'
import { words } from './words.ts'

export async function leave(page: Page): Promise<void> {
  await page.locator('.user').click()
  await page.getByRole('button', { name: words('session.sign-out') }).click()
}

export const button = (within: Page | Locator, key: string, values = {}) =>
  within.getByRole('button', { name: words(key, values), exact: true })

/** The words for a number: none, one, many, as the window chooses them. */
export function counted(key: string, n: number): string {
  const forms = words(key, { n }).split(' | ')
  return forms[Math.min(n, forms.length - 1)] ?? ''
}

/** Writes into a field of a form, as a person does. */
export async function fill(within: Page | Locator, label: string, text: string): Promise<void> {
  const field = within.getByLabel(words(label), { exact: true }).and(within.locator('input'))
  await field.click()
  await field.press('Control+A')
  await field.pressSequentially(text)
}

/** The line of a user in the table, which shows only a part of all. */
export async function findUser(page: Page, name: string): Promise<Locator> {
  await fill(page, 'users.search', name)
  const row = page.getByRole('row').filter({ has: page.getByText(name, { exact: true }) })
  await expect(page.getByText(counted('users.count', 1), { exact: true }).first()).toBeVisible()
  return row
}

/** Opens a user above the table. */
export async function openUser(page: Page, name: string): Promise<Locator> {
  const row = await findUser(page, name)
  await row.getByText(name, { exact: true }).click()
  // Not by name, which may change while it is open.
  const panel = page.getByRole('dialog').first()
  await expect(panel.getByRole('heading', { name })).toBeVisible()
  await expect(panel.getByText(words('users.tabs.details'), { exact: true })).toBeVisible()
  return panel
}

/** What is shown, in both themes: kept as pictures, and looked at by axe. */
export async function look(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    // The page follows the system's as long as nobody chose one.
    await page.emulateMedia({ colorScheme })
    await shot(page, `${name}-${colorScheme}`)
    await expectAccessible(page, `${name}, ${colorScheme}`)
  }
}

/** The texts of the mails to an address that a backend kept, newest first. */
export async function mailsTo(dataDir: string, to: string): Promise<string[]> {
  const outbox = join(dataDir, 'outbox')
  const files = (await readdir(outbox)).filter((it) => it.endsWith('.eml')).sort()
  const mails = await Promise.all(
    files.reverse().map(async (it) => PostalMime.parse(await readFile(join(outbox, it)))),
  )
  return mails
    .filter((mail) => mail.to?.some(({ address }) => address === to))
    .map(({ text = '' }) => text)
}

/** The link in the newest mail to an address, once there is one. */
export async function mailedLink(dataDir: string, to: string): Promise<string> {
  let link = ''
  await expect(async () => {
    const [mail = ''] = await mailsTo(dataDir, to)
    link = /https?:\/\/\S+/.exec(mail)?.[0] ?? ''
    expect(link).not.toBe('')
  }).toPass({ timeout: 15_000 })
  return link
}

/** Opens a link in a browser that has nothing to do with us. */
export async function inBrowser(link: string, visit: (page: Page) => Promise<void>): Promise<void> {
  const browser = await launchBrowser()
  try {
    const page = await browser.newPage({
      viewport: { width: 1280, height: 720 },
      locale: 'es-ES',
    })
    page.setDefaultTimeout(10_000)
    await page.goto(link)
    await visit(page)
  } finally {
    await browser.close()
  }
}
