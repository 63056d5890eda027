import { asOwner } from '../support/as-owner.ts'
import {
  ends,
  expect,
  expectAtWork,
  expectEnded,
  expectOver,
  machineTells,
  pass,
  passOnBackend,
  pastDeadline,
  startKeptWork,
  startWork,
  test,
} from './faults.ts'
import { words } from './words.ts'

test.describe('a policy', () => {
  test.slow()

  test('that is lowered below the time nobody was there ends the session at once', async ({
    desktop,
    backend,
    database,
  }) => {
    await startKeptWork(desktop)
    await pass(desktop, 600)
    await passOnBackend(database, 600)
    await expectAtWork(desktop)
    await asOwner(backend.address, 'PUT', '/workspace/idle', { minutes: 5 })
    await expectOver(desktop, 'idle')
    await expectEnded(database, 'idle')
  })

  test('that is lowered while the network is cut ends the session when it is back', async ({
    openDesktop,
    network,
    backend,
    database,
  }) => {
    const desktop = await openDesktop({ backend: network.address })
    await startKeptWork(desktop)
    network.suffer('reset')
    await pass(desktop, 600)
    await passOnBackend(database, 600)
    await asOwner(backend.address, 'PUT', '/workspace/idle', { minutes: 5 })
    await expectEnded(database, 'idle')
    await expectAtWork(desktop, /^offline$/)
    network.suffer('none')
    await expectOver(desktop, 'idle')
  })

  test('that is raised during the warning takes it away, and the session goes on', async ({
    desktop,
    backend,
    database,
  }) => {
    await startKeptWork(desktop)
    // Until a minute before the end of the 30.
    await pass(desktop, 29 * 60 + 1)
    await machineTells(desktop, 'unlock-screen')
    const warning = desktop.page.getByRole('alertdialog', { name: words('idle.title') })
    await expect(warning).toBeVisible()
    await asOwner(backend.address, 'PUT', '/workspace/idle', { minutes: 60 })
    await expect(warning).toHaveCount(0)
    // Beyond what was the deadline.
    await pass(desktop, 10 * 60)
    await expectAtWork(desktop)
    expect(await ends(database)).toEqual([null])

    await pass(desktop, 30 * 60)
    await expectOver(desktop, 'idle')
    await expectEnded(database, 'idle')
  })
})

test('two devices of a person are idle each on its own', async ({ openDesktop, database }) => {
  test.slow()
  const left = await openDesktop()
  await startKeptWork(left)
  const used = await openDesktop()
  await startWork(used)
  await pass(left, pastDeadline)
  await expectOver(left, 'idle')
  await expect.poll(() => ends(database)).toEqual(['idle', null])
  await expectAtWork(used)
  await expect.poll(() => used.keychainEntry()).not.toBeNull()
})
