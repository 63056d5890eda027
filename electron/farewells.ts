import type { OwnEndCause } from '../contract/sessions.ts'
import type { Backend } from './backend.ts'

export interface Farewells {
  /** Tells the backend that a session has ended; resolves after the first try. */
  say: (token: string, cause: OwnEndCause) => Promise<void>
  /** Tries at once what is still untold. */
  retry: () => Promise<void>
}

export interface FarewellOptions {
  backend: Pick<Backend, 'ask'>
  now: () => number
  /** Milliseconds between two tries. */
  pause?: number
  /** Milliseconds after which the backend has ended the session by itself. */
  keepFor: number
}

/**
 * Sign-outs on their way to the backend: the only write that waits for the network. The tokens wait
 * in memory alone. One that could not be told before the app ends is lost, and that is the safe
 * choice: the lease frees its seat within 90 s and the idle limit ends it, while a token on disk
 * would outlive the sign-out.
 */
export function createFarewells({
  backend,
  now,
  pause = 5_000,
  keepFor,
}: FarewellOptions): Farewells {
  const untold = new Map<string, { cause: OwnEndCause; until: number }>()
  let timer: NodeJS.Timeout | undefined

  async function tell(token: string, cause: OwnEndCause): Promise<void> {
    const reply = await backend.ask('sessions.end', { cause }, { token, timeout: 3_000 })
    // Any answer below 500 is the backend's own: ended now, or long before.
    if (reply.ok || reply.problem.status < 500) untold.delete(token)
  }

  async function retry(): Promise<void> {
    clearTimeout(timer)
    for (const [token, { until }] of untold) if (until < now()) untold.delete(token)
    await Promise.all([...untold].map(([token, { cause }]) => tell(token, cause)))
    clearTimeout(timer)
    if (untold.size > 0) {
      timer = setTimeout(() => void retry(), pause)
      timer.unref()
    }
  }

  return {
    retry,
    say(token, cause) {
      untold.set(token, { cause, until: now() + keepFor })
      return retry()
    },
  }
}
