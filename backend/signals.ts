/** Milliseconds after which an end that hangs is forced. */
const patience = 20_000

/**
 * Resolves at the first of the signals. Repeats are ignored, so that none cuts the closing short:
 * Ctrl-C comes twice, from the terminal and from npm.
 */
export function firstSignal(signals: readonly NodeJS.Signals[]): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of signals)
      process.on(signal, () => {
        resolve()
      })
  })
}

/** To be called when the closing begins. */
export function forceEndLater(): void {
  setTimeout(() => process.exit(1), patience).unref()
}
