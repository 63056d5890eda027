import { isDeepStrictEqual } from 'node:util'
import { idleMinutes } from '../contract/idle.ts'
import type { SignedOut } from '../contract/ipc.ts'
import { Topic } from '../contract/live.ts'
import type { Problem } from '../contract/problem.ts'
import { type HeldBy, OwnEndCause, SignedIn } from '../contract/sessions.ts'
import type { Backend } from './backend.ts'
import type { Clock } from './clock.ts'
import type { Drafts } from './drafts.ts'
import type { Emit } from './events.ts'
import { createFarewells, type Farewells } from './farewells.ts'
import { createIdleTimer, type IdleTimer } from './idle-timer.ts'
import type { KeptSession } from './kept-session.ts'
import { createLive, type Live, type LiveOptions } from './live.ts'
import { heedEvent } from './live-events.ts'
import type { ShownState } from './shown.ts'
import { type Ending, whyOver } from './why-over.ts'

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
  drafts: Drafts
  form: SessionForm
  /** Takes everything out of the page: what it shows and what it remembers. */
  clearPage: () => void
  live?: Partial<LiveOptions>
  /** Told at every look at the clock how long the session lasts if nobody touches the workstation, ms. */
  alive?: (endsInMs: number) => void
}

export type SessionForm = SignedOut['form']

export interface HeldSession {
  /** The session now; `null`: nobody is signed in. */
  now: () => Held | null
  /** Takes a session up. Times in milliseconds; one that is over already ends at once. */
  hold: (
    token: string,
    times: { minutes: number; idleFor: number; lifeLeft: number },
  ) => Held | null
  show: (who: HeldBy) => void
  end: (why: Ending) => void
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
  const { backend, clock, drafts, emit, kept, shown } = options
  let { form } = options
  let held: Held | null = null
  let settled: Promise<void> = Promise.resolve()
  /** How often it was asked who is signed in, and which of the questions is answered. */
  let asked = 0
  let answered = 0
  /** When the backend last told a policy by itself: an answer that was asked for before is older. */
  let policyToldAt = -Infinity

  const farewells = createFarewells({ backend, now: clock.now, keepFor: idleMinutes.max * 60_000 })
  const idle = createIdleTimer(clock, {
    warn: (endsInMs) => shown.set({ warning: { endsInMs } }),
    clearWarning: () => shown.set({ warning: null }),
    report: (idleFor, askedAt) => void report(idleFor, askedAt),
    expire: (because) => end({ because }),
    alive(idleFor, endsIn) {
      kept.touch(idleFor)
      options.alive?.(endsIn)
    },
  })
  const live = createLive({
    ...options.live,
    backend,
    actions: {
      opened,
      event: (event) => heedEvent(event, { emit, shown, applyPolicy: policyTold, end, askAnew }),
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

  function show(it: HeldBy): void {
    drafts.open(it)
    // The key stays in main.
    const who = SignedIn.parse(it)
    form = { workspace: who.workspace.link, email: who.person.email, name: who.person.name }
    const session = { status: 'signed-in', who } as const
    // The page looks at its own address again whenever it is told.
    if (!isDeepStrictEqual(shown.get().session, session)) shown.set({ session })
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

  function policyTold(minutes: number): void {
    policyToldAt = clock.now()
    applyPolicy(minutes)
  }

  /** Asks who is signed in and what they may do. Answers whether that is shown now. */
  async function refresh(): Promise<boolean> {
    const mine = held
    if (!mine) return false
    const turn = ++asked
    const reply = await backend.ask('sessions.current', {}, { token: mine.token })
    if (!isHeld(mine)) return false
    if (!reply.ok) {
      heed(reply.problem, mine)
      return false
    }
    // Two may overtake each other: what is newer stays.
    if (turn > answered) {
      answered = turn
      show(reply.data)
    }
    return true
  }

  /** Asks again for everything that may have been missed while nobody listened. */
  async function opened(): Promise<boolean> {
    const mine = held
    void farewells.retry()
    const isFresh = await refresh()
    if (!isFresh || held !== mine) return false
    for (const topic of Topic.options) emit('data.changed', { topic })
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
    if (askedAt < policyToldAt) return
    const { idleMinutes: minutes, remainingSeconds } = reply.data
    applyPolicy(minutes)
    idle.take({ kind: 'reported', askedAt, minutes, remaining: remainingSeconds * 1_000 })
  }

  /** A new connection asks until it is answered, so that no desktop stays with rights of yesterday. */
  function askAnew(): void {
    const mine = held
    void refresh().then((isFresh) => {
      if (!isFresh && mine && isHeld(mine)) live.renew()
    })
  }

  function heed(it: Problem, of: Held): void {
    const why = whyOver(it)
    if (why && isHeld(of)) end(why)
  }

  /** In this order (ASVS 5.0, 7.4.1): what is shown, memory, the page, the keychain, last the backend. */
  function end(why: Ending): void {
    const was = held
    held = null
    // Whoever leaves for good leaves nothing behind.
    if (why.because === 'signed-out') drafts.clear()
    drafts.close()
    shown.set({
      session: { status: 'signed-out', ...why, form, queue: null },
      connection: 'online',
      warning: null,
      // It spoke of this session; that of the keychain is about the machine.
      ...(shown.get().notice === 'hours-ending' && { notice: null }),
    })
    was?.stopLive()
    idle.take({ kind: 'ended' })
    options.clearPage()
    settled = kept.remove().then(async () => {
      // Without a seat the session is still open on the backend, and nobody here can take it up again.
      const cause = OwnEndCause.safeParse(why.because === 'no-seat' ? 'signed-out' : why.because)
      if (was && cause.success) await farewells.say(was.token, cause.data)
    })
  }

  return { now: () => held, hold, show, end, heed, idle, live, farewells, settled: () => settled }
}
