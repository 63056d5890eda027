import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { idleLimit, warningLead } from '../../contract/idle.ts'
import { type IdleDecision, type IdleEvent, type IdleState, step } from '../../electron/idle.ts'
import { SessionModel } from '../support/session-model.ts'

const minute = 60_000

interface Timed {
  after: number
  event: IdleEvent | { kind: 'report-answer'; delay: number; minutes: number; remaining: number }
}

const minutes = fc.oneof(
  fc.integer({ min: 1, max: 120 }),
  fc.constantFrom(0, -5, 121, 1.5, Number.NaN, Infinity),
)
const event: fc.Arbitrary<Timed['event']> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: 'input' } as const) },
  { weight: 6, arbitrary: fc.constant({ kind: 'check' } as const) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('policy' as const), minutes }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('report-answer' as const),
      delay: fc.integer({ min: 0, max: 10_000 }),
      minutes: fc.integer({ min: 1, max: 120 }),
      remaining: fc.integer({ min: -5_000, max: 130 * minute }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'ended' } as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('signed-in' as const),
      minutes,
      idleFor: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 * minute })),
      lifeLeft: fc.oneof(fc.constant(720 * minute), fc.integer({ min: -1, max: 90 * minute })),
    }),
  },
)
const pause = fc.oneof(
  fc.integer({ min: 0, max: 2_000 }),
  fc.integer({ min: 0, max: 40_000 }),
  fc.integer({ min: 0, max: 40 * minute }),
)
const sequences = fc.array(fc.record({ after: pause, event }), {
  minLength: 1,
  maxLength: 40,
  size: 'max',
})

/** A workstation in which people sign in one after the other, by the model of a session. */
class Workstation {
  session: SessionModel<'ended'> | null = null
  /** When the backend means to end the session; the next touch lifts it. */
  cap = Infinity

  take(event: IdleEvent, now: number): 'off' | 'alive' | 'idle' | 'expired' {
    if (event.kind === 'signed-in') {
      this.session = new SessionModel(now, { ...event, limit: idleLimit(event.minutes) })
      this.cap = Infinity
    }
    if (!this.session || this.session.ended) return 'off'
    const { session } = this
    if (this.look(session, now)) this.apply(session, event, now)
    if (this.look(session, now)) return 'alive'
    return session.ended?.cause === 'ended' ? 'off' : (session.ended?.cause ?? 'alive')
  }

  private apply(session: SessionModel<'ended'>, event: IdleEvent, now: number): void {
    if (event.kind === 'ended') session.end(now, 'ended')
    if (event.kind === 'policy' || event.kind === 'reported')
      session.limit = idleLimit(event.minutes)
    if (event.kind === 'reported' && event.askedAt >= session.touched)
      this.cap = now + event.remaining
    if (event.kind === 'input') {
      session.touch(now, 0)
      this.cap = Infinity
    }
  }

  private look(session: SessionModel<'ended'>, now: number): boolean {
    const { touched, limit, lifeEnd } = session
    const isIdle = touched + limit < lifeEnd || this.cap + 1_000 < lifeEnd
    if (now >= this.cap || session.left(now) <= 0) session.end(now, isIdle ? 'idle' : 'expired')
    return session.look(now)
  }
}

/** Runs a random sequence through the machine and hands every step to a check. */
function play(
  sequence: Timed[],
  look: (it: {
    event: IdleEvent
    now: number
    before: IdleState
    state: IdleState
    decisions: IdleDecision[]
  }) => void,
): void {
  let state: IdleState = null
  let now = 1_000
  for (const { after, event: drawn } of sequence) {
    now += after
    const event: IdleEvent =
      drawn.kind === 'report-answer'
        ? {
            kind: 'reported',
            askedAt: now - drawn.delay,
            minutes: drawn.minutes,
            remaining: drawn.remaining,
          }
        : drawn
    const before: IdleState = state
    const next = step(state, event, now)
    state = next.state
    look({ event, now, before, state, decisions: next.decisions })
  }
}

const runs = { numRuns: 10_000 }
const kinds = (decisions: IdleDecision[]) => decisions.map((it) => it.kind)

describe('the idle machine', () => {
  it('agrees with the plain rule on any sequence of events', () => {
    fc.assert(
      fc.property(sequences, (sequence) => {
        const model = new Workstation()
        play(sequence, ({ event, now, state, decisions }) => {
          const verdict = model.take(event, now)
          const end = decisions.find((it) => it.kind === 'expire')
          const is = end?.cause ?? (state === null ? 'off' : 'alive')
          if (is !== verdict) expect.fail(`${is} instead of ${verdict} at ${now}`)
        })
      }),
      { numRuns: 100_000 },
    )
  })

  it('lets nothing but input and a longer policy move the end further away', () => {
    const idleEnd = (it: NonNullable<IdleState>) => it.lastInput + it.limit
    fc.assert(
      fc.property(sequences, (sequence) => {
        play(sequence, ({ event, before, state }) => {
          if (!before || !state || event.kind === 'signed-in') return
          if (event.kind !== 'input') expect(state.lastInput).toBe(before.lastInput)
          if (event.kind === 'check') expect(idleEnd(state)).toBe(idleEnd(before))
          expect(state.lifeEnd).toBe(before.lifeEnd)
        })
      }),
      runs,
    )
  })

  it('warns within the lead, once for a deadline, and never leaves a warning behind', () => {
    fc.assert(
      fc.property(sequences, (sequence) => {
        let isShown = false
        play(sequence, ({ state, decisions }) => {
          for (const decision of decisions) {
            if (decision.kind === 'clear-warning') {
              expect(isShown).toBe(true)
              isShown = false
            }
            if (decision.kind === 'warn') {
              expect(decision.endsIn).toBeGreaterThan(0)
              expect(decision.endsIn).toBeLessThanOrEqual(warningLead(state?.limit ?? 0))
              isShown = true
            }
          }
          expect(isShown).toBe(state !== null && state.warnedOf !== null)
        })
      }),
      runs,
    )
  })
})

