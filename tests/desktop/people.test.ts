import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, enter, lineOf } from './fixtures.ts'
import { button, counted, fill, look, openUser, findUser } from './people.ts'
import { words } from './words.ts'

test('a profile is made and given to somebody, whose open desktop has it in under 2 s', async ({
  openDesktop,
}) => {
  test.slow()
  const owner = await openDesktop()
  const agent = await openDesktop()
  await enter(owner.page, 'owner@demo.test')
  await enter(agent.page, 'agent@demo.test')
  await expect(lineOf(agent.page, 'users.title')).toHaveCount(0)

  const { page } = owner
  await lineOf(page, 'profiles.title').click()
  await look(owner.page, 'profiles-none')
  await page.getByRole('link', { name: words('profiles.create') }).click()
  await fill(page, 'profiles.name', 'Coordinación')
  const right = words('permissions.right', {
    module: words('modules.names.users'),
    action: words('permissions.actions.view'),
  })
  await page.getByRole('checkbox', { name: right }).click()
  await look(owner.page, 'profile-new')
  await button(page, 'profiles.create').click()
  await expect(page.getByRole('link', { name: 'Coordinación' })).toBeVisible()
  await look(owner.page, 'profiles')

  await lineOf(page, 'users.title').click()
  await (
    await findUser(page, 'Lucía Navarrete')
  )
    .getByRole('button', { name: words('users.actions-of', { name: 'Lucía Navarrete' }) })
    .click()
  await page.getByRole('menuitem', { name: words('users.deeds.assign-profile.action') }).click()
  const dialog = page.getByRole('dialog')
  await dialog
    .getByLabel(words('users.filters.profileId'), { exact: true })
    .selectOption({ label: 'Coordinación' })
  await expect(dialog.getByText(counted('users.sums.will', 1))).toBeVisible()
  await look(owner.page, 'user-assign-profile')
  await dialog.getByRole('button', { name: counted('users.deeds.assign-profile.do', 1) }).click()
  await expect(dialog.getByText(counted('users.sums.did', 1))).toBeVisible()
  const given = Date.now()
  await expect(lineOf(agent.page, 'users.title')).toBeVisible({ timeout: 2_000 })
  expect(Date.now() - given).toBeLessThan(2_000)
  await button(dialog, 'actions.close').click()

  // And why she may: in words, beside each of her permissions.
  const panel = await openUser(page, 'Lucía Navarrete')
  await look(owner.page, 'user')
  await panel.getByText(words('users.tabs.permissions'), { exact: true }).click()
  await panel
    .getByRole('button', {
      name: words('permissions.why-module', { module: words('modules.names.users') }),
    })
    .click()
  await expect(
    panel.getByText(words('permissions.because.profile', { name: 'Coordinación' })).first(),
  ).toBeVisible()
  await look(owner.page, 'user-why')
  await panel.getByText(words('users.tabs.account'), { exact: true }).click()
  await look(owner.page, 'user-account')
  await button(panel, 'actions.close').click()

  // What is taken away is gone as fast.
  await lineOf(agent.page, 'users.title').click()
  await lineOf(page, 'profiles.title').click()
  await page.getByRole('link', { name: 'Coordinación' }).click()
  await page.getByRole('checkbox', { name: right }).click()
  await button(page, 'actions.save').click()
  const effect = page.getByRole('dialog')
  await look(owner.page, 'profile-effect')
  await button(effect, 'actions.save').click()
  await expect(lineOf(agent.page, 'users.title')).toHaveCount(0, { timeout: 2_000 })
  await expect(lineOf(agent.page, 'security.title')).toBeVisible()
})

test('of two people who edit the same user the second sees both versions and chooses', async ({
  openDesktop,
  database,
}) => {
  test.slow()
  const owner = await openDesktop()
  const admin = await openDesktop()
  await enter(owner.page, 'owner@demo.test')
  await enter(admin.page, 'admin@demo.test')
  const panels = []
  for (const { page } of [owner, admin]) {
    await lineOf(page, 'users.title').click()
    panels.push(await openUser(page, 'Diego Quintana'))
  }
  const [first, second] = panels
  if (!first || !second) throw new Error('Both are open')
  await fill(second, 'users.columns.name', 'Diego Quintana Soto')
  await fill(first, 'users.columns.name', 'Diego A. Quintana')
  await button(first, 'actions.save').click()
  await expect(first.getByText(words('users.saved'))).toBeVisible()

  await button(second, 'actions.save').click()
  const conflict = admin.page.getByRole('dialog', { name: words('users.conflict.title') })
  await expect(conflict.getByText('Diego A. Quintana')).toBeVisible()
  await expect(conflict.getByText('Diego Quintana Soto')).toBeVisible()
  await look(admin.page, 'user-conflict')
  await button(conflict, 'users.conflict.all-mine').click()
  await button(conflict, 'users.conflict.save').click()
  await expect(second.getByText(words('users.saved'))).toBeVisible()
  const names = await database.query<{ name: string }>(
    `select name from users where email = 'diego.quintana@demo.test'`,
  )
  expect(names).toEqual([{ name: 'Diego Quintana Soto' }])
})

