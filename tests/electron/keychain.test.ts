import { describe, expect, it } from 'vitest'
import {
  createKeychain,
  type KeychainAnswer,
  type KeychainHelper,
  type KeychainMarker,
  type KeychainRequest,
  KeychainUnavailable,
} from '../../electron/keychain.ts'

type Behaviour = (request: KeychainRequest) => KeychainAnswer | 'hang' | 'crash'

/** A helper process in play: the n-th one started behaves as the n-th entry says, the last one for ever. */
function keychainWith(marker: KeychainMarker, ...behaviours: Behaviour[]) {
  const seen = { started: 0, alive: 0, most: 0, killed: 0, requests: [] as KeychainRequest[] }
  const state = { marker, isDiskFull: false }
  function start(): KeychainHelper {
    const behave = behaviours[Math.min(seen.started, behaviours.length - 1)]
    seen.started++
    seen.most = Math.max(seen.most, ++seen.alive)
    let answer: (it: KeychainAnswer) => void
    let exit: () => void
    return {
      onAnswer: (listener) => (answer = listener),
      onExit: (listener) => (exit = listener),
      kill() {
        seen.killed++
        seen.alive--
        exit()
      },
      send(request) {
        seen.requests.push(request)
        const outcome = behave?.(request)
        setTimeout(() => {
          if (outcome === 'crash') exit()
          else if (outcome && outcome !== 'hang') answer(outcome)
        }, 1)
      },
    }
  }
  const keychain = createKeychain({
    start,
    account: 'A\u0301',
    limit: 60,
    marker: {
      read: () => state.marker,
      write(it) {
        state.marker = it
        return !state.isDiskFull
      },
    },
  })
  return { keychain, seen, state }
}

/** A keyring that works, shared by all helpers. */
function ring(stored: string | null = null): Behaviour {
  let value = stored
  return (request) => {
    if (request.kind === 'set') value = request.value
    if (request.kind !== 'remove') return { ok: true, value }
    const had = value !== null
    value = null
    return { ok: true, value: had ? '' : null }
  }
}
const hang: Behaviour = () => 'hang'
const crash: Behaviour = () => 'crash'
const refuse: Behaviour = () => ({ ok: false })

describe('the keychain', () => {
  it('keeps, gives back and removes', async () => {
    const { keychain, state, seen } = keychainWith('empty', ring())
    await keychain.set('secret')
    expect(state.marker).toBe('stored')
    expect(await keychain.get()).toBe('secret')
    await keychain.remove()
    expect(state.marker).toBe('empty')
    expect(await keychain.get()).toBeNull()
    expect(seen.alive).toBe(0)
  })

  it('names its entry in one Unicode form', async () => {
    const { keychain, seen } = keychainWith('empty', ring())
    await keychain.set('secret')
    expect(seen.requests[0]).toMatchObject({ service: 'Atalaya', account: '\u00c1' })
  })

  it('asks nobody as long as nothing was stored', async () => {
    const { keychain, seen } = keychainWith('empty', hang)
    expect(await keychain.get()).toBeNull()
    await keychain.remove()
    expect(seen.started).toBe(0)
  })

  it('takes "nothing there" for "cannot read" where something was stored', async () => {
    const { keychain } = keychainWith('stored', ring())
    await expect(keychain.get()).rejects.toThrow(KeychainUnavailable)
  })

  it('gives up on one that hangs, and ends its process', async () => {
    const { keychain, seen } = keychainWith('stored', hang)
    const before = performance.now()
    await expect(keychain.get()).rejects.toThrow(KeychainUnavailable)
    expect(performance.now() - before).toBeLessThan(500)
    expect(seen).toMatchObject({ alive: 0, killed: 1 })
  })

  it('tries once more after a crash or a refusal, and only once', async () => {
    for (const failure of [crash, refuse]) {
      expect(await keychainWith('stored', failure, ring('secret')).keychain.get()).toBe('secret')
      const broken = keychainWith('stored', failure)
      await expect(broken.keychain.get()).rejects.toThrow(KeychainUnavailable)
      expect(broken.seen.started).toBe(2)
    }
  })

  it('serves one request at a time', async () => {
    const { keychain, seen } = keychainWith('stored', ring('secret'))
    await Promise.all([keychain.get(), keychain.get(), keychain.set('b'), keychain.remove()])
    expect(seen.most).toBe(1)
  })

  it('does not believe a set that cannot be read back', async () => {
    const { keychain, state } = keychainWith('empty', () => ({ ok: true, value: null }))
    await expect(keychain.set('secret')).rejects.toThrow(KeychainUnavailable)
    expect(state.marker).toBe('purge')
  })

  it('stores nothing that the next start would not know of', async () => {
    const { keychain, seen, state } = keychainWith('empty', ring())
    state.isDiskFull = true
    await expect(keychain.set('secret')).rejects.toThrow(KeychainUnavailable)
    expect(seen.requests).toEqual([])
  })

  it('removes what it holds although the disk takes no tombstone', async () => {
    const { keychain, seen, state } = keychainWith('stored', ring('secret'))
    state.isDiskFull = true
    await keychain.remove()
    expect(seen.requests).toMatchObject([{ kind: 'remove' }])
  })

  it('writes the tombstone before it deletes, and keeps it while the deletion is not certain', async () => {
    const { keychain, state } = keychainWith('stored', hang)
    const removed = keychain.remove()
    expect(state.marker).toBe('purge')
    await expect(removed).rejects.toThrow(KeychainUnavailable)
    expect(state.marker).toBe('purge')

    const locked = keychainWith('stored', () => ({ ok: true, value: null }))
    await locked.keychain.remove()
    expect(locked.state.marker).toBe('purge')
  })

  it('never restores what has a tombstone', async () => {
    const { keychain, seen } = keychainWith('purge', ring('secret'))
    expect(await keychain.get()).toBeNull()
    expect(seen.started).toBe(0)
  })

  it('a set that ends after a sign-out began does not lift the tombstone', async () => {
    const { keychain, state } = keychainWith('empty', ring())
    const set = keychain.set('secret')
    const removed = keychain.remove()
    await set
    expect(state.marker).toBe('purge')
    await removed
    expect(state.marker).toBe('empty')
  })

  it('refuses what some keychains would cut short or not hold', async () => {
    const { keychain, seen } = keychainWith('empty', ring())
    for (const value of ['', 'a\0b', 'x'.repeat(2_049)])
      await expect(keychain.set(value)).rejects.toThrow(RangeError)
    expect(seen.started).toBe(0)
  })
})
