import { vi } from 'vitest'

/** Milliseconds that a busy machine is given: what comes at all comes long before. */
const patience = 15_000

/** Waits until a check passes. For what has to happen, never for how fast it does. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: patience, interval: 20 })
