import type { Clock } from './clock.ts'
import { end, type IdleEvent, type IdleState, step, waitFor } from './idle.ts'

export interface IdleActions {
  warn: (endsIn: number) => void
  clearWarning: () => void
  /** Tells the backend; `askedAt` comes back with its answer. */
  report: (idleFor: number, askedAt: number) => void
  expire: (cause: 'idle' | 'expired') => void
  /** After every event of a session that goes on. */
  alive: (idleFor: number, endsIn: number) => void
}

export interface IdleTimer {
  /** Every event goes through here. Answers whether a session is still alive after it. */
  take: (event: IdleEvent) => boolean
}

/** Runs the idle machine on a clock with one timer, and carries out what it decides. */
export function createIdleTimer(clock: Clock, actions: IdleActions): IdleTimer {
  let state: IdleState = null
  let timer: NodeJS.Timeout | undefined

  function schedule(now: number): void {
    clearTimeout(timer)
    if (state) timer = setTimeout(() => take({ kind: 'check' }), waitFor(state, now))
  }

  function take(event: IdleEvent): boolean {
    const now = clock.now()
    const next = step(state, event, now)
    // Before anything is carried out: what it sets off may come back here.
    state = next.state
    schedule(now)
    for (const decision of next.decisions) {
      switch (decision.kind) {
        case 'warn':
          actions.warn(decision.endsIn)
          break
        case 'clear-warning':
          actions.clearWarning()
          break
        case 'report':
          actions.report(decision.idleFor, now)
          break
        case 'expire':
          actions.expire(decision.cause)
      }
    }
    if (state) actions.alive(now - state.lastInput, end(state) - now)
    return state !== null
  }

  return { take }
}
