import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { inProject, killGroup, startGroup } from './commands.ts'
import { electronExecutable, type Runtime, sandboxArguments } from './electron-runtime.ts'

export interface Desktop {
  /** Its exit code, once it is closed; `null` where a signal ended it. */
  closed: Promise<number | null>
  close: () => Promise<void>
}

/** Milliseconds that the desktop has to close by itself. */
const patience = 8000

/** Chromium's own log lines (no session bus, no GPU): on a workstation nobody can do anything about them. */
const noise = /^\[\d+:\d+\/[\d.]+:(INFO|WARNING|ERROR):/

/** Opens the window. It is tied to this process by a channel: when that breaks, main quits. */
export async function openDesktop(runtime: Runtime, env: NodeJS.ProcessEnv): Promise<Desktop> {
  const options = await sandboxArguments(runtime.dist)
  const child = startGroup(() =>
    spawn(electronExecutable(runtime.dist), [...options, inProject('.')], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      // Ctrl-C is for the launcher, which then closes the window properly.
      detached: process.platform !== 'win32',
    }),
  )
  if (child.stderr)
    createInterface(child.stderr).on('line', (line) => {
      if (!noise.test(line)) console.error(line)
    })
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  return {
    closed,
    close: async () => {
      if (child.connected) child.disconnect()
      const kill = setTimeout(() => killGroup(child, 'SIGKILL'), patience)
      // Whoever waits for `closed` hears of a failure.
      await closed.catch(() => null)
      clearTimeout(kill)
    },
  }
}
