/** The idle sign-out (S6, D2, B2): limits and deadline arithmetic. Milliseconds unless named otherwise. */

export const idleMinutes = { min: 1, max: 120, default: 30 } as const

/** Above this many minutes NIST SP 800-63B-4 §2.2.3 advises against it; the form shows a note. */
export const idleMinutesAdvised = 60

/**
 * The policy in milliseconds, whatever it came as. Anything that is not a number within the limits
 * is pulled to the nearest one, and what is no number at all closes soonest (ASVS 5.0, 16.5.3).
 */
export function idleLimit(minutes: unknown): number {
  const asked = typeof minutes === 'number' && !Number.isNaN(minutes) ? minutes : idleMinutes.min
  return Math.min(idleMinutes.max, Math.max(idleMinutes.min, Math.floor(asked))) * 60_000
}

/** How long before the end the warning comes: 60 s, or 20 s (WCAG 2.2.1) where the limit is that short. */
export const warningLead = (limit: number): number => (limit > 60_000 ? 60_000 : 20_000)

/** How often a workstation tells the backend that it is there and how long nobody touched it. */
export const reportInterval = (limit: number): number => Math.min(30_000, limit / 4)

/** How long a seat is kept without such a report (U4): three missed ones. */
export const leaseTime = 90_000

/** The longest a session may live, however active (NIST SP 800-63B-4 §2.2.3). */
export const sessionLife = 12 * 60 * 60_000
