import { idleLimit, reportInterval, warningLead } from '../contract/idle.ts'

/**
 * The idle sign-out (S6, B1, B2) as a pure function: events in, decisions out. All times are
 * milliseconds of one clock that never goes back (`clock.ts`). Only `input` is activity, and
 * whatever the event, a deadline that has passed is acted on first: expired is final until the
 * next sign-in (ASVS 5.0, 7.3.1).
 */
export type IdleEvent =
  /** `idleFor`: how long nobody had touched the workstation; `lifeLeft`: until the longest life ends. */
  | { kind: 'signed-in'; minutes: unknown; idleFor: number; lifeLeft: number }
  | { kind: 'input' }
  | { kind: 'policy'; minutes: unknown }
  /** The backend's answer to a report that was sent at `askedAt`; `remaining` can only shorten. */
  | { kind: 'reported'; askedAt: number; minutes: unknown; remaining: number }
  /** A tick, a focus, a resume, a call: no activity, only an occasion to look at the clock. */
  | { kind: 'check' }
  | { kind: 'ended' }

export type IdleDecision =
  | { kind: 'warn'; endsIn: number }
  | { kind: 'clear-warning' }
  | { kind: 'report'; idleFor: number }
  | { kind: 'expire'; cause: 'idle' | 'expired' }

export interface Watch {
  lastInput: number
  limit: number
  /** When the backend means to end the session, if that is sooner; the next input lifts it. */
  cap: number
  lifeEnd: number
  /** The deadline that was warned of. */
  warnedOf: number | null
  lastReport: number
}
/** `null`: nobody is signed in. */
export type IdleState = Watch | null

export interface Step {
  state: IdleState
  decisions: IdleDecision[]
}

/** How long before the end a last report is made: its answer may bring a longer policy. */
const lastWord = 2_000
/** Deadlines that differ by less than this are the same, and not worth a new warning: reports are rounded. */
const sameDeadline = 1_000
/** The clock is looked at least this often: timers stand still while the machine sleeps. */
const longestWait = 5_000

const deadline = (watch: Watch): number => Math.min(watch.lastInput + watch.limit, watch.cap)
/** When the session ends if nobody touches the workstation. */
export const end = (watch: Watch): number => Math.min(deadline(watch), watch.lifeEnd)

const finish = (watch: Watch, decisions: IdleDecision[] = []): Step => ({
  state: null,
  decisions: watch.warnedOf === null ? decisions : [{ kind: 'clear-warning' }, ...decisions],
})

/**
 * The deadline that came first is the reason, as on the backend. Where the backend said what is left,
 * it may have meant the rest of the longest life, up to the way of its answer.
 */
const causeOf = ({ lastInput, limit, cap, lifeEnd }: Watch): 'idle' | 'expired' =>
  Math.min(lastInput + limit, cap + sameDeadline) < lifeEnd ? 'idle' : 'expired'

const expire = (watch: Watch): Step => finish(watch, [{ kind: 'expire', cause: causeOf(watch) }])

const isDue = (watch: Watch, now: number): boolean => end(watch) <= now

function reportDueAt(watch: Watch): number {
  const last = end(watch) - lastWord
  const next = watch.lastReport + reportInterval(watch.limit)
  return watch.lastReport < last ? Math.min(next, last) : next
}

/** Applies an event to a session that is alive. */
function apply(watch: Watch, event: IdleEvent, now: number): Watch {
  switch (event.kind) {
    case 'input':
      return {
        ...watch,
        lastInput: now,
        cap: Infinity,
        // The backend may be as close to the end as the warning says: it has to know at once.
        lastReport: watch.warnedOf === null ? watch.lastReport : -Infinity,
      }
    case 'policy':
      return { ...watch, limit: idleLimit(event.minutes) }
    case 'reported': {
      const limit = idleLimit(event.minutes)
      const isStale = event.askedAt < watch.lastInput
      const remaining = Number.isNaN(event.remaining) ? 0 : event.remaining
      return { ...watch, limit, cap: isStale ? watch.cap : now + remaining }
    }
    default:
      return watch
  }
}

/** What is to be done about a session that is alive, now. */
function settle(watch: Watch, now: number): Step {
  const decisions: IdleDecision[] = []
  let { warnedOf, lastReport } = watch

  const at = deadline(watch)
  if (at - now > warningLead(watch.limit)) {
    if (warnedOf !== null) decisions.push({ kind: 'clear-warning' })
    warnedOf = null
  } else if (warnedOf === null || Math.abs(at - warnedOf) >= sameDeadline) {
    decisions.push({ kind: 'warn', endsIn: at - now })
    warnedOf = at
  }

  if (reportDueAt(watch) <= now) {
    decisions.push({ kind: 'report', idleFor: now - watch.lastInput })
    lastReport = now
  }
  return { state: { ...watch, warnedOf, lastReport }, decisions }
}

const begin = (
  event: IdleEvent & { kind: 'signed-in' },
  now: number,
  warnedOf: number | null,
): Watch => ({
  lastInput: now - event.idleFor,
  limit: idleLimit(event.minutes),
  cap: Infinity,
  lifeEnd: now + event.lifeLeft,
  warnedOf,
  lastReport: -Infinity,
})

/** One event. `now` may not be less than in the step before. */
export function step(state: IdleState, event: IdleEvent, now: number): Step {
  if (event.kind === 'signed-in') {
    const watch = begin(event, now, state?.warnedOf ?? null)
    return isDue(watch, now) ? expire(watch) : settle(watch, now)
  }
  if (state === null) return { state, decisions: [] }
  if (isDue(state, now)) return expire(state)
  if (event.kind === 'ended') return finish(state)

  const next = apply(state, event, now)
  return isDue(next, now) ? expire(next) : settle(next, now)
}

/** How long until the clock has to be looked at again; at least 1 s as long as no warning is shown. */
export function waitFor(watch: Watch, now: number): number {
  const warnAt = watch.warnedOf === null ? deadline(watch) - warningLead(watch.limit) : Infinity
  const next = Math.min(end(watch), warnAt, reportDueAt(watch), now + longestWait)
  return Math.max(next - now, watch.warnedOf === null ? 1_000 : 100)
}