/** A session signed in at 0 with this policy, then the events at their times. */
function after(minutesOfPolicy: unknown, events: [number, IdleEvent][]) {
  let { state, decisions } = step(
    null,
    { kind: 'signed-in', minutes: minutesOfPolicy, idleFor: 0, lifeLeft: 720 * minute },
    0,
  )
  for (const [now, it] of events) ({ state, decisions } = step(state, it, now))
  return { state, decisions }
}
const check: IdleEvent = { kind: 'check' }
const input: IdleEvent = { kind: 'input' }

describe('the idle sign-out', () => {
  it('expires on the very millisecond and not one before', () => {
    expect(after(1, [[59_999, check]]).state).not.toBeNull()
    expect(after(1, [[60_000, check]]).decisions).toContainEqual({ kind: 'expire', cause: 'idle' })
  })

  it('a click that was waiting while the machine stood still does not revive it', () => {
    expect(kinds(after(1, [[60_001, input]]).decisions)).toContain('expire')
    expect(
      after(1, [
        [60_001, input],
        [60_002, input],
      ]),
    ).toEqual({ state: null, decisions: [] })
  })

  it('a policy that falls below the time already idle ends it at once', () => {
    const { decisions } = after(30, [[5 * minute, { kind: 'policy', minutes: 5 }]])
    expect(decisions).toContainEqual({ kind: 'expire', cause: 'idle' })
  })

  it('a policy that grows takes the warning away', () => {
    const { decisions } = after(2, [
      [90_000, check],
      [91_000, { kind: 'policy', minutes: 3 }],
    ])
    expect(kinds(decisions)).toContain('clear-warning')
  })

  it('warns 60 s before, or 20 s where the limit is a minute', () => {
    expect(after(30, [[29 * minute, check]]).decisions).toContainEqual({
      kind: 'warn',
      endsIn: minute,
    })
    expect(kinds(after(1, [[39_999, check]]).decisions)).not.toContain('warn')
    expect(after(1, [[40_000, check]]).decisions).toContainEqual({ kind: 'warn', endsIn: 20_000 })
  })

  it('input during the warning takes it away and is reported at once', () => {
    const { decisions } = after(1, [
      [45_000, check],
      [46_000, input],
    ])
    expect(decisions).toEqual([{ kind: 'clear-warning' }, { kind: 'report', idleFor: 0 }])
  })

  it('reports after the sign-in, on every interval, and just before the end', () => {
    expect(kinds(after(30, []).decisions)).toContain('report')
    expect(kinds(after(30, [[29_999, check]]).decisions)).not.toContain('report')
    expect(kinds(after(30, [[30_000, check]]).decisions)).toContain('report')
    const { decisions } = after(1, [
      [50_000, check],
      [58_000, check],
    ])
    expect(decisions).toContainEqual({ kind: 'report', idleFor: 58_000 })
  })

  it('the backend may shorten what is left, and never lengthen it', () => {
    const reported = (remaining: number): [number, IdleEvent] => [
      1_000,
      { kind: 'reported', askedAt: 900, minutes: 30, remaining },
    ]
    expect(kinds(after(30, [reported(0)]).decisions)).toContain('expire')
    expect(kinds(after(30, [reported(5_000), [6_000, check]]).decisions)).toContain('expire')
    expect(kinds(after(30, [reported(99 * minute), [30 * minute, check]]).decisions)).toContain(
      'expire',
    )
  })

  it('an answer that was on its way when somebody touched the workstation shortens nothing', () => {
    const { state } = after(30, [
      [950, input],
      [1_000, { kind: 'reported', askedAt: 900, minutes: 30, remaining: 10 }],
      [2_000, check],
    ])
    expect(state).not.toBeNull()
  })

  it('the longest life ends a session however active', () => {
    const first = step(null, { kind: 'signed-in', minutes: 30, idleFor: 0, lifeLeft: 10_000 }, 0)
    const touched = step(first.state, input, 9_999)
    expect(step(touched.state, input, 10_000).decisions).toContainEqual({
      kind: 'expire',
      cause: 'expired',
    })
  })

  it('says that the life is over, and not that nobody was there, where the backend ends it', () => {
    const first = step(null, { kind: 'signed-in', minutes: 30, idleFor: 0, lifeLeft: 10_000 }, 0)
    const answer = { kind: 'reported', askedAt: 4_900, minutes: 30, remaining: 4_700 } as const
    const told = step(first.state, answer, 5_000)
    expect(step(told.state, check, 9_700).decisions).toContainEqual({
      kind: 'expire',
      cause: 'expired',
    })
  })

  it('takes the shortest policy from what is no number at all', () => {
    for (const policy of ['x', null, Number.NaN, undefined, 0])
      expect(kinds(after(policy, [[60_000, check]]).decisions)).toContain('expire')
  })
})
