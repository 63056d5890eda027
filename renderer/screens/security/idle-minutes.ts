import { idleMinutes } from '../../../contract/idle.ts'

/** Why a text is no number of minutes; the words stand in `locales/` under `idle-policy.errors`. */
type MinutesError = 'empty' | 'not-a-number' | 'not-whole' | 'out-of-range'

/** Reads what a person typed as minutes of the idle policy (S6): whole, 1 to 120. */
export function readMinutes(text: string): { minutes: number } | { error: MinutesError } {
  const trimmed = text.trim()
  if (!trimmed) return { error: 'empty' }
  if (!/^[+-]?\d+([.,]\d+)?$/.test(trimmed)) return { error: 'not-a-number' }
  if (/[.,]/.test(trimmed)) return { error: 'not-whole' }
  const minutes = Number(trimmed)
  const inside = minutes >= idleMinutes.min && minutes <= idleMinutes.max
  return inside ? { minutes } : { error: 'out-of-range' }
}
