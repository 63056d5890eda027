import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { idleLimit, leaseTime, reportInterval, warningLead } from '../../contract/idle.ts'

const minute = 60_000

describe('idle limit', () => {
  test.each([
    [1, 1],
    [30, 30],
    [120, 120],
    [0, 1],
    [-5, 1],
    [121, 120],
    [1.9, 1],
    [Infinity, 120],
    [-Infinity, 1],
    [NaN, 1],
    ['30', 1],
    [null, 1],
    [undefined, 1],
    [{}, 1],
  ])('%s is taken as %i minutes', (asked, minutes) => {
    expect(idleLimit(asked)).toBe(minutes * minute)
  })

  test('is whole minutes from 1 to 120, whatever comes', () => {
    fc.assert(
      fc.property(fc.anything(), (asked) => {
        const limit = idleLimit(asked)
        expect(limit % minute).toBe(0)
        expect(limit).toBeGreaterThanOrEqual(minute)
        expect(limit).toBeLessThanOrEqual(120 * minute)
      }),
    )
  })

  test('leaves time before the warning, 20 s to react, and three reports to a lease', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), (minutes) => {
        const limit = idleLimit(minutes)
        expect(warningLead(limit)).toBeGreaterThanOrEqual(20_000)
        expect(warningLead(limit)).toBeLessThan(limit)
        expect(reportInterval(limit)).toBeLessThanOrEqual(leaseTime / 3)
        expect(reportInterval(limit)).toBeLessThanOrEqual(limit / 4)
      }),
    )
  })
})
