import { setTimeout as delay } from 'node:timers/promises'
import { expect, shot, signIn, test } from './fixtures.ts'
import { words } from './words.ts'

test.describe('resume', () => {
  test('a restart of the app goes on with the session, and needs no second one', async ({
    openDesktop,
    database,
  }) => {
    const first = await openDesktop()
    await signIn(first.page, 'owner@demo.test')
    await expect.poll(() => first.isKept()).toBe(true)
    await first.close()

    const { page } = await openDesktop({ userData: first.userData })
    await expect(page.locator('.user')).toBeVisible()
    expect(await database.query('select ended_at from sessions')).toEqual([{ ended_at: null }])
  })

  test('a session that passed its idle deadline while the app was closed is not taken up', async ({
    openDesktop,
    database,
  }) => {
    test.setTimeout(150_000)
    const first = await openDesktop()
    await database.query('update workspaces set idle_minutes = 1')
    await signIn(first.page, 'owner@demo.test')
    await expect.poll(() => first.isKept()).toBe(true)
    await first.kill()
    await delay(62_000)

    const second = await openDesktop({ userData: first.userData })
    await expect(second.page.getByText(words('sign-in.because.idle'))).toBeVisible()
    await expect.poll(() => second.keychainEntry()).toBeNull()
  })

  test('without a keychain the person is told once and can work; a restart signs out', async ({
    openDesktop,
  }) => {
    const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexist' }
    const first = await openDesktop({ env })
    await signIn(first.page, 'owner@demo.test')
    const notice = first.page.getByText(words('notice.keychain-unavailable'))
    await expect(notice).toHaveCount(1)
    await shot(first.page, 'no-keychain')
    await first.page
      .getByRole('complementary', { name: words('notice.label') })
      .getByRole('button', { name: words('actions.close') })
      .click()
    await expect(notice).toHaveCount(0)
    await first.page.getByRole('link', { name: words('security.workspace.title') }).click()
    await expect(first.page.getByText(words('idle-policy.never'))).toBeVisible()
    await expect(notice).toHaveCount(0)
    await first.close()

    const second = await openDesktop({ userData: first.userData, env })
    await expect(second.page.getByRole('heading', { name: words('sign-in.title') })).toBeVisible()
  })
})
