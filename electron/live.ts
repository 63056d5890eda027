import { createParser } from 'eventsource-parser'
import type { Connection } from '../contract/ipc.ts'
import { heartbeat, LiveEvent, livePath } from '../contract/live.ts'
import type { Problem } from '../contract/problem.ts'
import type { Backend } from './backend.ts'
import { whyOver } from './why-over.ts'

interface LiveActions {
  /** The stream is open: whatever was missed is asked for now. Answers whether that worked. */
  opened: () => Promise<boolean>
  event: (event: LiveEvent) => void
  connection: (state: Connection) => void
  /** The backend refuses this session; the stream has stopped for good. */
  refused: (problem: Problem) => void
}

export interface LiveOptions {
  backend: Pick<Backend, 'stream'>
  actions: LiveActions
  /** Milliseconds; a test may have less patience. */
  silence?: number
  firstWait?: number
  longestWait?: number
  random?: () => number
}

export interface Live {
  /** Connects and stays connected. Answers the function that stops it. */
  start: (token: string) => () => void
  /** Gives up a connection that may be dead without anybody having noticed: after a sleep. */
  renew: () => void
}

/** After so many failed tries in a row, some 6 s, a person is told "offline" and no more "reconnecting". */
const patience = 5

const isStopped = (run: AbortController): boolean => run.signal.aborted

/** The event stream of the backend (`contract/live.ts`), reconnecting with a growing, jittered wait. */
export function createLive({
  backend,
  actions,
  silence = 2 * heartbeat,
  firstWait = 500,
  longestWait = 5_000,
  random = Math.random,
}: LiveOptions): Live {
  let current: AbortController | null = null
  let skipWait: (() => void) | null = null
  let renewing: AbortController | null = null

  function read(text: string): void {
    let data: unknown
    try {
      data = JSON.parse(text)
    } catch {
      return
    }
    const parsed = LiveEvent.safeParse(data)
    // A newer backend may tell what this version does not know.
    if (parsed.success) actions.event(parsed.data)
  }

  /** One connection, until it breaks. Answers whether it had been open. */
  async function connect(token: string, run: AbortController): Promise<boolean> {
    const attempt = new AbortController()
    renewing = attempt
    const give = () => attempt.abort()
    run.signal.addEventListener('abort', give)
    const watchdog = setTimeout(give, silence)
    let wasOpen = false
    try {
      const reply = await backend.stream(livePath, token, attempt.signal)
      if (isStopped(run)) return false
      if (!reply.ok) {
        if (!whyOver(reply.problem)) return false
        run.abort()
        actions.refused(reply.problem)
        return false
      }
      if (!(await actions.opened()) || isStopped(run)) return false
      wasOpen = true
      actions.connection('online')
      const parser = createParser({ onEvent: (event) => read(event.data) })
      reply.data.setEncoding('utf8')
      for await (const chunk of reply.data as AsyncIterable<string>) {
        if (isStopped(run)) break
        watchdog.refresh()
        parser.feed(chunk)
      }
    } catch {
      // Broken or given up: the same to us.
    } finally {
      clearTimeout(watchdog)
      run.signal.removeEventListener('abort', give)
      attempt.abort()
    }
    return wasOpen
  }

  const wait = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(done, ms)
      function done(): void {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        skipWait = null
        resolve()
      }
      signal.addEventListener('abort', done)
      skipWait = done
    })

  async function keepConnected(token: string, run: AbortController): Promise<void> {
    let failures = 0
    while (!isStopped(run)) {
      if (await connect(token, run)) failures = 0
      // It may have been stopped while it was connected.
      if (isStopped(run)) return
      failures++
      actions.connection(failures < patience ? 'reconnecting' : 'offline')
      const longest = Math.min(longestWait, firstWait * 2 ** (failures - 1))
      await wait(longest * (0.5 + random() / 2), run.signal)
    }
  }

  return {
    start(token) {
      current?.abort()
      const run = new AbortController()
      current = run
      void keepConnected(token, run)
      return () => run.abort()
    },
    renew() {
      renewing?.abort()
      skipWait?.()
    },
  }
}
