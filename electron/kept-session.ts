import { sessionLife, idleLimit } from '../contract/idle.ts'
import { z } from '../contract/zod.ts'
import { between, type Clock, type Stamp } from './clock.ts'
import type { Keychain } from './keychain.ts'
import type { State, StateFile } from './state-file.ts'

/** What the keychain holds: the token, and the only backend that may see it. */
const Entry = z.object({ backend: z.string(), token: z.string().min(1) })

type Trace = NonNullable<State['session']>

export interface KeptSession {
  /** Whether there is a session to take up after a restart. */
  isThere: () => boolean
  /** Which deadline of it has passed, if any. */
  overdue: () => 'idle' | 'expired' | null
  /** Reads it; `null` if there is none, or the keychain cannot tell. Times in milliseconds. */
  load: () => Promise<{ token: string; minutes: number; idleFor: number; lifeLeft: number } | null>
  /** Whether the keychain refused what it once had. */
  hasFailed: () => boolean
  /** Answers whether the keychain holds it now. */
  store: (token: string, minutes: number) => Promise<boolean>
  setMinutes: (minutes: number) => void
  /** The session is alive, and nobody touched the workstation for so long. */
  touch: (idleFor: number) => void
  /** Forgets it at once, and removes it from the keychain as soon as that answers. */
  remove: () => Promise<void>
}

/** How often the time of the last input is written, ms. What is lost by it makes the deadline earlier. */
const writeInterval = 10_000

/** The session across restarts of the app: its token in the keychain, its times in the state file (B2). */
export function createKeptSession({
  keychain,
  file,
  clock,
  address,
}: {
  keychain: Keychain
  file: StateFile
  clock: Clock
  address: string
}): KeptSession {
  let written = -Infinity
  let hasFailed = false

  const trace = (): Trace | null => file.get().session

  function before(ms: number): Stamp {
    const { bootId, uptime, wall } = clock.stamp()
    return { bootId, uptime: uptime - ms, wall: wall - ms }
  }

  function write(session: Trace): void {
    written = clock.now()
    file.set({ session })
  }

  function left(of: Trace): { idleFor: number; lifeLeft: number } {
    const now = clock.stamp()
    return {
      idleFor: between(of.lastInput, now),
      lifeLeft: sessionLife - between(of.signedIn, now),
    }
  }

  return {
    isThere: () => trace() !== null,

    overdue() {
      const of = trace()
      if (!of) return null
      const { idleFor, lifeLeft } = left(of)
      const idleLeft = idleLimit(of.minutes) - idleFor
      if (Math.min(idleLeft, lifeLeft) > 0) return null
      // The deadline that came first.
      return idleLeft < lifeLeft ? 'idle' : 'expired'
    },

    async load() {
      const of = trace()
      if (!of) return null
      try {
        const text = await keychain.get()
        const entry = Entry.safeParse(text === null ? null : JSON.parse(text))
        if (!entry.success || entry.data.backend !== address) return null
        return { token: entry.data.token, minutes: of.minutes, ...left(of) }
      } catch {
        hasFailed = true
        return null
      }
    },

    hasFailed: () => hasFailed,

    async store(token, minutes) {
      const signedIn = clock.stamp()
      try {
        await keychain.set(JSON.stringify({ backend: address, token }))
      } catch {
        return false
      }
      // It may have been removed again meanwhile.
      if (file.get().keychain === 'stored') write({ signedIn, lastInput: signedIn, minutes })
      return true
    },

    setMinutes(minutes) {
      const of = trace()
      if (of && of.minutes !== minutes) write({ ...of, minutes })
    },

    touch(idleFor) {
      const of = trace()
      if (!of || clock.now() - written < writeInterval) return
      const lastInput = before(idleFor)
      // Clocks are rounded: the same input may seem to have been some milliseconds elsewhere.
      const isSame =
        of.lastInput.bootId === lastInput.bootId &&
        Math.abs(of.lastInput.uptime - lastInput.uptime) <= 1_000
      if (!isSame) write({ ...of, lastInput })
    },

    async remove() {
      file.set({ session: null })
      try {
        await keychain.remove()
      } catch {
        // Its tombstone stays; the next start tries again.
      }
    },
  }
}
