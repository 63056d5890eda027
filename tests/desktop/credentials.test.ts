import { texts } from '../../backend/pages/texts.ts'
import { expect, fillSignIn, test, enter, lineOf } from './fixtures.ts'
import { button, fill, inBrowser, leave, look, mailedLink, mailsTo, openUser } from './people.ts'
import { words } from './words.ts'

const pages = texts.es

const chooseInBrowser = (link: string, password: string) =>
  inBrowser(link, async (page) => {
    await look(page, `link-${new URL(link).pathname.split('/')[1] ?? ''}`)
    for (const label of [pages.password, pages.repeat])
      await page.getByLabel(label, { exact: true }).fill(password)
    await page.getByRole('button', { name: pages.submit }).click()
    await expect(page.getByRole('heading', { name: pages.done.title })).toBeVisible()
  })

test('a forgotten password is chosen anew through the mail, in any browser', async ({
  desktop: { page },
  backend,
}) => {
  test.slow()
  await button(page, 'sign-in.forgotten.open').click()
  await look(page, 'forgotten')
  await fill(page, 'sign-in.email', 'agent@demo.test')
  await button(page, 'sign-in.forgotten.send').click()
  const sent = words('sign-in.forgotten.sent', { email: 'agent@demo.test' })
  await expect(page.getByText(sent)).toBeVisible()
  await look(page, 'forgotten-sent')

  const link = await mailedLink(backend.dataDir, 'agent@demo.test')
  const next = 'Otra-Clave-2027'
  await chooseInBrowser(link, next)
  await button(page, 'sign-in.back').click()
  await enter(page, 'agent@demo.test', next)

  // Once is enough for a link.
  await inBrowser(link, async (browser) => {
    await expect(browser.getByRole('heading', { name: pages.dead.used.title })).toBeVisible()
    await expect(browser.getByRole('button')).toHaveCount(0)
  })
})

test('an address without an account gets the same answer, and no mail', async ({
  desktop: { page },
  backend,
}) => {
  for (const email of ['nobody@demo.test', 'owner@demo.test']) {
    await button(page, 'sign-in.forgotten.open').click()
    await fill(page, 'sign-in.email', email)
    await button(page, 'sign-in.forgotten.send').click()
    await expect(page.getByText(words('sign-in.forgotten.sent', { email }))).toBeVisible()
    await button(page, 'sign-in.back').click()
  }
  await mailedLink(backend.dataDir, 'owner@demo.test')
  expect(await mailsTo(backend.dataDir, 'nobody@demo.test')).toEqual([])
})

test('an invitation is taken up in a browser, and the account is the person’s', async ({
  openDesktop,
  backend,
}) => {
  test.slow()
  const { page } = await openDesktop()
  await enter(page, 'owner@demo.test')
  await lineOf(page, 'users.title').click()
  await button(page, 'users.create.action').click()
  const dialog = page.getByRole('dialog')
  await fill(dialog, 'users.columns.name', 'Ximena Robles')
  await fill(dialog, 'users.columns.email', 'ximena@demo.test')
  await button(dialog, 'users.create.do').click()
  const invited = words('users.create.invited', { email: 'ximena@demo.test' })
  await expect(dialog.getByText(invited)).toBeVisible()
  await button(dialog, 'actions.close').click()

  const link = await mailedLink(backend.dataDir, 'ximena@demo.test')
  await chooseInBrowser(link, 'Primera-Clave-2027')
  const other = await openDesktop()
  await enter(other.page, 'ximena@demo.test', 'Primera-Clave-2027')
  await expect(other.page.getByText(words('roles.agent'), { exact: true })).toBeVisible()
  const panel = await openUser(page, 'Ximena Robles')
  await expect(panel.getByText(words('users.states.active'), { exact: true })).toBeVisible()
})

test('a user with a one-time password has to change it, and then sees only their own things', async ({
  openDesktop,
}) => {
  test.slow()
  const owner = await openDesktop()
  await enter(owner.page, 'owner@demo.test')
  await lineOf(owner.page, 'users.title').click()
  await look(owner.page, 'users')
  await button(owner.page, 'users.create.action').click()
  const dialog = owner.page.getByRole('dialog')
  await fill(dialog, 'users.columns.name', 'Ximena Robles')
  await fill(dialog, 'users.columns.email', 'ximena@demo.test')
  await dialog.getByText(words('users.create.one-time-password'), { exact: true }).click()
  await look(owner.page, 'user-create')
  await button(dialog, 'users.create.do').click()
  const given = dialog.getByRole('textbox', { name: words('users.password.label'), exact: true })
  await expect(given).toBeVisible()
  const password = await given.inputValue()
  await look(owner.page, 'user-one-time-password')
  await button(dialog, 'actions.close').click()

  const user = await openDesktop()
  const { page } = user
  await fillSignIn(page, 'ximena@demo.test', password)
  await expect(page.getByRole('heading', { name: words('password.first.title') })).toBeVisible()
  await look(user.page, 'password-first')
  // Nothing else is answered, whatever the page asks for.
  const reply = await page.evaluate(() => window.atalaya.call('account.permissions', {}))
  expect(reply).toMatchObject({
    ok: false,
    problem: { type: 'urn:atalaya:problem:password-change-needed' },
  })

  const next = 'Elegida-Por-Ella-27'
  await fill(page, 'password.one-time', password)
  await fill(page, 'password.next', next)
  await fill(page, 'password.repeat', next)
  await button(page, 'password.choose').click()
  await expect(page.locator('.user')).toBeVisible()
  await expect(lineOf(page, 'security.title')).toBeVisible()
  for (const title of ['users.title', 'profiles.title', 'licences.title'])
    await expect(lineOf(page, title)).toHaveCount(0)

  await leave(page)
  await fillSignIn(page, 'ximena@demo.test', password)
  await expect(page.getByText(words('problems.bad-credentials'))).toBeVisible()
  await enter(page, 'ximena@demo.test', next)
})