test('of a CSV file with 30 rows the 28 good ones are written, the others named', async ({
  openDesktop,
  database,
}) => {
  test.slow()
  const desktop = await openDesktop()
  const { page } = desktop
  await enter(page, 'owner@demo.test')
  const rows = Array.from(
    { length: 28 },
    (_, i) => `Persona Número ${i};persona${i}@demo.test;Agente`,
  )
  rows.splice(4, 0, ';sin.nombre@demo.test;Agente')
  rows.splice(9, 0, 'Sin Correo;esto no es un correo;Agente')
  const folder = mkdtempSync(join(tmpdir(), 'atalaya-import-'))
  const file = join(folder, 'usuarios.csv')
  await writeFile(file, `\uFEFFNombre;Correo;Rol\r\n${rows.join('\r\n')}\r\n`)

  await lineOf(page, 'users.title').click()
  await button(page, 'import.action').click()
  const dialog = page.getByRole('dialog')
  await look(desktop.page, 'import-file')
  await dialog.locator('input[type=file]').setInputFiles(file)
  await expect(dialog.getByText(counted('import.columns.rows', 30))).toBeVisible()
  await look(desktop.page, 'import-columns')
  await button(dialog, 'import.columns.next').click()
  await expect(dialog.getByText(words('import.errors.name-missing'))).toBeVisible()
  await expect(dialog.getByText(words('import.errors.email-invalid'))).toBeVisible()
  await look(desktop.page, 'import-rows')
  const before = await database.query('select id from users')
  await dialog.getByRole('button', { name: counted('import.rows.run', 28), exact: true }).click()
  await expect(dialog.getByText(counted('import.run.created', 28))).toBeVisible()
  await expect(dialog.getByText(counted('import.run.left', 2))).toBeVisible()
  await look(desktop.page, 'import-done')
  expect(await database.query('select id from users')).toHaveLength(before.length + 28)
  await button(dialog, 'actions.close').click()

  // What is shown can be taken along, where the person says.
  const saved = join(folder, 'lista.csv')
  await desktop.app.evaluate(({ dialog: system }, filePath) => {
    system.showSaveDialog = () => Promise.resolve({ canceled: false, filePath })
  }, saved)
  await button(page, 'users.export.action').click()
  await expect(page.getByText(counted('users.export.done', before.length + 28))).toBeVisible()
  const lines = readFileSync(saved, 'utf8').trimEnd().split('\r\n')
  expect(lines).toHaveLength(before.length + 28 + 1)
  expect(lines.join('\n')).toContain('persona27@demo.test')
  rmSync(folder, { recursive: true })
})

test('an administrator signs a user out, with a reason that the user reads', async ({
  openDesktop,
}) => {
  test.slow()
  const admin = await openDesktop()
  const agent = await openDesktop()
  await enter(admin.page, 'admin@demo.test')
  await enter(agent.page, 'agent@demo.test')
  const { page } = admin
  await lineOf(page, 'licences.title').click()
  await look(admin.page, 'licences')
  await lineOf(page, 'users.title').click()
  const panel = await openUser(page, 'Lucía Navarrete')
  await panel.getByText(words('users.tabs.account'), { exact: true }).click()
  await button(panel, 'users.deeds.sign-out.action').click()
  const dialog = page.getByRole('dialog', { name: counted('users.deeds.sign-out.title', 1) })
  await fill(dialog, 'users.deeds.sign-out.reason', 'Cambio de turno')
  await look(admin.page, 'user-sign-out')
  await dialog
    .getByRole('button', { name: counted('users.deeds.sign-out.do', 1), exact: true })
    .click()
  await expect(
    agent.page.getByText(words('sign-in.because.ended-by-other', { by: 'Tomás Echeverría' })),
  ).toBeVisible()
  await expect(
    agent.page.getByText(words('sign-in.reason', { reason: 'Cambio de turno' })),
  ).toBeVisible()
  await look(agent.page, 'signed-out-by-other')
})
