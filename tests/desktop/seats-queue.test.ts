import { demoPassword } from '../../backend/db/seed.ts'
import { expect, fillSignIn, test, enter } from './fixtures.ts'
import { button, counted, leave, look } from './people.ts'
import { words } from './words.ts'

test.describe('at the limit of the licences', () => {
  test.slow()

  test.beforeEach(async ({ backend, database }) => {
    expect(backend.address).not.toBe('')
    await database.query('update workspaces set licences = 1')
  })

  test('an agent waits, and enters without a hand when a seat is free', async ({ openDesktop }) => {
    const first = await openDesktop()
    const second = await openDesktop()
    await enter(first.page, 'admin@demo.test')
    await fillSignIn(second.page, 'agent@demo.test', demoPassword)
    await expect(second.page.getByText(counted('sign-in.full.count', 1))).toBeVisible()
    await expect(second.page.getByText(words('sign-in.full.holders'))).toHaveCount(0)
    await look(second.page, 'seats-full')

    await button(second.page, 'sign-in.full.wait').click()
    await expect(second.page.getByText(words('sign-in.full.place', { place: 1 }))).toBeVisible()
    await look(second.page, 'seats-waiting')
    const shown = await second.page.evaluate(() => window.atalaya.call('app.start', {}))
    expect(JSON.stringify(shown)).not.toContain('ticket"')

    await leave(first.page)
    await expect(second.page.locator('.user')).toBeVisible()
    await expect(second.page.getByText(words('roles.agent'), { exact: true })).toBeVisible()
  })

  test('a wait that is given up leaves its place to the next', async ({
    openDesktop,
    database,
  }) => {
    const [first, second, third] = [await openDesktop(), await openDesktop(), await openDesktop()]
    await enter(first.page, 'admin@demo.test')
    await fillSignIn(second.page, 'agent@demo.test', demoPassword)
    await button(second.page, 'sign-in.full.wait').click()
    await expect(second.page.getByText(words('sign-in.full.place', { place: 1 }))).toBeVisible()
    await fillSignIn(third.page, 'diego.quintana@demo.test', demoPassword)
    await button(third.page, 'sign-in.full.wait').click()
    await expect(third.page.getByText(words('sign-in.full.place', { place: 2 }))).toBeVisible()

    // Closing the window is enough.
    await second.close()
    await expect(third.page.getByText(words('sign-in.full.place', { place: 1 }))).toBeVisible()
    await button(third.page, 'sign-in.full.stop').click()
    await expect(button(third.page, 'sign-in.submit')).toBeVisible()
    await expect
      .poll(() => database.query('select id from seat_tickets'), { timeout: 5_000 })
      .toEqual([])
  })

  test('the owner ends a session and enters in its place; the other learns who and why', async ({
    openDesktop,
  }) => {
    const agent = await openDesktop()
    const owner = await openDesktop()
    await enter(agent.page, 'agent@demo.test')
    await fillSignIn(owner.page, 'owner@demo.test', demoPassword)
    await expect(owner.page.getByText(words('sign-in.full.holders'))).toBeVisible()
    await look(owner.page, 'seats-holders')

    await button(owner.page, 'sign-in.full.take-of', { name: 'Lucía Navarrete' }).click()
    const question = owner.page.getByRole('dialog')
    await look(owner.page, 'seats-take')
    await button(question, 'sign-in.full.take').click()
    await expect(owner.page.locator('.user')).toBeVisible()
    await expect(
      agent.page.getByText(words('sign-in.because.seat-taken', { by: 'Beatriz Salvatierra' })),
    ).toBeVisible()
  })
})
