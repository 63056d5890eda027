import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { Uint8ArrayReader, ZipReader } from '@zip.js/zip.js'
import { demoPassword } from '../../backend/db/seed.ts'
import { recoveryTexts } from '../../backend/pages/recovery-texts.ts'
import { deletionWords } from '../../contract/deletion.ts'
import { enter, expect, fillSignIn, signIn, test } from './fixtures.ts'
import { button, fill, inBrowser, look, mailedLink } from './people.ts'
import { words } from './words.ts'

const asked = words('deletion.word', { word: deletionWords.es })

async function openDeletion(page: Page) {
  await signIn(page, 'owner@demo.test')
  await page.getByRole('link', { name: words('security.workspace.title') }).click()
  await button(page, 'deletion.title').click()
  const dialog = page.getByRole('dialog', { name: words('deletion.title') })
  await expect(dialog).toBeVisible()
  return dialog
}

test('the workspace is deleted with a copy of everything kept, and recovered from the mail', async ({
  openDesktop,
  backend,
  database,
}) => {
  test.setTimeout(180_000)
  const owner = await openDesktop()
  const agent = (await openDesktop()).page
  await signIn(agent, 'agent@demo.test')
  const { page } = owner
  const dialog = await openDeletion(page)

  // The dialog of the system is not ours to click.
  const path = join(owner.userData, 'copy.zip')
  await owner.app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath })
  }, path)
  await button(dialog, 'deletion.export.download').click()
  await expect(dialog.getByText(words('deletion.export.saved'))).toBeVisible()
  expect(existsSync(path)).toBe(true)
  const zip = new ZipReader(new Uint8ArrayReader(new Uint8Array(readFileSync(path))))
  const names = (await zip.getEntries()).map(({ filename }) => filename)
  expect(names).toEqual(expect.arrayContaining(['json/users.json', 'csv/users.csv']))

  // Other capitals are another word, and a wrong password deletes nothing.
  await dialog.getByLabel(asked, { exact: true }).fill('eliminar')
  await fill(dialog, 'deletion.password', 'Wrong-2026')
  await button(dialog, 'deletion.title').click()
  await expect(
    dialog.getByText(words('deletion.errors.capitals', { word: deletionWords.es })),
  ).toBeVisible()
  await dialog.getByLabel(asked, { exact: true }).fill(deletionWords.es)
  await button(dialog, 'deletion.title').click()
  await expect(dialog.getByText(words('problems.wrong-password'))).toBeVisible()
  await look(page, 'deletion')
  await fill(dialog, 'deletion.password', demoPassword)
  await button(dialog, 'deletion.title').click()

  for (const it of [page, agent])
    await expect(it.getByText(words('sign-in.because.workspace-deleted'))).toBeVisible()
  await look(page, 'deletion-done')
  await fillSignIn(agent, 'agent@demo.test', demoPassword)
  await expect(agent.getByText(words('sign-in.deleted.ask'))).toBeVisible()
  await expect(button(agent, 'sign-in.deleted.recover')).toHaveCount(0)
  await look(agent, 'deleted-agent')
  expect(await database.query(`select distinct ended_cause from sessions`)).toEqual([
    { ended_cause: 'workspace-deleted' },
  ])

  await inBrowser(await mailedLink(backend.dataDir, 'owner@demo.test'), async (browser) => {
    await look(browser, 'link-recovery')
    await browser.getByRole('button', { name: recoveryTexts.es.submit }).click()
    await expect(browser.getByRole('heading', { name: recoveryTexts.es.done.title })).toBeVisible()
    await look(browser, 'link-recovered')
  })
  await button(agent, 'sign-in.back').click()
  await enter(agent, 'agent@demo.test')
})

test('the owner recovers a deleted workspace at the sign-in', async ({ openDesktop }) => {
  test.slow()
  const { page } = await openDesktop()
  const dialog = await openDeletion(page)
  await dialog.getByLabel(asked, { exact: true }).fill(deletionWords.es)
  await fill(dialog, 'deletion.password', demoPassword)
  await button(dialog, 'deletion.title').click()
  await expect(page.getByText(words('sign-in.because.workspace-deleted'))).toBeVisible()

  await fillSignIn(page, 'owner@demo.test', demoPassword)
  await expect(page.getByText(words('sign-in.deleted.may'))).toBeVisible()
  await look(page, 'deleted-owner')
  await button(page, 'sign-in.deleted.recover').click()
  await expect(page.getByText(words('sign-in.deleted.done'))).toBeVisible()
  await look(page, 'deleted-recovered')
  await enter(page, 'owner@demo.test')
})
