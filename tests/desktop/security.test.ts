import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from '@playwright/test'
import { Webhook } from 'standardwebhooks'
import { demoPassword } from '../../backend/db/seed.ts'
import { finderTexts } from '../../backend/pages/finder-texts.ts'
import { expect, lineOf, settled, signIn, test } from './fixtures.ts'
import { button, fill, inBrowser, look, mailsTo } from './people.ts'
import { words } from './words.ts'

const openWorkspace = (page: Page) =>
  page.getByRole('link', { name: words('security.workspace.title') }).click()
const openAccount = (page: Page) =>
  page.getByRole('link', { name: words('security.account.title') }).click()
const heading = (page: Page, key: string) =>
  page.getByRole('heading', { name: words(key), exact: true })

/** The cards of the section, by role (the three “Vista de usuario” of the source page). */
const cards = {
  account: {
    owner: ['password.title', 'agent-mode.title', 'ownership.title'],
    administrator: ['password.title', 'agent-mode.title'],
    agent: ['password.title'],
  },
  workspace: {
    owner: ['finder.title', 'idle-policy.title', 'deletion.title'],
    administrator: ['finder.title', 'idle-policy.title'],
  },
}
const ownersOnly = ['ownership.title', 'deletion.title']

test('each role sees its cards of “Seguridad y permisos”, and no others', async ({
  openDesktop,
}) => {
  test.slow()
  for (const [email, role] of [
    ['owner@demo.test', 'owner'],
    ['admin@demo.test', 'administrator'],
    ['agent@demo.test', 'agent'],
  ] as const) {
    const { page } = await openDesktop()
    await signIn(page, email)
    for (const key of cards.account[role]) await expect(heading(page, key)).toBeVisible()
    const others = cards.account.owner.filter((key) => !cards.account[role].includes(key))
    for (const key of others) await expect(heading(page, key)).toHaveCount(0)
    if (role === 'agent') {
      await expect(page.getByRole('link', { name: words('security.workspace.title') })).toHaveCount(
        0,
      )
      continue
    }
    await openWorkspace(page)
    for (const key of cards.workspace[role]) await expect(heading(page, key)).toBeVisible()
    if (role !== 'owner')
      for (const key of ownersOnly) await expect(heading(page, key)).toHaveCount(0)
  }
})

