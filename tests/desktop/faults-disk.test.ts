import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  expect,
  expectAtWork,
  expectEnded,
  expectOver,
  pass,
  passOnBackend,
  pastDeadline,
  seen,
  startKeptWork,
  startWork,
  test,
} from './faults.ts'
import type { Desktop } from './fixtures.ts'
import { words } from './words.ts'

/**
 * Folders in the place of the files that the app writes: what refuses root as well, and needs no
 * rights, as a full disk of its own would.
 */
const inPlaceOf = (file: string) => {
  mkdirSync(file)
  return { give: () => rmdirSync(file) }
}

async function expectNobody(desktop: Desktop): Promise<void> {
  await expect(desktop.page.getByRole('heading', { name: words('sign-in.title') })).toBeVisible({
    timeout: 20_000,
  })
  expect(await seen(desktop)).toMatchObject({ status: 'signed-out', answer: 'not-signed-in' })
  await expect.poll(() => desktop.keychainEntry()).toBeNull()
}

test.describe('a disk that takes nothing', () => {
  test.slow()

  test('from the start on: the session is kept in memory alone, and the person is told', async ({
    openDesktop,
    database,
  }) => {
    const userData = mkdtempSync(join(tmpdir(), 'atalaya-full-'))
    const disk = inPlaceOf(join(userData, 'state.json'))
    const first = await openDesktop({ userData })
    await startWork(first)
    await expect(first.page.getByText(words('notice.keychain-unavailable'))).toBeVisible()
    expect(await first.keychainEntry()).toBeNull()
    await expectAtWork(first)
    await first.kill()
    disk.give()

    const second = await openDesktop({ userData })
    await expectNobody(second)
    await passOnBackend(database, pastDeadline)
    await expectEnded(database, 'idle')
  })

  test('from some moment on: the session ends in time, and no restart takes it up', async ({
    openDesktop,
    database,
  }) => {
    const first = await openDesktop()
    await startKeptWork(first)
    const main = await first.app.evaluate(() => process.pid)
    inPlaceOf(join(first.userData, `state.json.${main}.tmp`))
    await expectAtWork(first)
    await pass(first, pastDeadline)
    await expectOver(first, 'idle')
    await expectEnded(database, 'idle')
    expect(first.log()).toContain('Cannot write')
    // It still says that somebody is signed in.
    expect(first.isKept()).toBe(true)
    await first.kill()

    await expectNobody(await openDesktop({ userData: first.userData }))
  })
})
