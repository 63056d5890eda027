import fc from 'fast-check'
import { sessions } from '../../contract/sessions.ts'
import { SessionModel } from './session-model.ts'

const minute = 60_000

/** What happens to one session: its workstation says or asks something, or somebody else acts. Milliseconds. */
export type Deed =
  /** True or a lie: one from the future is negative. */
  | { kind: 'report'; idle: number }
  /** The last report that was taken, once more. */
  | { kind: 'replay' }
  | { kind: 'request' }
  /** Nothing but an event stream that stays open. */
  | { kind: 'silence' }
  | { kind: 'policy'; minutes: number }
  | { kind: 'sign-out' }
  | { kind: 'ended-by-other' }

/** A session from its sign-in on. */
export interface Story {
  minutes: number
  lifeLeft: number
  moments: { after: number; deed: Deed }[]
}

const minutes = fc.oneof(fc.constantFrom(1, 2, 30), fc.integer({ min: 1, max: 120 }))
const idle = fc.oneof(
  fc.constantFrom(0, minute, 30 * minute, -1, 86_400_000, 86_400_001, Number.MAX_SAFE_INTEGER),
  fc.integer({ min: 0, max: 60_000 }),
  fc.integer({ min: 0, max: 40 * minute }),
  fc.integer({ min: -90 * minute, max: 26 * 60 * minute }),
)
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('report' as const), idle }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'replay' } as const) },
  { weight: 4, arbitrary: fc.constant({ kind: 'request' } as const) },
  { weight: 3, arbitrary: fc.constant({ kind: 'silence' } as const) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('policy' as const), minutes }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'sign-out' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'ended-by-other' } as const) },
)
const after = fc.oneof(
  fc.constantFrom(0, 30_000, 90_000, minute, 2 * minute, 30 * minute),
  fc.integer({ min: 0, max: 60_000 }),
  fc.integer({ min: 0, max: 40 * minute }),
)

/** The most that happens in a story. */
export const longest = 8

export const story: fc.Arbitrary<Story> = fc.record({
  minutes,
  lifeLeft: fc.oneof(fc.constant(720 * minute), fc.integer({ min: 0, max: 90 * minute })),
  moments: fc.array(fc.record({ after, deed }), { minLength: 1, maxLength: longest, size: 'max' }),
})

/** After which steps the backend sweeps. */
export const sweeps: fc.Arbitrary<boolean[]> = fc.array(
  fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
  { minLength: 1, maxLength: longest, size: 'max' },
)

/** What goes over the wire; `undefined`: it does not pass the border. */
export const reportInput = (idle: number) =>
  sessions['sessions.report'].input.safeParse({ idleSeconds: idle / 1000 }).data

/** A story as the model tells it: what each deed is answered, and how the session stands. */
export class Telling {
  now = 0
  readonly session: SessionModel<'signed-out' | 'ended-by-other'>
  private lastReport = 0

  constructor({ minutes: limit, lifeLeft }: Story) {
    this.session = new SessionModel(0, { idleFor: 0, lifeLeft, limit: limit * minute })
  }

  /** The same deed, a replay in full. */
  written(it: Deed): Deed {
    if (it.kind === 'replay') return { kind: 'report', idle: this.lastReport }
    if (it.kind === 'report' && reportInput(it.idle)) this.lastReport = it.idle
    return it
  }

  /** Answers as the worlds do. */
  take(it: Deed): string {
    if (it.kind === 'silence') return 'done'
    if (it.kind === 'policy') {
      this.session.limit = it.minutes * minute
      return 'done'
    }
    if (it.kind === 'ended-by-other') {
      this.session.end(this.now, 'ended-by-other')
      return 'done'
    }
    return this.asks(it)
  }

  /** What its workstation asks for is an occasion to look at it first. */
  private asks(it: Deed): string {
    if (!this.session.look(this.now)) return `ended: ${this.session.ended?.cause ?? ''}`
    if (it.kind === 'sign-out') this.session.end(this.now, 'signed-out')
    if (it.kind !== 'report') return 'done'
    if (!reportInput(it.idle)) return 'refused'
    this.session.touch(this.now, it.idle)
    return left(this.session.left(this.now), this.session.limit / minute)
  }

  /** How its row has to stand; the time of a session stops at its end. */
  row() {
    const { ended, touched, lifeEnd } = this.session
    const at = ended?.at ?? this.now
    return { cause: ended?.cause ?? null, idle: at - touched, life: lifeEnd - at }
  }
}

/** The answer to a report. */
export const left = (milliseconds: number, minutesOfPolicy: number) =>
  `${milliseconds} ms left of ${minutesOfPolicy} min`
