import { randomUUID } from 'node:crypto'
import { demoPassword } from '../../backend/db/seed.ts'
import { leaseTime } from '../../contract/idle.ts'
import { expect, fillSignIn, shot, signIn, test } from './fixtures.ts'
import { words } from './words.ts'

/** A sign-in without a window; answers the status. */
async function signInStatus(address: string, email: string): Promise<number> {
  const device = { id: randomUUID(), name: 'test', platform: 'linux', version: '0' }
  const { status } = await fetch(`${address}/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ workspace: 'demo', email, password: demoPassword, device }),
  })
  return status
}

test.describe('seats', () => {
  test.beforeEach(async ({ backend, database }) => {
    expect(backend.address).not.toBe('')
    await database.query('update workspaces set licences = 1')
  })

  test('one person too many is refused in words, and admitted when a seat is free', async ({
    openDesktop,
  }) => {
    const first = await openDesktop()
    const second = await openDesktop()
    await signIn(first.page, 'owner@demo.test')
    await fillSignIn(second.page, 'admin@demo.test', demoPassword)
    await expect(second.page.getByText(words('problems.no-seat', { licences: 1 }))).toBeVisible()
    await shot(second.page, 'no-seat')

    await first.page.locator('.user').click()
    await first.page.getByRole('button', { name: words('session.sign-out') }).click()
    await expect(first.page.getByText(words('sign-in.because.signed-out'))).toBeVisible()
    await expect(async () => {
      await second.page.getByRole('button', { name: words('sign-in.submit') }).click()
      await expect(second.page.getByRole('heading', { name: words('security.title') })).toBeVisible(
        { timeout: 2000 },
      )
    }).toPass()
  })

  test('the seat of a killed workstation is free within 90 s', async ({ desktop, backend }) => {
    test.setTimeout(leaseTime + 60_000)
    await signIn(desktop.page, 'owner@demo.test')
    expect(await signInStatus(backend.address, 'admin@demo.test')).toBe(409)
    await desktop.kill()
    const since = Date.now()

    await expect
      .poll(() => signInStatus(backend.address, 'admin@demo.test'), {
        intervals: [1000],
        timeout: leaseTime + 5000,
      })
      .toBe(200)
    expect(Date.now() - since).toBeLessThan(leaseTime + 2000)
  })
})
