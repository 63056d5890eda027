import { expectAccessible } from './axe.ts'
import { expect, fillSignIn, signIn, test } from './fixtures.ts'
import { words } from './words.ts'

for (const theme of ['light', 'dark'] as const)
  test(`every screen and dialog is accessible (${theme})`, async ({ desktop: { page } }) => {
    await page.getByRole('button', { name: words('preferences.title') }).click()
    await page.getByText(words(`preferences.themes.${theme}`)).click()
    await expectAccessible(page, 'preferences')
    await page.keyboard.press('Escape')
    await expectAccessible(page, 'sign in')
    await fillSignIn(page, 'owner@demo.test', 'Wrong-2026')
    await expect(page.getByText(words('problems.bad-credentials'))).toBeVisible()
    await expectAccessible(page, 'sign in, refused')

    await signIn(page, 'owner@demo.test')
    await expectAccessible(page, 'my account')
    await page.getByRole('button', { name: words('password.reset') }).click()
    await expectAccessible(page, 'change the password')
    await page.getByRole('button', { name: words('actions.save') }).click()
    await expectAccessible(page, 'change the password, refused')
    await page.getByRole('button', { name: words('actions.cancel') }).click()

    await page.getByRole('link', { name: words('security.workspace.title') }).click()
    await page.getByText('120', { exact: true }).click()
    await expectAccessible(page, 'workspace, unsaved')
    await page.locator('.user').click()
    await expectAccessible(page, 'menu of the person')
  })
