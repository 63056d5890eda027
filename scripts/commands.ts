import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { StartError } from '../backend/start-error.ts'

/** A path inside the project, whatever folder the command was typed in. */
export const inProject = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

/** A failure that the person at the console can do something about: printed as it is, without a stack. */
export class Stop extends Error {}

/** Runs a script to its end; what the person can put right becomes a plain message and exit code 1. */
export async function script(body: () => Promise<void>): Promise<void> {
  try {
    await body()
  } catch (error) {
    const plain = error instanceof Stop || error instanceof StartError
    console.error(plain ? `\n${error.message}` : error)
    process.exitCode = 1
  }
}

export const messageOf = (error: unknown) =>
  error instanceof Error ? error.message : String(error)

interface Options {
  env?: NodeJS.ProcessEnv
  /** Milliseconds; the command and all it started are killed after them. */
  timeout?: number
  /** Shown as it comes, instead of being kept for the caller. */
  show?: boolean
  onStart?: (child: ChildProcess) => void
}

export interface Outcome {
  ok: boolean
  /** What it wrote to both streams, unless shown; and that it was killed, where it was. */
  output: string
}

const groups = new Set<ChildProcess>()
let guarded = false

/** A process group of its own, ended with this process whatever ends it (but SIGKILL). */
export function startGroup(start: () => ChildProcess): ChildProcess {
  if (!guarded) {
    guarded = true
    process.on('exit', () => groups.forEach((child) => killGroup(child, 'SIGKILL')))
  }
  const child = start()
  groups.add(child)
  child.once('exit', () => {
    // Whoever it left behind ends too.
    killGroup(child, 'SIGKILL')
    groups.delete(child)
  })
  return child
}

export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (!child.pid) return
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, signal)
  } catch {
    // It is gone already.
  }
}

/** Ends this script with its children at Ctrl-C and SIGTERM: exit code 130, as shells expect. Answers how to undo it. */
export function endOnSignals(): () => void {
  const end = () => process.exit(130)
  for (const signal of signals) process.on(signal, end)
  return () => signals.forEach((signal) => process.off(signal, end))
}

export const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Runs a command to its end. A command that fails or cannot be found is an outcome, not an exception. */
export function run(command: string, args: string[], options: Options = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = startGroup(() =>
      spawn(command, args, {
        cwd: inProject('.'),
        env: options.env ?? process.env,
        stdio: options.show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
        detached: process.platform !== 'win32',
      }),
    )
    options.onStart?.(child)
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))

    const limit = setTimeout(
      () => {
        output += `\nKilled: no end within ${Math.round((options.timeout ?? 0) / 1000)} s.\n`
        killGroup(child, 'SIGKILL')
      },
      options.timeout ?? 2 ** 31 - 1,
    )
    const end = (ok: boolean) => {
      clearTimeout(limit)
      resolve({ ok, output })
    }
    child.once('error', (error) => {
      output += error.message
      end(false)
    })
    child.once('close', (code) => end(code === 0))
  })
}

/** A tool of this project (`node_modules/.bin`), run by the Node this script runs on. */
export const tool = (name: string) => inProject(`node_modules/.bin/${name}`)
