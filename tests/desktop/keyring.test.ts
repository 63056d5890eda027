import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { killGroup } from '../../scripts/commands.ts'
import { virtualDisplay } from '../../scripts/display.ts'
import { withKeyring } from '../../scripts/keyring.ts'
import { type Desktop, expect, signIn, test as base } from './fixtures.ts'
import { words } from './words.ts'

interface Keyring {
  /** For the windows that use it. */
  env: { DBUS_SESSION_BUS_ADDRESS: string; DISPLAY: string }
  lock: () => void
}

/**
 * A keyring on a bus of its own, for it is to be locked; and a display of its own, where it asks for the
 * password that nobody types.
 */
const test = base.extend<{ keyring: Keyring }>({
  keyring: async ({}, use) => {
    const display = await virtualDisplay()
    const home = mkdtempSync(join(tmpdir(), 'atalaya-keyring-'))
    const bus = spawn(
      'dbus-run-session',
      [...withKeyring, 'sh', '-c', 'echo "$DBUS_SESSION_BUS_ADDRESS" && exec cat'],
      {
        env: { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, DISPLAY: display.name },
        stdio: ['pipe', 'pipe', 'ignore'],
        detached: true,
      },
    )
    const env = { DBUS_SESSION_BUS_ADDRESS: await firstLine(bus), DISPLAY: display.name }
    await use({ env, lock: () => lock({ ...process.env, ...env }) })
    killGroup(bus, 'SIGTERM')
    await once(bus, 'exit')
    display.stop()
    rmSync(home, { recursive: true, force: true, maxRetries: 10 })
  },
})

async function firstLine(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await expect.poll(() => text).toMatch(/^unix:.*\n/)
  return text.trim()
}

function lock(env: NodeJS.ProcessEnv): void {
  const call = ['--session', '--print-reply', '--dest=org.freedesktop.secrets']
  const method = ['/org/freedesktop/secrets', 'org.freedesktop.Secret.Service.Lock']
  const login = '/org/freedesktop/secrets/collection/login'
  const answer = execFileSync('dbus-send', [...call, ...method, `array:objpath:${login}`], { env })
  expect(answer.toString(), 'the keyring is locked').toContain(login)
}

async function closesWithin(desktop: Desktop, milliseconds: number): Promise<void> {
  const before = Date.now()
  await desktop.close()
  expect(Date.now() - before).toBeLessThan(milliseconds)
}

const notice = ({ page }: Desktop) => page.getByText(words('notice.keychain-unavailable'))

test.describe('a locked keyring', () => {
  test('at sign-in: the person is told, can work, and the app closes at once', async ({
    openDesktop,
    keyring,
  }) => {
    keyring.lock()
    const desktop = await openDesktop({ env: keyring.env })
    await signIn(desktop.page, 'owner@demo.test')
    await expect(notice(desktop)).toBeVisible({ timeout: 6000 })
    await desktop.page.getByRole('link', { name: words('security.workspace.title') }).click()
    await expect(desktop.page.getByText(words('idle-policy.never'))).toBeVisible()
    await closesWithin(desktop, 3000)
  })

  test('at a restart: the app tells, and the person signs in and works', async ({
    openDesktop,
    keyring,
  }) => {
    const first = await openDesktop({ env: keyring.env })
    await signIn(first.page, 'owner@demo.test')
    await expect.poll(() => first.isKept()).toBe(true)
    await first.close()
    keyring.lock()

    const second = await openDesktop({ userData: first.userData, env: keyring.env })
    const signInHeading = second.page.getByRole('heading', { name: words('sign-in.title') })
    await expect(signInHeading).toBeVisible({ timeout: 10_000 })
    await expect(notice(second)).toBeVisible()
    await second.page
      .getByRole('complementary', { name: words('notice.label') })
      .getByRole('button', { name: words('actions.close') })
      .click()
    await signIn(second.page, 'owner@demo.test')
    await closesWithin(second, 3000)
  })
})
