import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { inProject } from '../../scripts/commands.ts'
import { electronExecutable } from '../../scripts/electron-runtime.ts'
import {
  ends,
  expect,
  expectAtWork,
  expectEnded,
  expectOver,
  pass,
  pastDeadline,
  seen,
  startKeptWork,
  test,
} from './faults.ts'
import type { Desktop } from './fixtures.ts'

/** The clock of the machine is an hour further as soon as there is a certain file. */
async function passWithFile({ app, userData }: Desktop): Promise<() => void> {
  const file = join(userData, 'an-hour-later')
  await app.evaluate(
    (_electron, { path, seconds }) => {
      // As in `pass`.
      const { mainModule } = process as unknown as {
        mainModule: {
          require: ((name: 'os') => { uptime: () => number }) &
            ((name: 'fs') => { existsSync: (path: string) => boolean })
        }
      }
      const os = mainModule.require('os')
      const { existsSync } = mainModule.require('fs')
      const { uptime } = os
      os.uptime = () => uptime() + (existsSync(path) ? seconds : 0)
    },
    { path: file, seconds: pastDeadline },
  )
  return () => writeFileSync(file, '')
}

const stateOf = (pid: number) => / ([A-Z]) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]

test.describe('a process', () => {
  test.slow()

  test('that draws the page and hangs does not hold up the end, nor stays', async ({
    desktop,
    database,
  }) => {
    await startKeptWork(desktop)
    // Never answered.
    void desktop.page
      .evaluate(() => {
        for (;;);
      })
      .catch(() => undefined)
    await expect.poll(() => seen(desktop)).toBeNull()
    expect(await ends(database)).toEqual([null])
    await pass(desktop, pastDeadline)
    await expectEnded(database, 'idle')
    await expectOver(desktop, 'idle')
  })

  test('that draws the page and is killed comes back, with the session until its end', async ({
    desktop,
    database,
  }) => {
    await startKeptWork(desktop)
    const pid = await desktop.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId(),
    )
    process.kill(Number(pid), 'SIGKILL')
    await expectAtWork(desktop)
    await pass(desktop, pastDeadline)
    await expectOver(desktop, 'idle')
    await expectEnded(database, 'idle')
  })

  test('that is stopped past the deadline, with a click in its queue, ends the session first', async ({
    desktop,
    database,
  }) => {
    await startKeptWork(desktop)
    const goOn = await passWithFile(desktop)
    const main = desktop.app.process().pid ?? 0
    process.kill(main, 'SIGSTOP')
    await expect.poll(() => stateOf(main)).toBe('T')
    goOn()
    const click = desktop.page.mouse.click(640, 400).catch(() => undefined)
    // On its way to a process that does not answer: there is nothing to be waited for.
    await delay(500)
    process.kill(main, 'SIGCONT')
    await click
    await expectOver(desktop, 'idle')
    await expectEnded(database, 'idle')
  })

  test('that is killed and started before the deadline goes on with the one session', async ({
    openDesktop,
    database,
  }) => {
    const first = await openDesktop()
    await startKeptWork(first)
    await first.kill()
    const second = await openDesktop({ userData: first.userData })
    await expectAtWork(second)
    expect(await ends(database)).toEqual([null])
    await pass(second, pastDeadline)
    await expectOver(second, 'idle')
    await expectEnded(database, 'idle')
  })

  test('of a second start ends by itself, and is no sign of a person', async ({
    desktop,
    database,
  }) => {
    await startKeptWork(desktop)
    await pass(desktop, 20 * 60)
    await expectAtWork(desktop)

    const second = spawn(
      electronExecutable(process.env['ATALAYA_TEST_ELECTRON'] ?? ''),
      // As in `fixtures.ts`.
      [inProject('.'), ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
      { env: { ...process.env, ATALAYA_USER_DATA: desktop.userData }, stdio: 'pipe' },
    )
    let told = ''
    second.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()))
    await once(second, 'close')
    expect(second.exitCode).toBe(1)
    expect(told).toContain('Atalaya is already running with this user data')
    await expectAtWork(desktop)
    expect(await ends(database)).toEqual([null])

    await pass(desktop, 10 * 60)
    await expectOver(desktop, 'idle')
    await expectEnded(database, 'idle')
  })
})
