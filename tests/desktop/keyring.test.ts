import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Desktop, expect, type OpenDesktop, signIn } from './fixtures.ts'
import { type Keyring, test } from './keyring.ts'
import { leave } from './people.ts'
import { words } from './words.ts'

/** D1: however the keyring behaves. */
async function closesAtOnce(desktop: Desktop): Promise<void> {
  const before = Date.now()
  await desktop.close()
  expect(Date.now() - before).toBeLessThan(3000)
}

/** What the installation knows of its entry in the keychain. */
const keychainMarker = ({ userData }: Desktop) =>
  /"keychain": "(\w+)"/.exec(readFileSync(join(userData, 'state.json'), 'utf8'))?.[1]

const notice = ({ page }: Desktop) => page.getByText(words('notice.keychain-unavailable'))

async function works({ page }: Desktop): Promise<void> {
  await page.getByRole('link', { name: words('security.workspace.title') }).click()
  await expect(page.getByText(words('idle-policy.never'))).toBeVisible()
}

/** What may be wrong with a keyring that held a session. */
const troubles: Record<string, (keyring: Keyring) => unknown> = {
  'is locked, and nobody answers its question': (it) => it.lock(),
  hangs: (it) => it.freeze(),
  'was killed': (it) => it.kill(),
  'is not there': (it) => (it.env.DBUS_SESSION_BUS_ADDRESS = 'unix:path=/nonexist'),
}

async function keptSession(openDesktop: OpenDesktop, { env }: Keyring): Promise<Desktop> {
  const desktop = await openDesktop({ env })
  await signIn(desktop.page, 'owner@demo.test')
  await expect.poll(() => desktop.isKept()).toBe(true)
  return desktop
}

/** The app after a start that could not read its session: the person signs in by hand, and works. */
async function startsWithoutIt(desktop: Desktop): Promise<void> {
  const { page } = desktop
  const signInHeading = page.getByRole('heading', { name: words('sign-in.title') })
  await expect(signInHeading).toBeVisible({ timeout: 10_000 })
  await expect(notice(desktop)).toBeVisible()
  await page
    .getByRole('complementary', { name: words('notice.label') })
    .getByRole('button', { name: words('actions.close') })
    .click()
  await signIn(page, 'owner@demo.test')
  await works(desktop)
}

test.describe('a keyring', () => {
  test('that is locked at sign-in: the person is told, can work, and the app closes at once', async ({
    openDesktop,
    keyring,
  }) => {
    keyring.lock()
    const desktop = await openDesktop({ env: keyring.env })
    await signIn(desktop.page, 'owner@demo.test')
    await expect(notice(desktop)).toBeVisible({ timeout: 10_000 })
    await works(desktop)
    await closesAtOnce(desktop)
  })

  for (const [trouble, cause] of Object.entries(troubles))
    test(`that ${trouble} at a start: the person is told, signs in, works, and the app closes at once`, async ({
      openDesktop,
      keyring,
    }) => {
      const { userData, close } = await keptSession(openDesktop, keyring)
      await close()
      await cause(keyring)

      const desktop = await openDesktop({ userData, env: keyring.env })
      await startsWithoutIt(desktop)
      await closesAtOnce(desktop)
    })

  test('whose question is cancelled: the person is told, signs in, works, and the app closes at once', async ({
    openDesktop,
    keyring,
  }) => {
    const { userData, close } = await keptSession(openDesktop, keyring)
    await close()
    keyring.lock()
    const cancelled = keyring.cancelQuestions()

    const desktop = await openDesktop({ userData, env: keyring.env })
    await startsWithoutIt(desktop)
    expect(cancelled()).toBeGreaterThan(0)
    await closesAtOnce(desktop)
  })

  test('that hangs while somebody is signed in holds up neither the sign-out nor the end of the app', async ({
    openDesktop,
    keyring,
  }) => {
    const desktop = await keptSession(openDesktop, keyring)
    keyring.freeze()
    await leave(desktop.page)
    const signInHeading = desktop.page.getByRole('heading', { name: words('sign-in.title') })
    await expect(signInHeading).toBeVisible()
    expect(desktop.isKept()).toBe(false)
    expect(keychainMarker(desktop)).toBe('purge')
    await closesAtOnce(desktop)

    // It could not be removed from the keyring. The next start does that, and does not take it up.
    keyring.thaw()
    const next = await openDesktop({ userData: desktop.userData, env: keyring.env })
    await expect(next.page.getByRole('heading', { name: words('sign-in.title') })).toBeVisible()
    await expect.poll(() => keychainMarker(next)).toBe('empty')
  })

  test('that was restarted is used again, by the same window and by the next', async ({
    openDesktop,
    keyring,
  }) => {
    const first = await keptSession(openDesktop, keyring)
    await keyring.restart()
    await leave(first.page)
    await signIn(first.page, 'owner@demo.test')
    await expect.poll(() => first.isKept()).toBe(true)
    await expect(notice(first)).toHaveCount(0)
    await closesAtOnce(first)

    const { page } = await openDesktop({ userData: first.userData, env: keyring.env })
    await expect(page.locator('.user')).toBeVisible({ timeout: 10_000 })
  })
})
