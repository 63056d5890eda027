import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createIdleTimer } from '../../electron/idle-timer.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A timer on a clock that runs with vitest's; `asleep` is time that no timer notices. */
function idleTimer() {
  const started = Date.now()
  const state = { asleep: 0 }
  const now = () => Date.now() - started + state.asleep
  const log: [at: number, what: string][] = []
  const note = (what: string) => void log.push([now(), what])
  const timer = createIdleTimer(
    { now, stamp: () => ({ bootId: null, uptime: 0, wall: 0 }) },
    {
      warn: () => note('warn'),
      clearWarning: () => note('clear'),
      report: () => undefined,
      expire: note,
      alive: () => undefined,
    },
  )
  timer.take({ kind: 'signed-in', minutes: 1, idleFor: 0, lifeLeft: Infinity })
  return { timer, log, state }
}

describe('the idle timer', () => {
  it('warns and expires by itself, in time', () => {
    const { log } = idleTimer()
    vi.advanceTimersByTime(120_000)
    expect(log.map(([, what]) => what)).toEqual(['warn', 'clear', 'idle'])
    expect(log[0]?.[0]).toBeLessThanOrEqual(41_000)
    expect(log[2]?.[0]).toBeLessThanOrEqual(60_200)
  })

  it('notices within seconds of waking that time went by while nothing ran', () => {
    const { log, state } = idleTimer()
    state.asleep = 3_600_000
    vi.advanceTimersByTime(5_000)
    expect(log.map(([, what]) => what)).toEqual(['idle'])
  })

  it('runs no faster than once a second while there is no warning', () => {
    const { timer } = idleTimer()
    const set = vi.spyOn(globalThis, 'setTimeout')
    for (let second = 0; second < 39; second++) {
      vi.advanceTimersByTime(1_000)
      timer.take({ kind: 'input' })
    }
    expect(Math.min(...set.mock.calls.map(([, ms]) => ms ?? 0))).toBeGreaterThanOrEqual(1_000)
  })

  it('leaves no timer behind when the session has ended', () => {
    const { timer } = idleTimer()
    timer.take({ kind: 'ended' })
    expect(vi.getTimerCount()).toBe(0)
  })
})
