import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { killGroup } from '../../scripts/commands.ts'
import { virtualDisplay } from '../../scripts/display.ts'
import { withKeyring } from '../../scripts/keyring.ts'
import { processesWith } from '../support/processes.ts'
import { expect, test as base } from './fixtures.ts'

export interface Keyring {
  /** For the windows that use it. */
  env: { DBUS_SESSION_BUS_ADDRESS: string; DISPLAY: string }
  lock: () => void
  /** Cancels every question for its password from now on. Answers how many there were so far. */
  cancelQuestions: () => () => number
  /** Stops it where it is: it answers nobody, and refuses nobody. */
  freeze: () => void
  thaw: () => void
  /** Kills it; the bus starts another one for whoever asks, which is locked. */
  kill: () => Promise<void>
  /** Kills it and starts another one, unlocked. */
  restart: () => Promise<void>
}

/**
 * A keyring on a bus of its own, for it is to be locked; and a display of its own, where it asks for the
 * password that nobody types.
 */
export const test = base.extend<{ keyring: Keyring }>({
  keyring: async ({}, use) => {
    const display = await virtualDisplay()
    const home = mkdtempSync(join(tmpdir(), 'atalaya-keyring-'))
    const own = { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, DISPLAY: display.name }
    const bus = spawn(
      'dbus-run-session',
      [...withKeyring, 'sh', '-c', 'echo "$DBUS_SESSION_BUS_ADDRESS" && exec cat'],
      { env: own, stdio: ['pipe', 'pipe', 'ignore'], detached: true },
    )
    const env = { DBUS_SESSION_BUS_ADDRESS: await firstLine(bus), DISPLAY: display.name }
    const running = (program: string) =>
      processesWith('XDG_RUNTIME_DIR', home).filter(({ command: [path = ''] }) =>
        path.endsWith(program),
      )
    const signal = (program: string, name: NodeJS.Signals) => {
      const found = running(program)
      found.forEach(({ id }) => end(id, name))
      return found.length
    }
    const kill = async () => {
      expect(signal('gnome-keyring-daemon', 'SIGKILL')).toBeGreaterThan(0)
      await expect.poll(() => running('gnome-keyring-daemon')).toEqual([])
    }
    let watch: NodeJS.Timeout | undefined
    await use({
      env,
      lock: () => lock({ ...process.env, ...env }),
      cancelQuestions() {
        let questions = 0
        // Its window has gone without an answer: the same to the keyring as its button "Cancel".
        watch = setInterval(() => (questions += signal('gcr-prompter', 'SIGTERM')), 100)
        return () => questions
      },
      freeze: () => expect(signal('gnome-keyring-daemon', 'SIGSTOP')).toBe(1),
      thaw: () => expect(signal('gnome-keyring-daemon', 'SIGCONT')).toBe(1),
      kill,
      async restart() {
        await kill()
        execFileSync('bash', [...withKeyring.slice(2), 'true'], { env: { ...own, ...env } })
      },
    })
    clearInterval(watch)
    killGroup(bus, 'SIGTERM')
    await once(bus, 'exit')
    // A frozen one does not notice that its bus is gone.
    processesWith('XDG_RUNTIME_DIR', home).forEach(({ id }) => end(id, 'SIGKILL'))
    display.stop()
    rmSync(home, { recursive: true, force: true, maxRetries: 10 })
  },
})

function end(id: number, signal: NodeJS.Signals): void {
  try {
    process.kill(id, signal)
  } catch {
    // It has ended by itself.
  }
}

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
