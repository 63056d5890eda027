export type KeychainRequest = { service: string; account: string } & (
  { kind: 'get' } | { kind: 'set'; value: string } | { kind: 'remove' }
)
/** `remove` answers `''` for "removed" and `null` for "nothing there, or locked". */
export type KeychainAnswer = { ok: true; value: string | null } | { ok: false }

/** One run of `keychain-process.ts`. */
export interface KeychainHelper {
  send: (request: KeychainRequest) => void
  onAnswer: (listener: (answer: KeychainAnswer) => void) => void
  onExit: (listener: () => void) => void
  kill: () => void
}

/**
 * What is known, without asking, about our entry. `stored`: it was read back, so finding nothing
 * means that the keychain cannot be read. `purge`: the tombstone; something may be there, and it
 * must be removed, never restored.
 */
export type KeychainMarker = 'empty' | 'stored' | 'purge'

export interface KeychainOptions {
  start: () => KeychainHelper
  /** Names the entry; one installation holds one. */
  account: string
  marker: {
    read: () => KeychainMarker
    /** Answers whether the next start will find it. */
    write: (marker: KeychainMarker) => boolean
  }
  /** Milliseconds for one request, a second try included. */
  limit?: number
}

/** No secret can be kept now: no keychain, a locked, hung or crashed one, or no disk to take note of it. */
export class KeychainUnavailable extends Error {
  override name = 'KeychainUnavailable'
}

/** Windows holds 2,560 bytes an entry. */
const largestValue = 2_048

export interface Keychain {
  /** `null`: nothing is stored, or it waits to be removed. */
  get: () => Promise<string | null>
  set: (value: string) => Promise<void>
  /** Removes the entry. Its tombstone is written before this function returns. */
  remove: () => Promise<void>
  /** Ends the helper process, so that a keyring that hangs cannot keep the app from ending. */
  close: () => void
}

/**
 * The operating system's keychain (D1). One request at a time; each has its own helper process and
 * a time limit. A failure of any kind is `KeychainUnavailable`; there is no other place to fall back to.
 */
export function createKeychain({
  start,
  account,
  marker,
  limit = 3_000,
}: KeychainOptions): Keychain {
  const entry = { service: 'Atalaya', account: account.normalize('NFC') }
  let queue: Promise<unknown> = Promise.resolve()
  let running: KeychainHelper | null = null
  /** Counts the changes that were asked for: only the latest may say what is stored. */
  let change = 0

  /** One helper, one request. An exit without an answer is a failure, whatever its code says. */
  function attempt(request: KeychainRequest, ms: number): Promise<KeychainAnswer | 'timeout'> {
    return new Promise((resolve) => {
      const helper = start()
      running = helper
      const timer = setTimeout(() => finish('timeout'), ms)
      function finish(answer: KeychainAnswer | 'timeout'): void {
        // Its end is heard of as well.
        if (running !== helper) return
        running = null
        clearTimeout(timer)
        resolve(answer)
        helper.kill()
      }
      helper.onAnswer(finish)
      helper.onExit(() => finish({ ok: false }))
      helper.send(request)
    })
  }

  /** Tries a second time after a failure: a keyring that was started again refuses its old clients. */
  async function ask(request: KeychainRequest): Promise<string | null> {
    const deadline = performance.now() + limit
    let answer = await attempt(request, limit)
    if (answer !== 'timeout' && !answer.ok)
      answer = await attempt(request, Math.max(0, deadline - performance.now()))
    if (answer === 'timeout' || !answer.ok) throw new KeychainUnavailable()
    return answer.value
  }

  function inTurn<T>(job: () => Promise<T>): Promise<T> {
    const turn = queue.then(job)
    queue = turn.catch(() => undefined)
    return turn
  }

  async function remove(): Promise<void> {
    if (marker.read() === 'empty') return
    const mine = ++change
    marker.write('purge')
    await inTurn(async () => {
      const removed = await ask({ ...entry, kind: 'remove' })
      // `null` may mean "locked": the tombstone stays and the next start tries again.
      if (removed !== null && mine === change) marker.write('empty')
    })
  }

  return {
    remove,

    async get() {
      if (marker.read() !== 'stored') return null
      const value = await inTurn(() => ask({ ...entry, kind: 'get' }))
      if (value === null) throw new KeychainUnavailable()
      return value
    },

    async set(value) {
      if (value === '' || Buffer.byteLength(value) > largestValue || value.includes('\0'))
        throw new RangeError('A keychain entry holds 1 to 2,048 bytes and no NUL')
      const mine = ++change
      // Whatever happens from here on, what may have been written is not to be trusted. A disk that
      // does not take note of it would leave an entry that no start knows of.
      if (!marker.write('purge')) throw new KeychainUnavailable()
      const stored = await inTurn(() => ask({ ...entry, kind: 'set', value }))
      if (stored !== value) throw new KeychainUnavailable()
      if (mine === change) marker.write('stored')
    },

    close() {
      running?.kill()
    },
  }
}
