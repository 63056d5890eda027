import { describe, expect, it } from 'vitest'
import { between, elapsed, type Stamp, systemClock } from '../../electron/clock.ts'

function counters() {
  const time = { up: 5_000_000, hr: 900 }
  return { time, counters: { uptime: () => time.up, hrtime: () => time.hr } }
}

describe('the clock', () => {
  it('counts the time the machine was asleep, which only uptime sees', () => {
    const { time, counters: both } = counters()
    const now = elapsed(both)
    time.hr += 1_000
    time.up += 3_601_000
    expect(now()).toBe(3_601_000)
  })

  it('goes on when uptime stands still', () => {
    const { time, counters: both } = counters()
    const now = elapsed(both)
    time.hr += 2_500
    expect(now()).toBe(2_500)
  })

  it('never goes back, nor forgets a sleep, when uptime is set back', () => {
    const { time, counters: both } = counters()
    const now = elapsed(both)
    time.up += 60_000
    const before = now()
    time.up -= 600_000
    time.hr += 10
    expect(now()).toBe(before + 10)
  })

  it('does not add up the one-second steps of uptime, however often it is read', () => {
    let hr = 0
    const now = elapsed({ hrtime: () => hr, uptime: () => Math.floor(hr / 1_000) * 1_000 })
    for (; hr < 600_000; hr += 8) now()
    expect(now()).toBeLessThan(601_000)
    expect(now()).toBeGreaterThanOrEqual(600_000)
  })

  it('reads the machine', () => {
    const clock = systemClock()
    const first = clock.now()
    expect(clock.now()).toBeGreaterThanOrEqual(first)
    expect(clock.stamp().uptime).toBeGreaterThan(0)
  })
})

describe('from one run of the app to the next', () => {
  const then: Stamp = { bootId: 'a', uptime: 100_000, wall: 1_000_000 }

  it('the uptime of one boot counts, whatever was done to the wall clock', () => {
    expect(between(then, { bootId: 'a', uptime: 160_000, wall: 5 })).toBe(60_000)
  })

  it('after another boot the wall clock counts', () => {
    expect(between(then, { bootId: 'b', uptime: 9_000, wall: 1_500_000 })).toBe(500_000)
  })

  it('after another boot at least the uptime has passed', () => {
    expect(between(then, { bootId: 'b', uptime: 90_000, wall: 1_000_001 })).toBe(90_000)
  })

  it('time that went back counts as for ever', () => {
    expect(between(then, { bootId: 'a', uptime: 99_999, wall: 2_000_000 })).toBe(Infinity)
    expect(between(then, { bootId: 'b', uptime: 200_000, wall: 999_999 })).toBe(Infinity)
    expect(between({ ...then, bootId: null }, { bootId: null, uptime: 1, wall: 1 })).toBe(Infinity)
  })

  it('where no boot id is known the larger of both clocks counts', () => {
    const blind = { ...then, bootId: null }
    expect(between(blind, { bootId: null, uptime: 400_000, wall: 1_000_001 })).toBe(300_000)
    expect(between(blind, { bootId: null, uptime: 5, wall: 1_700_000 })).toBe(700_000)
  })
})
