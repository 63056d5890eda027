import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { inProject, killGroup } from '../../scripts/commands.ts'

/** An `npm run …` as a person types it, in a terminal (process group) of its own. */
export interface NpmRun {
  child: ChildProcess
  output: () => string
  /** Its exit code; `null` where a signal ended it. */
  exited: Promise<number | null>
  /** Waits for words on the console. Throws what there was instead, if it ends or takes too long. */
  says: (words: string | RegExp, milliseconds?: number) => Promise<void>
  /** Ctrl-C: every process of the terminal gets it. */
  interrupt: () => void
}

export function npmRun(script: string, env: Record<string, string | undefined>): NpmRun {
  const child = spawn('npm', ['run', script], {
    cwd: inProject('.'),
    env: { ...process.env, npm_config_update_notifier: 'false', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  const keep = (chunk: Buffer) => (output += chunk.toString())
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  // Not `close`: whoever it leaves behind may hold its streams.
  const exited = once(child, 'exit').then(() => child.exitCode)

  async function says(words: string | RegExp, milliseconds = 30_000): Promise<void> {
    const has = () => (typeof words === 'string' ? output.includes(words) : words.test(output))
    const until = Date.now() + milliseconds
    while (!has()) {
      const ended = child.exitCode !== null || child.signalCode !== null
      if (ended || Date.now() > until)
        throw new Error(`${ended ? 'It ended' : 'It did not come'} before ${words}:\n${output}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  return { child, output: () => output, exited, says, interrupt: () => killGroup(child, 'SIGINT') }
}

/** A port that nobody uses now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}