test('agent mode reaches every desktop and the dialler, and goes off with its module', async ({
  openDesktop,
}) => {
  test.slow()
  const told: unknown[] = []
  let secret = ''
  const dialler = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      // Throws, and so answers nothing, where the signature is not ours.
      told.push(new Webhook(secret).verify(body, request.headers as Record<string, string>))
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => dialler.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(dialler.address() as AddressInfo).port}/atalaya`
  try {
    const [owner, admin] = [(await openDesktop()).page, (await openDesktop()).page]
    await signIn(owner, 'owner@demo.test')
    await openWorkspace(owner)
    await fill(owner, 'webhook.url', 'http://atalaya.example')
    await owner.keyboard.press('Enter')
    await expect(owner.getByText(words('webhook.address.scheme'))).toBeVisible()
    await fill(owner, 'webhook.url', url)
    await owner.keyboard.press('Enter')
    const shown = owner.getByRole('dialog')
    secret = await shown.getByLabel(words('webhook.secret.label'), { exact: true }).inputValue()
    expect(secret).toMatch(/^whsec_/)
    await look(owner, 'webhook-secret')
    await button(shown, 'actions.close').click()

    await signIn(admin, 'admin@demo.test')
    const own = admin.getByRole('switch', { name: words('agent-mode.switch') })
    await expect(own).not.toBeChecked()
    await own.click()
    await expect(admin.getByText(words('agent-mode.means.on'))).toBeVisible()
    await expect.poll(() => told.length, { timeout: 10_000 }).toBe(1)
    expect(told[0]).toMatchObject({
      type: 'agent-mode.changed',
      data: { users: [{ email: 'admin@demo.test', agentMode: true, attending: true }] },
    })
    await expect(owner.getByText(words('webhook.states.delivered'))).toBeVisible()
    await look(owner, 'webhook')

    // The module goes off: nobody attends, and the switch says why.
    const states = owner.getByRole('group', { name: words('modules.names.workspace') })
    await states.getByText(words('modules.states.inactive'), { exact: true }).click()
    await expect(admin.getByText(words('agent-mode.inactive.on'))).toBeVisible({ timeout: 2_000 })
    await expect(own).toBeDisabled()
    await expect
      .poll(() => told.at(-1))
      .toMatchObject({
        data: { module: 'inactive', users: [{ agentMode: true, attending: false }] },
      })
    await look(admin, 'agent-mode-inactive')
    await states.getByText(words('modules.states.active'), { exact: true }).click()
    await expect(admin.getByText(words('agent-mode.means.on'))).toBeVisible({ timeout: 2_000 })
  } finally {
    dialler.close()
    dialler.closeAllConnections()
  }
})

test('the ownership goes to an administrator by keyboard alone; both screens and mails say so', async ({
  openDesktop,
  backend,
  database,
}) => {
  test.slow()
  const [owner, admin] = [(await openDesktop()).page, (await openDesktop()).page]
  await signIn(owner, 'owner@demo.test')
  await signIn(admin, 'admin@demo.test')
  await expect(heading(admin, 'ownership.title')).toHaveCount(0)

  await button(owner, 'ownership.title').focus()
  await owner.keyboard.press('Enter')
  const dialog = owner.getByRole('dialog', { name: words('ownership.title') })
  await expect(dialog).toBeVisible()
  await settled(owner)
  // The role that is kept, then the person.
  await owner.keyboard.press('Space')
  await owner.keyboard.press('Tab')
  await owner.keyboard.type('echeverria', { delay: 20 })
  await expect(owner.getByRole('option', { name: /Tomás Echeverría/ })).toBeVisible()
  await look(owner, 'ownership-search')
  await owner.keyboard.press('ArrowDown')
  await owner.keyboard.press('Enter')
  await fill(dialog, 'password.current', 'Wrong-2026')
  const confirmation = dialog.getByLabel(
    words('ownership.confirmation', { email: 'admin@demo.test' }),
    { exact: true },
  )
  await confirmation.focus()
  await owner.keyboard.type('Admin@demo.test')
  await owner.keyboard.press('Enter')
  await expect(dialog.getByText(words('ownership.errors.confirmation'))).toBeVisible()
  await expect(confirmation).toBeFocused()
  await owner.keyboard.press('Control+A')
  await owner.keyboard.type('admin@demo.test')
  await owner.keyboard.press('Enter')
  await expect(dialog.getByText(words('problems.wrong-password'))).toBeVisible()
  await look(owner, 'ownership-refused')
  await owner.keyboard.press('Control+A')
  await owner.keyboard.type(demoPassword)
  await owner.keyboard.press('Enter')

  await expect(heading(admin, 'ownership.title')).toBeVisible({ timeout: 2_000 })
  await expect(owner.locator('.user__role')).toHaveText(words('roles.administrator'))
  await expect(button(owner, 'ownership.title')).toHaveCount(0)
  await look(owner, 'ownership-done')
  expect(
    await database.query("select email, role from users where role <> 'agent' order by email"),
  ).toEqual([
    { email: 'admin@demo.test', role: 'owner' },
    { email: 'owner@demo.test', role: 'administrator' },
  ])
  for (const email of ['owner@demo.test', 'admin@demo.test'])
    await expect.poll(() => mailsTo(backend.dataDir, email), { timeout: 15_000 }).toHaveLength(1)
})

test('a team is found by the public once it lets itself be found', async ({
  openDesktop,
  backend,
}) => {
  test.slow()
  const { page } = await openDesktop()
  const visitor = (await openDesktop()).page
  const finder = finderTexts.es

  await button(visitor, 'sign-in.finder.open').click()
  await fill(visitor, 'sign-in.finder.label', 'contact center')
  await expect(
    visitor.getByText(words('sign-in.finder.none', { query: 'contact center' })),
  ).toBeVisible()
  await look(visitor, 'finder-none')

  await signIn(page, 'admin@demo.test')
  await openWorkspace(page)
  await page.getByRole('switch', { name: words('finder.visible') }).click()
  await look(page, 'finder-preview')
  await button(page, 'actions.save').click()
  await expect(page.getByText(words('finder.saved-visible'))).toBeVisible()

  await fill(visitor, 'sign-in.finder.label', 'equipo@demo.test')
  await visitor.getByRole('button', { name: /Contact Center Demo/ }).click()
  await expect(visitor.getByLabel(words('sign-in.workspace'), { exact: true })).toHaveValue('demo')
  await inBrowser(`${backend.address}/finder?q=cóntact`, async (browser) => {
    await expect(browser.getByText('Contact Center Demo', { exact: true })).toBeVisible()
    await look(browser, 'finder-page')
    await browser.getByLabel(finder.query).fill('nadie así')
    await browser.getByRole('button', { name: finder.submit }).click()
    await expect(browser.getByText('Contact Center Demo')).toHaveCount(0)
  })
})

test('a lower idle limit says first whom it signs out now', async ({ openDesktop, database }) => {
  test.slow()
  const [owner, agent] = [(await openDesktop()).page, (await openDesktop()).page]
  await signIn(owner, 'owner@demo.test')
  await signIn(agent, 'agent@demo.test')
  await lineOf(owner, 'security.title').click()
  await openAccount(owner)
  await openWorkspace(owner)
  // Ten minutes pass for the agent, as the backend counts them.
  await database.query(
    `update sessions set last_activity_at = last_activity_at - interval '10 minutes'
     where user_id = (select id from users where email = 'agent@demo.test')`,
  )
  await owner.getByText('5', { exact: true }).click()
  await button(owner, 'actions.save').click()
  const dialog = owner.getByRole('dialog')
  await expect(dialog).toBeVisible()
  await look(owner, 'idle-effect')
  await button(dialog, 'actions.cancel').click()
  expect(await database.query('select idle_minutes from workspaces')).toEqual([
    { idle_minutes: 30 },
  ])

  await button(owner, 'actions.save').click()
  await owner.getByRole('dialog').locator('button[type=submit]').click()
  await expect(owner.getByText(words('idle-policy.saved'))).toBeVisible()
  await expect(agent.getByText(words('sign-in.because.idle'))).toBeVisible({ timeout: 15_000 })
})
