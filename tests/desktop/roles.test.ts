import type { Page } from '@playwright/test'
import { demoPassword } from '../../backend/db/seed.ts'
import { expect, shot, signIn, test, type } from './fixtures.ts'
import { words } from './words.ts'

const section = (page: Page, name: 'account' | 'workspace') =>
  page.getByRole('link', { name: words(`security.${name}.title`) })

/** Through the menu of the signed-in person, as they would do it. */
async function chooseTheme(page: Page, theme: 'light' | 'dark'): Promise<void> {
  await page.locator('.user').click()
  await page.getByText(words(`preferences.themes.${theme}`)).click()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
}

async function shotOfBothThemes(page: Page, name: string): Promise<void> {
  await chooseTheme(page, 'light')
  await shot(page, `${name}-light`)
  await chooseTheme(page, 'dark')
  await shot(page, `${name}-dark`)
}

test.describe('roles', () => {
  test('the owner sees both sections and changes the idle sign-out', async ({
    desktop: { page },
    database,
  }) => {
    await shot(page, 'sign-in')
    await signIn(page, 'owner@demo.test')
    await expect(page.getByText(words('roles.owner'), { exact: true })).toBeVisible()
    await expect(section(page, 'account')).toBeVisible()
    await shotOfBothThemes(page, 'owner-account')

    await section(page, 'workspace').click()
    await expect(page.getByText(words('idle-policy.never'))).toBeVisible()
    await shotOfBothThemes(page, 'owner-workspace')

    await type(page, words('idle-policy.minutes'), '121')
    await expect(
      page.getByText(words('idle-policy.errors.out-of-range', { min: 1, max: 120 })),
    ).toBeVisible()
    await type(page, words('idle-policy.minutes'), '45')
    await page.getByRole('button', { name: words('actions.save') }).click()
    await expect(page.getByText(words('idle-policy.saved'))).toBeVisible()

    const rows = await database.query('select idle_minutes from workspaces')
    expect(rows).toEqual([{ idle_minutes: 45 }])
    await shot(page, 'owner-workspace-saved')
  })

  test('the administrator sees both sections, and the change is written under their name', async ({
    desktop: { page },
  }) => {
    await signIn(page, 'admin@demo.test')
    await shotOfBothThemes(page, 'administrator-account')
    await section(page, 'workspace').click()
    await shotOfBothThemes(page, 'administrator-workspace')

    await page.getByText('15', { exact: true }).click()
    await page.getByRole('button', { name: words('actions.save') }).click()
    await expect(page.getByText(words('idle-policy.saved'))).toBeVisible()
    const name = await page.locator('.user__name').textContent()
    await expect(page.getByText(words('setting.changed', { by: name ?? '' }))).toBeVisible()
  })

  test('the agent has an account, no workspace section, and changes the password', async ({
    desktop: { page },
    openDesktop,
  }) => {
    const next = 'Otra-Clave-2027'
    await signIn(page, 'agent@demo.test')
    await expect(section(page, 'account')).toBeVisible()
    await expect(section(page, 'workspace')).toHaveCount(0)
    await shotOfBothThemes(page, 'agent-account')
    const elsewhere = await openDesktop()
    await signIn(elsewhere.page, 'agent@demo.test')

    await page.getByRole('button', { name: words('password.reset') }).click()
    await type(page, words('password.current'), demoPassword)
    await type(page, words('password.next'), next)
    await type(page, words('password.repeat'), next)
    await shot(page, 'agent-password')
    await page.getByRole('button', { name: words('actions.save') }).click()
    await expect(page.getByText(words('password.done'))).toBeVisible()
    await expect(page.getByText(words('time.now')).first()).toBeVisible()

    // The other session of the same person is over at once, and says why.
    await expect(elsewhere.page.getByText(words('sign-in.because.password-changed'))).toBeVisible()
    await signIn(elsewhere.page, 'agent@demo.test', next)
  })

  test('what a role does not have is refused by the backend when asked for anyway', async ({
    desktop: { page },
  }) => {
    await signIn(page, 'agent@demo.test')
    const reply = await page.evaluate(() =>
      window.atalaya.call('workspace.setIdle', { minutes: 5 }),
    )
    expect(reply).toMatchObject({ ok: false, problem: { type: 'urn:atalaya:problem:forbidden' } })
  })
})
