import { readFileSync } from 'node:fs'
// The module object, never its parts: a test moves `os.uptime` while the app runs.
import os from 'node:os'

/** A moment that can be compared with one of another run of the app. */
export interface Stamp {
  /** Changes with every start of the machine; `null` where the system tells no such thing. */
  bootId: string | null
  /** Milliseconds since the machine was started, sleep included. */
  uptime: number
  /** Milliseconds since 1970; whoever may set the clock may set this. */
  wall: number
}

export interface Clock {
  /** Milliseconds since this clock was made. Never goes back. */
  now: () => number
  stamp: () => Stamp
}

/** The two counters a clock is made of, in milliseconds. */
export interface Counters {
  uptime: () => number
  hrtime: () => number
}

/**
 * The larger of what both counters have advanced: `hrtime` stands still while the machine sleeps,
 * `os.uptime` comes in steps of up to a second. What uptime has gained on `hrtime` is kept as one
 * number that only grows, so that its steps are not added up reading by reading.
 */
export function elapsed({ uptime, hrtime }: Counters): () => number {
  const start = { uptime: uptime(), hrtime: hrtime() }
  let slept = 0
  let latest = 0
  return () => {
    const awake = hrtime() - start.hrtime
    slept = Math.max(slept, uptime() - start.uptime - awake)
    latest = Math.max(latest, awake + slept)
    return latest
  }
}

/**
 * Milliseconds from one stamp to another, across restarts of the app (B2). The same start of the
 * machine: its uptime. Another one: the wall clock, but never less than the machine has been up.
 * A clock that went back proves nothing, so it counts as for ever.
 */
export function between(then: Stamp, now: Stamp): number {
  const uptime = now.uptime - then.uptime
  const wall = now.wall - then.wall
  if (then.bootId !== null && then.bootId === now.bootId) return uptime < 0 ? Infinity : uptime
  if (wall < 0) return Infinity
  const isKnownOtherBoot = then.bootId !== null && now.bootId !== null
  return Math.max(wall, isKnownOtherBoot ? now.uptime : uptime)
}

/** Only Linux tells; elsewhere `between` takes the larger of what both clocks say. */
function readBootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() || null
  } catch {
    return null
  }
}

const uptime = (): number => os.uptime() * 1_000

/** The machine's clock. */
export function systemClock(): Clock {
  const bootId = readBootId()
  const hrtime = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000
  return {
    now: elapsed({ uptime, hrtime }),
    stamp: () => ({ bootId, uptime: uptime(), wall: Date.now() }),
  }
}
