import { readFileSync } from 'node:fs'
import { firstSignal, forceEndLater } from '../backend/signals.ts'
import { signals } from './commands.ts'

/** Milliseconds between two looks at who started us. */
const interval = 500

/**
 * Resolves when the end is asked for: by Ctrl-C, by SIGTERM, or because npm, which started this script,
 * is gone (the shell between the two passes no signal on). However often it is asked for, it ends once;
 * an end that hangs is forced.
 */
export function askedToEnd(): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const end = () => {
    clearInterval(looking)
    forceEndLater()
    resolve(undefined)
  }

  const shell = process.ppid
  const npm = process.env['npm_lifecycle_event'] ? parentOf(shell) : null
  const left = () => process.ppid !== shell || (npm !== null && parentOf(shell) !== npm)
  const looking = setInterval(() => {
    if (left()) end()
  }, interval).unref()
  void firstSignal(signals).then(end)
  return promise
}

/** By what Linux tells in `/proc`; elsewhere nobody knows. */
function parentOf(id: number): number | null {
  try {
    // "id (name) state parent …", where the name may hold anything.
    const [, parent] = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return Number(parent)
  } catch {
    return null
  }
}
