import { idleMinutes } from '../contract/idle.ts'
import type { SessionState, SignedOutBecause } from '../contract/ipc.ts'
import type { LiveEvent } from '../contract/live.ts'
import { codeOf, type Problem } from '../contract/problem.ts'
import { EndCause, type SignedIn } from '../contract/sessions.ts'
import type { Backend } from './backend.ts'
import type { Clock } from './clock.ts'
import type { Emit } from './events.ts'
import { createFarewells, type Farewells } from './farewells.ts'
import { createIdleTimer, type IdleTimer } from './idle-timer.ts'
import type { KeptSession } from './kept-session.ts'
import { createLive, type Live, type LiveOptions } from './live.ts'
import type { ShownState } from './shown.ts'

/** A session that is alive, confirmed by the backend or not. Its identity tells it from the next one. */
export interface Held {
  readonly token: string
  readonly stopLive: () => void
}

export interface HeldSessionOptions {
  backend: Backend
  clock: Clock
  emit: Emit
  kept: KeptSession
  shown: ShownState
  form: SessionForm
  /** Takes everything out of the page: what it shows and what it remembers. */
  clearPage: () => void
  live?: Partial<LiveOptions>
}

export type SessionForm = (SessionState & { status: 'signed-out' })['form']

export interface HeldSession {
  /** The session now; `null`: nobody is signed in. */
  now: () => Held | null
  /** Takes a session up. Times in milliseconds; one that is over already ends at once. */
  hold: (
    token: string,
    times: { minutes: number; idleFor: number; lifeLeft: number },
  ) => Held | null
  show: (who: SignedIn) => void
  end: (because: SignedOutBecause) => void
  /** Ends the session if the backend says that it is over. Silence or an error of it says no such thing. */
  heed: (problem: Problem, of: Held) => void
  idle: IdleTimer
  live: Live
  farewells: Farewells
  /** Until the last end is through: the keychain entry removed, the backend told or tried. */
  settled: () => Promise<void>
}

/**
 * The session while it lives: watched by the idle timer, kept up to date by the event stream.
 * `held` is the truth, and only main has it. Whoever waited for something first compares what it
 * held before with what is held now: an answer to an earlier session is dropped.
 */
export function createHeldSession(options: HeldSessionOptions): HeldSession {
  const { backend, clock, emit, kept, shown } = options
  let { form } = options
  let held: Held | null = null
  let settled: Promise<void> = Promise.resolve()

  const farewells = createFarewells({ backend, now: clock.now, keepFor: idleMinutes.max * 60_000 })
  const idle = createIdleTimer(clock, {
    warn: (endsInMs) => shown.set({ warning: { endsInMs } }),
    clearWarning: () => shown.set({ warning: null }),
    report: (idleFor, askedAt) => void report(idleFor, askedAt),
    expire: end,
    alive: (idleFor) => kept.touch(idleFor),
  })
  const live = createLive({
    ...options.live,
    backend,
    actions: {
      opened,
      event: heedEvent,
      connection: (connection) => shown.set({ connection }),
      refused: (problem) => {
        if (held) heed(problem, held)
      },
    },
  })

  function hold(
    token: string,
    times: { minutes: number; idleFor: number; lifeLeft: number },
  ): Held | null {
    const mine: Held = { token, stopLive: live.start(token) }
    held = mine
    idle.take({ kind: 'signed-in', ...times })
    return isHeld(mine) ? mine : null
  }

  const isHeld = (it: Held): boolean => held === it

  function show(who: SignedIn): void {
    form = { workspace: who.workspace.link, email: who.person.email }
    shown.set({ session: { status: 'signed-in', who } })
    applyPolicy(who.workspace.idleMinutes)
  }

  function applyPolicy(minutes: number): void {
    const { session } = shown.get()
    if (session.status === 'signed-in' && session.who.workspace.idleMinutes !== minutes) {
      const who = { ...session.who, workspace: { ...session.who.workspace, idleMinutes: minutes } }
      shown.set({ session: { status: 'signed-in', who } })
    }
    kept.setMinutes(minutes)
    idle.take({ kind: 'policy', minutes })
  }

  /** Asks again for everything that may have been missed while nobody listened. */
  async function opened(): Promise<boolean> {
    const mine = held
    if (!mine) return false
    void farewells.retry()
    const reply = await backend.ask('sessions.current', {}, { token: mine.token })
    if (!isHeld(mine)) return false
    if (!reply.ok) {
      heed(reply.problem, mine)
      return false
    }
    show(reply.data)
    emit('data.changed', { topic: 'account' })
    emit('data.changed', { topic: 'workspace' })
    return true
  }

  async function report(idleFor: number, askedAt: number): Promise<void> {
    const mine = held
    if (!mine) return
    const idleSeconds = Math.min(86_400, idleFor / 1_000)
    const reply = await backend.ask('sessions.report', { idleSeconds }, { token: mine.token })
    if (!isHeld(mine)) return
    if (!reply.ok) {
      heed(reply.problem, mine)
      return
    }
    const { idleMinutes: minutes, remainingSeconds } = reply.data
    applyPolicy(minutes)
    idle.take({ kind: 'reported', askedAt, minutes, remaining: remainingSeconds * 1_000 })
  }

  function heedEvent(event: LiveEvent): void {
    if (event.kind === 'idle-policy') applyPolicy(event.minutes)
    else if (event.kind === 'session-ended') end(event.cause)
    else emit('data.changed', { topic: event.topic })
  }

  function heed(it: Problem, of: Held): void {
    if (!isHeld(of)) return
    const code = codeOf(it)
    if (code === 'session-ended') end(EndCause.safeParse(it['cause']).data ?? 'session-lost')
    else if (code === 'not-signed-in') end('session-lost')
    else if (code === 'no-seat') end('no-seat')
  }

  /** In this order (ASVS 5.0, 7.4.1): what is shown, memory, the page, the keychain, last the backend. */
  function end(because: SignedOutBecause): void {
    const was = held
    held = null
    shown.set({
      session: { status: 'signed-out', because, form },
      connection: 'online',
      warning: null,
    })
    was?.stopLive()
    idle.take({ kind: 'ended' })
    options.clearPage()
    settled = kept.remove().then(async () => {
      if (was && (because === 'signed-out' || because === 'idle'))
        await farewells.say(was.token, because)
    })
  }

  return { now: () => held, hold, show, end, heed, idle, live, farewells, settled: () => settled }
}
