import { setTimeout as delay } from 'node:timers/promises'
import { startBackendProcess } from '../support/backend-process.ts'
import { expect, shot, signIn, test, type } from './fixtures.ts'
import { words } from './words.ts'

const workspaceSection = words('security.workspace.title')
const minutes = words('idle-policy.minutes')

test.describe('live', () => {
  test('a change of the policy reaches another desktop, on another backend process, in under 2 s', async ({
    openDesktop,
    database,
    backend,
  }) => {
    expect(backend.address).not.toBe('')
    const other = await startBackendProcess(database.url)
    try {
      const owner = (await openDesktop()).page
      const admin = (await openDesktop({ backend: other.address })).page
      await signIn(owner, 'owner@demo.test')
      await signIn(admin, 'admin@demo.test')
      for (const page of [owner, admin])
        await page.getByRole('link', { name: workspaceSection }).click()

      await type(owner, minutes, '7')
      await owner.getByRole('button', { name: words('actions.save') }).click()
      const saved = Date.now()
      await expect(admin.getByRole('textbox', { name: minutes })).toHaveValue('7', {
        timeout: 2000,
      })
      expect(Date.now() - saved).toBeLessThan(2000)
    } finally {
      await other.stop()
    }
  })

  test('a backend that is gone for a minute costs no session and no step by hand', async ({
    desktop: { page },
    backend,
  }) => {
    test.setTimeout(180_000)
    await signIn(page, 'owner@demo.test')
    await page.getByRole('link', { name: workspaceSection }).click()
    const state = (name: string) =>
      page.getByRole('status').filter({ hasText: words(`connection.${name}`) })
    await expect(state('online')).toBeVisible()

    await backend.stop()
    await expect(state('reconnecting').or(state('offline'))).toBeVisible()
    await delay(45_000)
    await expect(state('offline')).toBeVisible()
    await shot(page, 'offline')
    await delay(15_000)
    await backend.start()

    await expect(state('online')).toBeVisible({ timeout: 45_000 })
    await type(page, minutes, '20')
    await page.getByRole('button', { name: words('actions.save') }).click()
    await expect(page.getByText(words('idle-policy.saved'))).toBeVisible()
  })
})
