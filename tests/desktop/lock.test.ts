import { demoPassword } from '../../backend/db/seed.ts'
import { expectAccessible } from './axe.ts'
import { enter, expect, lineOf, shot, test, type } from './fixtures.ts'
import { button, fill, openUser } from './people.ts'
import { words } from './words.ts'

test.describe('locking', () => {
  test('takes everything from the screen, and gives it back to the same person alone', async ({
    desktop,
    database,
  }) => {
    test.slow()
    const { page } = desktop
    await enter(page, 'owner@demo.test')
    await lineOf(page, 'users.title').click()
    const panel = await openUser(page, 'Diego Quintana')
    await fill(panel, 'users.columns.name', 'Diego A. Quintana')
    // Playwright's keys come from the page, past the menu: what its shortcut does is done instead.
    await desktop.app.evaluate(({ Menu }) => {
      const items = Menu.getApplicationMenu()?.items.flatMap((it) => it.submenu?.items ?? [])
      items?.find(({ accelerator }) => accelerator === 'CmdOrCtrl+L')?.click()
    })

    await expect(page.getByText(words('sign-in.because.locked'))).toBeVisible()
    await expect(
      page.getByText(words('sign-in.welcome-back', { name: 'Beatriz Salvatierra' })),
    ).toBeVisible()
    await expect(page.getByText('Diego')).toHaveCount(0)
    await shot(page, 'locked')
    await expectAccessible(page, 'the locked screen')
    await expect
      .poll(() => database.query('select ended_cause from sessions'))
      .toEqual([{ ended_cause: 'locked' }])

    // Workspace and e-mail address are filled in.
    await type(page, words('sign-in.password'), demoPassword)
    await button(page, 'sign-in.submit').click()
    const back = page.getByRole('dialog', { name: 'Diego Quintana' })
    await expect(back.getByText(words('drafts.restored'))).toBeVisible()
    await expect(back.getByLabel(words('users.columns.name'))).toHaveValue('Diego A. Quintana')
    await shot(page, 'draft-restored')
    await button(back, 'actions.save').click()
    await expect(back.getByText(words('users.saved'))).toBeVisible()
  })

  test('is what the lock of the screen and the sleep of the machine do', async ({ desktop }) => {
    const { app, page } = desktop
    for (const [event, cause] of [
      ['lock-screen', 'screen-locked'],
      ['suspend', 'suspended'],
    ] as const) {
      await enter(page, 'agent@demo.test')
      // Twice, as Linux tells of it.
      await app.evaluate(({ powerMonitor }, name) => {
        powerMonitor.emit(name)
        powerMonitor.emit(name)
      }, event)
      await expect(page.getByText(words(`sign-in.because.${cause}`))).toBeVisible()
    }
  })
})
