import { sessionLife } from '../contract/idle.ts'
import type { SessionState } from '../contract/ipc.ts'
import { problem, ProblemError, type Reply } from '../contract/problem.ts'
import { type FileRoute, type Parsed, type RouteName, routes } from '../contract/routes.ts'
import type { Admitted, OwnEndCause } from '../contract/sessions.ts'
import type { Backend } from './backend.ts'
import type { Clock } from './clock.ts'
import { createDrafts, type Drafts } from './drafts.ts'
import type { Emit } from './events.ts'
import { createHeldSession, type Held, type SessionForm } from './held-session.ts'
import { createKeptSession } from './kept-session.ts'
import type { Keychain } from './keychain.ts'
import type { LiveOptions } from './live.ts'
import { createSeatQueue } from './seat-queue.ts'
import { createShown, type Shown } from './shown.ts'
import type { StateFile } from './state-file.ts'

export interface SessionOptions {
  backend: Backend
  /** Stored beside the token, so that it is never carried to another backend. */
  address: string
  keychain: Keychain
  file: StateFile
  clock: Clock
  emit: Emit
  /** Takes everything out of the page: what it shows and what it remembers. */
  clearPage: () => void
  device: { name: string; platform: string; version: string }
  form: SessionForm
  live?: Partial<LiveOptions>
  alive?: (endsInMs: number) => void
  /** Milliseconds between two questions for a seat. */
  waitInterval?: number
}

export type LockCause = Extract<OwnEndCause, 'locked' | 'screen-locked' | 'suspended'>

export interface Session {
  shown: () => Shown
  /** Takes up the session of the run before. Nothing of it is shown until the backend has agreed. */
  resume: () => Promise<void>
  signIn: (input: { workspace: string; email: string; password: string }) => Promise<SessionState>
  /** Also withdraws a sign-in that has not been answered yet. */
  signOut: () => SessionState
  /** As signing out, but the person means to come back: the page and what was typed wait for them. */
  lock: (because: LockCause) => SessionState
  /** After `no-seat`: the line for a seat (U4). Throws `ticket-expired`. */
  wait: () => SessionState
  stopWaiting: () => SessionState
  takeSeat: (input: { from: string }) => Promise<SessionState>
  ask: <R extends RouteName>(name: R, input: Parsed<R>) => Promise<Reply<unknown>>
  /** Opens the file that a route answers. Throws the problem, `not-signed-in` among them. */
  download: <R extends FileRoute>(
    name: R,
    input: Parsed<R>,
    signal: AbortSignal,
  ) => Promise<AsyncIterable<Uint8Array>>
  /** Somebody touched the workstation. */
  input: () => void
  /** Looks at the clock; what the occasion is does not matter. */
  check: () => void
  /** The machine woke up. */
  wake: () => void
  dismissNotice: () => void
  drafts: Pick<Drafts, 'keep' | 'take' | 'drop'>
  /** Before the app ends; may take some seconds. */
  quit: () => Promise<void>
}

