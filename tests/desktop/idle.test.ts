import { setTimeout as delay } from 'node:timers/promises'
import type { Locator } from '@playwright/test'
import { expectAccessible } from './axe.ts'
import { type Desktop, expect, shot, signIn, test } from './fixtures.ts'
import { words } from './words.ts'

// No fake clock: the limit is the smallest there is, and the window is left alone.
const limit = 60_000
/** What a report, a sweep and a slow machine may add, ms. */
const slack = 15_000

interface Row {
  ended_cause: string | null
  /** Seconds between sign-in and end. */
  lived: number
}
const endOfSession = `select ended_cause, extract(epoch from ended_at - created_at)::float as lived from sessions`

/** The process that draws the page. */
const rendererOf = ({ app }: Desktop) =>
  app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId(),
  )

async function boxOf(element: Locator) {
  const box = await element.boundingBox()
  if (!box) throw new Error('It is not on the screen')
  return box
}

test.describe('idle sign-out', () => {
  test.beforeEach(async ({ backend, database }) => {
    // The backend has made the table by now.
    expect(backend.address).not.toBe('')
    await database.query('update workspaces set idle_minutes = 1')
  })

  test('warns, then ends the session here, on the backend and in the keychain', async ({
    desktop,
    database,
  }) => {
    test.setTimeout(150_000)
    const { page } = desktop
    await signIn(page, 'owner@demo.test')
    const since = Date.now()
    await expect.poll(() => desktop.keychainEntry()).not.toBeNull()

    const warning = page.getByRole('alertdialog', { name: words('idle.title') })
    await expect(warning).toBeVisible({ timeout: limit })
    expect(Date.now() - since).toBeGreaterThan(limit / 2)
    await expect(page.getByRole('button', { name: words('idle.stay') })).toBeFocused()
    await shot(page, 'idle-warning')
    await expectAccessible(page, 'the warning')

    await expect(page.getByText(words('sign-in.because.idle'))).toBeVisible({ timeout: limit })
    expect(Date.now() - since).toBeGreaterThan(limit - 5000)
    expect(Date.now() - since).toBeLessThan(limit + slack)
    await shot(page, 'idle-signed-out')

    await expect.poll(() => desktop.keychainEntry()).toBeNull()
    await expect
      .poll(() => database.query(endOfSession))
      .toEqual([{ ended_cause: 'idle', lived: expect.any(Number) }])
  })

  test('“Seguir conectado” takes the warning away and keeps the session', async ({
    desktop: { page },
    database,
  }) => {
    test.setTimeout(150_000)
    await signIn(page, 'agent@demo.test')
    const stay = page.getByRole('button', { name: words('idle.stay') })
    await expect(stay).toBeVisible({ timeout: limit })
    const { x, y, width, height } = await boxOf(stay)
    // By the mouse itself: at the press main takes the button away, which `stay.click()` calls a failure.
    await page.mouse.click(x + width / 2, y + height / 2)
    await expect(stay).toHaveCount(0)

    // Past the deadline that the click moved.
    await delay(25_000)
    await expect(page.getByRole('heading', { name: words('security.title') })).toBeVisible()
    expect(await database.query(endOfSession)).toEqual([{ ended_cause: null, lived: null }])
  })

  test('ends in time although the renderer was killed right after sign-in', async ({
    desktop,
    database,
  }) => {
    test.setTimeout(150_000)
    await signIn(desktop.page, 'owner@demo.test')
    await expect.poll(() => desktop.keychainEntry()).not.toBeNull()
    const pid = await rendererOf(desktop)
    process.kill(Number(pid), 'SIGKILL')

    await expect
      .poll(async () => (await database.query<Row>(endOfSession))[0]?.ended_cause, {
        timeout: limit + slack,
      })
      .toBe('idle')
    const [row] = await database.query<Row>(endOfSession)
    expect(row?.lived).toBeLessThan((limit + slack) / 1000)
    await expect.poll(() => desktop.keychainEntry()).toBeNull()
  })
})
