import { randomUUID } from 'node:crypto'
import { demoPassword } from '../../backend/db/seed.ts'
import { leaseTime } from '../../contract/idle.ts'
import { expect, signIn, test } from './fixtures.ts'

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
