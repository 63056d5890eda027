import { expect, fillSignIn, signIn, test, type } from './fixtures.ts'
import { demoPassword } from '../../backend/db/seed.ts'
import { words } from './words.ts'

test.describe('sign in', () => {
  test('an unknown e-mail and a wrong password get the same answer', async ({
    desktop: { page },
  }) => {
    for (const email of ['nobody@demo.test', 'owner@demo.test']) {
      await fillSignIn(page, email, 'Wrong-2026')
      await expect(page.getByText(words('problems.bad-credentials'))).toBeVisible()
    }
  })

  test('a workspace that does not exist is said at its field', async ({ desktop: { page } }) => {
    await type(page, words('sign-in.workspace'), 'no-such-team')
    await fillSignIn(page, 'owner@demo.test', demoPassword)
    await expect(page.getByText(words('problems.workspace-not-found'))).toBeVisible()
    await expect(page.getByLabel(words('sign-in.workspace'), { exact: true })).toBeFocused()
  })

  test('works with the keyboard alone', async ({ desktop: { page } }) => {
    await expect(page.getByLabel(words('sign-in.email'), { exact: true })).toBeFocused()
    await page.keyboard.type('agent@demo.test')
    await page.keyboard.press('Tab')
    await page.keyboard.type(demoPassword)
    await page.keyboard.press('Enter')
    await expect(page.locator('.user')).toBeVisible()
  })

  test('a session ended by the person can be followed by another person’s', async ({
    desktop: { page },
  }) => {
    await signIn(page, 'owner@demo.test')
    await page.locator('.user').click()
    await page.getByRole('button', { name: words('session.sign-out') }).click()
    await expect(page.getByText(words('sign-in.because.signed-out'))).toBeVisible()
    await signIn(page, 'agent@demo.test')
    await expect(page.getByText(words('roles.agent'), { exact: true })).toBeVisible()
  })
})