/** Signing in, resuming and signing out: the one session of this workstation. */
export function createSession(options: SessionOptions): Session {
  const { backend, keychain, file, clock, emit, form } = options
  const kept = createKeptSession({ keychain, file, clock, address: options.address })
  // Before any window exists: a deadline that passed while the app was closed (B2).
  const overdue = kept.overdue()
  const shown = createShown(
    emit,
    clock.now,
    kept.isThere() && !overdue
      ? { status: 'resuming' }
      : { status: 'signed-out', because: overdue, form, queue: null },
  )
  const drafts = createDrafts(clock)
  const held = createHeldSession({ ...options, kept, shown, drafts })
  const { idle, farewells } = held

  const queue = createSeatQueue({
    backend,
    interval: options.waitInterval,
    show: (state) => shown.set({ session: { status: 'signed-out', ...state } }),
    admit,
    decline: (token) => void farewells.say(token, 'signed-out'),
  })

  /** Counts what a person wanted: the answer to an earlier wish is not acted on. */
  let wishes = 0
  const isResuming = (): boolean => shown.get().session.status === 'resuming'

  function signOut(): SessionState {
    return leave('signed-out')
  }

  function leave(because: 'signed-out' | LockCause): SessionState {
    wishes++
    queue.leave()
    if (held.now() || isResuming()) held.end({ because })
    return shown.get().session
  }

  let isTold = false
  /** Once in a run: on a workstation without a keychain it would come with every sign-in. */
  function tellOfKeychain(): void {
    if (!isTold) shown.set({ notice: 'keychain-unavailable' })
    isTold = true
  }

  async function keep(mine: Held, minutes: number): Promise<void> {
    const isKept = await kept.store(mine.token, minutes)
    if (!isKept && held.now() === mine) tellOfKeychain()
  }

  async function signIn(input: Parameters<Session['signIn']>[0]): Promise<SessionState> {
    signOut()
    const mine = ++wishes
    const device = { id: file.get().deviceId, ...options.device }
    const reply = await backend.ask('sessions.create', { ...input, device }, { timeout: 20_000 })
    if (mine !== wishes) {
      if (reply.ok) void farewells.say(reply.data.token, 'signed-out')
      return shown.get().session
    }
    if (!reply.ok) {
      const { workspace, email } = input
      throw new ProblemError(queue.refused(reply.problem, { workspace, email, name: '' }))
    }
    admit(reply.data)
    return shown.get().session
  }

  function admit({ token, ...who }: Admitted): void {
    const { idleMinutes: minutes, link } = who.workspace
    const life = Date.parse(who.session.expiresAt) - Date.parse(who.session.createdAt)
    const now = held.hold(token, { minutes, idleFor: 0, lifeLeft: Math.min(life, sessionLife) })
    if (!now) return
    file.set({ workspace: link })
    held.show(who)
    void keep(now, minutes)
  }

  async function resume(): Promise<void> {
    const mine = ++wishes
    const found = await kept.load()
    if (mine !== wishes) return
    if (found && !overdue) {
      held.hold(found.token, found)
      return
    }
    if (kept.hasFailed()) tellOfKeychain()
    if (isResuming()) {
      // The notice has said it where the keychain is to blame; the backend was not asked.
      const because = kept.hasFailed() ? null : 'session-lost'
      shown.set({ session: { status: 'signed-out', because, form, queue: null } })
    }
    await kept.remove()
    if (found) await farewells.say(found.token, 'idle')
  }

  const refuse = (): Reply<never> => ({ ok: false, problem: problem('not-signed-in') })

  async function ask<R extends RouteName>(name: R, input: Parsed<R>): Promise<Reply<unknown>> {
    if (routes[name].need === 'anyone') return backend.ask(name, input)
    const mine = held.now()
    if (!mine || shown.get().session.status !== 'signed-in') return refuse()
    const reply = await backend.ask(name, input, { token: mine.token })
    // The deadline may have passed meanwhile; what came too late is not shown.
    idle.take({ kind: 'check' })
    if (held.now() !== mine) return refuse()
    if (!reply.ok) held.heed(reply.problem, mine)
    return reply
  }

  const download: Session['download'] = async (name, input, signal) => {
    const mine = held.now()
    if (!mine || shown.get().session.status !== 'signed-in') throw new ProblemError('not-signed-in')
    const reply = await backend.download(name, input, { token: mine.token, signal })
    if (reply.ok) return reply.data
    held.heed(reply.problem, mine)
    throw new ProblemError(reply.problem)
  }

  return {
    shown: shown.get,
    resume,
    signIn,
    signOut,
    lock: leave,
    wait() {
      queue.wait()
      return shown.get().session
    },
    stopWaiting() {
      queue.leave()
      return shown.get().session
    },
    async takeSeat({ from }) {
      await queue.take(from)
      return shown.get().session
    },
    ask,
    download,
    input: () => void idle.take({ kind: 'input' }),
    check: () => void idle.take({ kind: 'check' }),
    wake() {
      if (idle.take({ kind: 'check' })) held.live.renew()
    },
    dismissNotice: () => shown.set({ notice: null }),
    drafts,
    async quit() {
      wishes++
      // Kept nowhere, it cannot be taken up again: its seat is given back now.
      if (held.now() && !kept.isThere()) held.end({ because: 'signed-out' })
      held.now()?.stopLive()
      queue.leave()
      await Promise.all([queue.settled(), held.settled()])
      keychain.close()
    },
  }
}
