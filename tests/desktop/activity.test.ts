import { type Desktop, expect, test } from './fixtures.ts'
import { ends, expectOver, machineTells, pass, startKeptWork } from './faults.ts'
import { words } from './words.ts'

const warningOf = ({ page }: Desktop) =>
  page.getByRole('alertdialog', { name: words('idle.title') })

/** Nobody is there until less than a minute before the end of the 30, and main notices it. */
async function untilWarning(desktop: Desktop): Promise<void> {
  await pass(desktop, 29 * 60 + 5)
  await machineTells(desktop, 'unlock-screen')
  await expect(warningOf(desktop)).toBeVisible()
}

test('a key extends the session; what a page makes up does not, nor what it asks, nor a pointer that stands still', async ({
  desktop,
  database,
}) => {
  test.slow()
  const { page } = desktop
  await startKeptWork(desktop)
  await untilWarning(desktop)
  await page.keyboard.press('Shift')
  await expect(warningOf(desktop)).toHaveCount(0)
  await untilWarning(desktop)

  await page
    .getByRole('button', { name: words('idle.stay') })
    .evaluate(async (stay: HTMLElement) => {
      stay.click()
      const made = { bubbles: true, key: 'a' }
      for (const kind of ['keydown', 'keypress', 'keyup'])
        stay.dispatchEvent(new KeyboardEvent(kind, made))
      for (const kind of ['pointermove', 'pointerdown', 'mousedown', 'mouseup', 'click', 'wheel'])
        stay.dispatchEvent(new MouseEvent(kind, made))
      await window.atalaya.call('account.show', {})
      await window.atalaya.call('drafts.keep', { form: 'users.create', draft: {} })
    })
  // Through Chromium's own input, but the pointer of the display is where it was.
  await page.mouse.move(200, 200)
  await page.mouse.move(300, 300)
  await machineTells(desktop, 'resume', 'unlock-screen')
  await expect(warningOf(desktop)).toBeVisible()
  expect(await ends(database)).toEqual([null])

  await pass(desktop, 60)
  await machineTells(desktop, 'unlock-screen')
  await expectOver(desktop, 'idle')
})
