import type { SignInHours } from '../contract/users.ts'

/** Sign-in hours: what an account's days and weekly hours mean in the workspace's time zone. */

const minute = 60_000
const day = 24 * 60 * minute

/** How many days ahead to look: the same weekday again, and a day to spare on either side. */
const horizon = 9

/** Milliseconds since 1970; the end is not part of it. */
interface Stretch {
  start: number
  end: number
}

export interface Standing {
  /** The account may be signed in. */
  open: boolean
  /** When that ends; `null`: not within a week, or it is not open. */
  until: Date | null
  /** Not open: when it is next; `null`: not again. */
  next: Date | null
}

const always: Standing = { open: true, until: null, next: null }

/** How an account stands at a moment. Without hours it may sign in at any time. */
export function standingAt(hours: SignInHours | null, timeZone: string, at: Date): Standing {
  if (!hours) return always
  const clock = zoneClock(timeZone)
  const now = at.getTime()
  const stretches = merge(stretchesFrom(hours, clock, now))
  const current = stretches.find(({ start, end }) => start <= now && now < end)
  if (current) return { open: true, until: dateOf(current.end), next: null }
  const next = stretches.find(({ start }) => start > now)
  return { open: false, until: null, next: next ? dateOf(next.start) : null }
}

const dateOf = (moment: number) => (Number.isFinite(moment) ? new Date(moment) : null)

/** From the day before (or the first day, if that is to come) on. */
function stretchesFrom({ from, until, weekly }: SignInHours, clock: Clock, now: number) {
  const first = from === null ? -Infinity : startOfDay(from)
  const last = until === null ? Infinity : startOfDay(until)
  if (weekly.length === 0)
    return [{ start: moment(first, clock, 'start'), end: moment(last + day, clock, 'end') }]

  const today = Math.floor(clock(now) / day) * day
  const begin = Math.max(today - day, first)
  const days = Array.from({ length: horizon + 1 }, (_, index) => begin + index * day)
  return days
    .filter((it) => it <= last)
    .flatMap((it) =>
      weekly
        .filter((hours) => hours.day === weekday(it))
        .map(({ start, end }) => ({
          start: moment(it + minutesOf(start) * minute, clock, 'start'),
          end: moment(it + minutesOf(end) * minute, clock, 'end'),
        })),
    )
}

/** Stretches that touch or overlap are one: 22:00–24:00 and 00:00–06:00 of the next day. */
function merge(stretches: Stretch[]): Stretch[] {
  const merged: Stretch[] = []
  for (const it of stretches.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    if (last && it.start <= last.end) last.end = Math.max(last.end, it.end)
    else merged.push({ ...it })
  }
  return merged
}

// Wall time is written as the milliseconds that UTC would show the same at.

const startOfDay = (date: string) => Date.parse(`${date}T00:00:00Z`)
/** 1 is Monday (ISO 8601). */
const weekday = (wall: number) => new Date(wall).getUTCDay() || 7
const minutesOf = (time: string) => {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

/** Tells the wall time of a moment. */
type Clock = (moment: number) => number

const clocks = new Map<string, Clock>()

function zoneClock(timeZone: string): Clock {
  const known = clocks.get(timeZone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const clock: Clock = (moment) => {
    const parts = format.formatToParts(moment)
    const part = (type: Intl.DateTimeFormatPartTypes) =>
      Number(parts.find((it) => it.type === type)?.value)
    const wall = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    )
    return wall + (((moment % 1000) + 1000) % 1000)
  }
  clocks.set(timeZone, clock)
  return clock
}

/**
 * The moment of a wall time. Where clocks go back and show it twice, a stretch begins at the first
 * and ends at the second; where they go forward and skip it, at the skip.
 */
function moment(wall: number, clock: Clock, side: 'start' | 'end'): number {
  if (!Number.isFinite(wall)) return wall
  const offset = (at: number) => clock(at) - at
  const [before, after] = [offset(wall - day), offset(wall + day)]
  const shown = [wall - before, wall - after].filter((at) => clock(at) === wall)
  if (shown.length > 0) return side === 'start' ? Math.min(...shown) : Math.max(...shown)

  let [low, high] = [wall - day, wall + day]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offset(middle) === before) low = middle
    else high = middle
  }
  return high
}
