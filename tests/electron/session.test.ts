import { describe, expect, it } from 'vitest'
import { codeOf, ProblemError } from '../../contract/problem.ts'
import {
  credentials,
  listening,
  machine,
  minute,
  signedIn,
  until,
  workstation,
} from './workstation.ts'

const hour = 60 * minute

const ofPage = (log: string[]) => log.slice(log.lastIndexOf('session.changed: signed-out'))

describe('signing in', () => {
  it('keeps the token for itself and in the keychain', async () => {
    const { session, ring, file, status } = await signedIn()
    expect(status()).toBe('signed-in')
    expect(ring.value).toContain('token-1')
    expect(JSON.stringify([session.shown(), file.get()])).not.toContain('token-1')
  })

  it('reports at once, with the policy of the answer applied', async () => {
    const { calls } = await signedIn()
    expect(calls('sessions.report')[0]).toMatchObject({ input: { idleSeconds: 0 } })
  })

  it('is not needed for what anyone may ask; the rest is not even asked', async () => {
    const { session, calls } = workstation()
    expect(await session.ask('finder.search', { query: 'demo' })).toMatchObject({ ok: true })
    expect(calls('finder.search')).toHaveLength(1)
    expect(await session.ask('finder.show', {})).toMatchObject({ ok: false })
    expect(calls('finder.show')).toHaveLength(0)
  })

  it('says what the backend said no with', async () => {
    const { session, backend, status } = workstation()
    backend.fails['sessions.create'] = 'bad-credentials'
    const error: unknown = await session.signIn(credentials).catch((it: unknown) => it)
    expect(error instanceof ProblemError && codeOf(error.problem)).toBe('bad-credentials')
    expect(status()).toBe('signed-out')
  })

  it('an answer that comes after the person gave up signs nobody in, and gives the seat back', async () => {
    const { session, backend, calls, status } = workstation()
    let answer: () => void = () => undefined
    backend.delay['sessions.create'] = new Promise((resolve) => (answer = resolve))
    const signIn = session.signIn(credentials)
    session.signOut()
    answer()
    await signIn
    expect(status()).toBe('signed-out')
    await until(() => expect(calls('sessions.end')[0]).toMatchObject({ token: 'token-1' }))
  })

  it('without a keychain is kept in memory only, and says so once', async () => {
    const { session, log, file } = await signedIn({ value: null, works: false })
    await until(() => expect(session.shown().notice).toBe('keychain-unavailable'))
    expect(file.get()).toMatchObject({ session: null, keychain: 'purge' })
    session.dismissNotice()
    expect(log.filter((it) => it === 'notice.changed')).toHaveLength(2)
  })
})

describe('signing out', () => {
  it('goes by the order: state, page, keychain, backend', async () => {
    const { session, log, file, ring, calls } = await signedIn()
    session.signOut()
    expect(file.get()).toMatchObject({ session: null })
    await until(() => expect(calls('sessions.end')).toHaveLength(1))
    expect(ofPage(log)).toEqual([
      'session.changed: signed-out',
      'page cleared',
      'keychain.remove',
      'sessions.end',
    ])
    expect(ring.value).toBeNull()
  })

  it('answers nothing authenticated from that moment, not even what was on its way', async () => {
    const { session, backend } = await signedIn()
    let answer: () => void = () => undefined
    backend.delay['account.show'] = new Promise((resolve) => (answer = resolve))
    const late = session.ask('account.show', {})
    session.signOut()
    answer()
    for (const reply of [await late, await session.ask('account.show', {})])
      expect(reply.ok || codeOf(reply.problem)).toBe('not-signed-in')
  })

  it('is told to the backend later if it cannot be reached now', async () => {
    const { session, backend, calls } = await signedIn()
    backend.fails['sessions.end'] = 'offline'
    session.signOut()
    await until(() => expect(calls('sessions.end')).toHaveLength(1))
    backend.fails = {}
    await session.signIn(credentials)
    await until(() => {
      expect(calls('sessions.end').map((it) => it.token)).toEqual(['token-1', 'token-1'])
    })
  })

  it('does not wait for a keychain that fails', async () => {
    const { session, ring, calls, file } = await signedIn()
    ring.works = false
    session.signOut()
    await until(() => expect(calls('sessions.end')).toHaveLength(1))
    expect(file.get()).toMatchObject({ keychain: 'purge', session: null })
  })

  it('once is enough', async () => {
    const { session, log } = await signedIn()
    session.signOut()
    session.signOut()
    expect(log.filter((it) => it === 'page cleared')).toHaveLength(1)
  })
})

describe('the end of a session', () => {
  it('comes by idling, at any call, and is told to the backend with its cause', async () => {
    const { session, calls, because } = await signedIn()
    machine.time += 30 * minute
    session.check()
    expect(because()).toBe('idle')
    await until(() => expect(calls('sessions.end')[0]?.input).toEqual({ cause: 'idle' }))
  })

  it('is not undone by a click that comes too late', async () => {
    const { session, because } = await signedIn()
    machine.time += 30 * minute
    session.input()
    expect(because()).toBe('idle')
  })

  it('comes at once when the policy falls below the time already idle', async () => {
    const { backend, because, session } = await signedIn()
    await until(() => expect(backend.streams).toHaveLength(1))
    machine.time += 10 * minute
    session.check()
    backend.streams[0]?.write('data: {"kind":"idle-policy","minutes":5}\n\n')
    await until(() => expect(because()).toBe('idle'))
  })

  it('is reckoned by the policy that was told last, not by an answer that was under way', async () => {
    const { backend, calls, session, because, tell } = await signedIn()
    await until(() => expect(backend.streams).toHaveLength(1))
    let answer: () => void = () => undefined
    backend.delay['sessions.report'] = new Promise((resolve) => (answer = resolve))
    machine.time += minute
    session.check()
    await until(() => expect(calls('sessions.report')).toHaveLength(2))
    machine.time += 1_000
    tell({ kind: 'idle-policy', minutes: 5 })
    await until(() =>
      expect(session.shown().session).toMatchObject({ who: { workspace: { idleMinutes: 5 } } }),
    )
    answer()
    await backend.delay['sessions.report']
    machine.time += 5 * minute
    session.check()
    expect(because()).toBe('idle')
  })

  it('is told to the backend as well when a lost seat ends it here', async () => {
    const { backend, calls, session, because } = await signedIn()
    backend.fails = { 'account.show': 'no-seat' }
    await session.ask('account.show', {})
    expect(because()).toBe('no-seat')
    await until(() => expect(calls('sessions.end')).toHaveLength(1))
  })

  it('comes from the backend, by event or by answer, with its cause', async () => {
    const byEvent = await signedIn()
    await until(() => expect(byEvent.backend.streams).toHaveLength(1))
    byEvent.backend.streams[0]?.write('data: {"kind":"session-ended","cause":"replaced"}\n\n')
    await until(() => expect(byEvent.because()).toBe('replaced'))
    expect(byEvent.calls('sessions.end')).toHaveLength(0)

    for (const [code, cause] of [
      ['session-ended', 'expired'],
      ['not-signed-in', 'session-lost'],
      ['no-seat', 'no-seat'],
      ['outside-hours', 'outside-hours'],
      ['account-deactivated', 'deactivated'],
      ['workspace-being-deleted', 'workspace-deleted'],
    ] as const) {
      const { session, backend, because } = await signedIn()
      backend.fails['account.show'] = code
      backend.problem = { cause: 'expired' }
      await session.ask('account.show', {})
      expect(because()).toBe(cause)
    }
  })

  it('names who ended it and why, where a person did', async () => {
    const { session, backend, tell } = await listening()
    const whose = { by: 'Ada', reason: 'the desk is needed' }
    tell({ kind: 'session-ended', cause: 'ended-by-other', ...whose })
    await until(() => expect(session.shown().session).toMatchObject(whose))

    await session.signIn(credentials)
    expect(JSON.stringify(session.shown())).not.toContain(whose.reason)
    backend.fails['account.show'] = 'session-ended'
    backend.problem = { cause: 'seat-taken', by: 'Ada' }
    await session.ask('account.show', {})
    expect(session.shown().session).toMatchObject({ because: 'seat-taken', by: 'Ada' })
  })

  it('does not come from errors or silence of the backend', async () => {
    const { session, backend, status } = await signedIn()
    const codes = ['internal', 'unavailable', 'offline', 'bad-answer', 'forbidden'] as const
    for (const code of [...codes, 'password-change-needed'] as const) {
      backend.fails = { 'account.show': code, 'sessions.report': code, 'sessions.current': code }
      await session.ask('account.show', {})
      machine.time += minute
      session.input()
    }
    expect(status()).toBe('signed-in')
  })

  it('comes after the longest life, however active', async () => {
    const { session, because } = await signedIn()
    for (let passed = 0; passed < 12 * hour; passed += 10 * minute) {
      expect(because()).toBeUndefined()
      machine.time += 10 * minute
      session.input()
    }
    expect(because()).toBe('expired')
  })
})

describe('after a restart of the app', () => {
  it('a session goes on once the backend agrees', async () => {
    const { ring } = await signedIn()
    machine.time += 5 * minute
    const next = workstation(ring)
    expect(next.status()).toBe('resuming')
    expect(await next.session.ask('account.show', {})).toMatchObject({ ok: false })
    await next.session.resume()
    await until(() => expect(next.status()).toBe('signed-in'))
    expect(next.calls('sessions.report')[0]?.input).toEqual({ idleSeconds: 300 })
  })

  it('a deadline that passed meanwhile is final before any window exists', async () => {
    const { ring } = await signedIn()
    machine.time += 30 * minute
    const next = workstation(ring)
    expect(next.because()).toBe('idle')
    await next.session.resume()
    expect(next.ring.value).toBeNull()
    expect(next.calls('sessions.current')).toHaveLength(0)
    expect(next.calls('sessions.end')[0]).toMatchObject({ token: 'token-1' })
  })

  it('the deadline is still reckoned from the last input, not from the restart', async () => {
    const { ring } = await signedIn()
    machine.time += 29 * minute
    const next = workstation(ring)
    await next.session.resume()
    await until(() => expect(next.status()).toBe('signed-in'))
    machine.time += minute
    next.session.check()
    expect(next.because()).toBe('idle')
  })

  it('an unreachable backend is waited for, under the same deadline', async () => {
    const { ring } = await signedIn()
    const next = workstation(ring)
    next.backend.fails = { stream: 'offline', 'sessions.report': 'offline' }
    await next.session.resume()
    await until(() => expect(next.session.shown().connection).toBe('offline'))
    expect(next.status()).toBe('resuming')
    machine.time += 30 * minute
    next.session.check()
    expect(next.because()).toBe('idle')
    expect(next.ring.value).toBeNull()

    const later = workstation((await signedIn()).ring)
    later.backend.fails = { stream: 'offline' }
    await later.session.resume()
    later.backend.fails = {}
    await until(() => expect(later.status()).toBe('signed-in'))
  })

  it('a tombstone is obeyed: purged, never restored', async () => {
    const { ring, file } = await signedIn()
    file.set({ session: null })
    const next = workstation(ring)
    expect(next.status()).toBe('signed-out')
    await next.session.resume()
    expect(next.ring.value).toBeNull()
    expect(next.calls('sessions.current')).toHaveLength(0)
  })

  it('a keychain that cannot be read any more means signing in again, and is said', async () => {
    const { ring } = await signedIn()
    ring.works = false
    const next = workstation(ring)
    await next.session.resume()
    expect(next.because()).toBeNull()
    expect(next.session.shown().notice).toBe('keychain-unavailable')
  })

  it('a token is never carried to another backend', async () => {
    const { ring } = await signedIn()
    ring.value = ring.value?.replace('127.0.0.1', '127.0.0.2') ?? null
    const next = workstation(ring)
    await next.session.resume()
    expect(next.because()).toBe('session-lost')
    expect(next.calls('sessions.current')).toHaveLength(0)
  })
})

describe('quitting', () => {
  it('leaves a kept session to be taken up', async () => {
    const { session, calls, ring } = await signedIn()
    await session.quit()
    expect(calls('sessions.end')).toHaveLength(0)
    expect(ring.value).toContain('token-1')
  })

  it('gives back the seat of a session that only memory holds', async () => {
    const { session, calls } = await signedIn({ value: null, works: false })
    await session.quit()
    expect(calls('sessions.end')).toHaveLength(1)
  })
})

describe('locking', () => {
  it('ends the session, says why, and greets the person by name', async () => {
    const { session, calls, log, ring } = await signedIn()
    session.lock('locked')
    expect(session.shown().session).toMatchObject({
      status: 'signed-out',
      because: 'locked',
      form: { workspace: 'demo', email: 'ada@demo.test', name: 'Ada' },
    })
    await until(() => expect(calls('sessions.end')).toHaveLength(1))
    expect(calls('sessions.end')[0]).toMatchObject({ input: { cause: 'locked' } })
    expect(ofPage(log)[1]).toBe('page cleared')
    expect(ring.value).toBeNull()
  })

  it.each(['screen-locked', 'suspended'] as const)(
    '%s is told as what it was, once',
    async (why) => {
      const { session, calls, because } = await signedIn()
      session.lock(why)
      session.lock(why)
      expect(because()).toBe(why)
      await until(() => expect(calls('sessions.end')).toHaveLength(1))
      expect(calls('sessions.end')).toMatchObject([{ input: { cause: why } }])
    },
  )

  it('withdraws a sign-in that has not been answered, and says nothing new where nobody was signed in', async () => {
    const { session, backend, calls, status, because } = workstation()
    session.lock('suspended')
    expect(because()).toBeNull()
    let answer: () => void = () => undefined
    backend.delay['sessions.create'] = new Promise((resolve) => (answer = resolve))
    const signIn = session.signIn(credentials)
    session.lock('suspended')
    answer()
    await signIn
    expect(status()).toBe('signed-out')
    await until(() => expect(calls('sessions.end')[0]).toMatchObject({ token: 'token-1' }))
  })
})

describe('what was typed', () => {
  it.each(['locked', 'idle', 'ended elsewhere'])(
    'comes back to the person after: %s',
    async (how) => {
      const { session, backend } = await signedIn()
      session.drafts.keep('form', { name: 'Nueva' })
      if (how === 'locked') session.lock('locked')
      else if (how === 'idle') {
        machine.time += 31 * minute
        session.check()
      } else {
        backend.fails['account.show'] = 'session-ended'
        await session.ask('account.show', {})
        backend.fails = {}
      }
      expect(session.shown().session.status).toBe('signed-out')
      expect(session.drafts.take('form')).toBeNull()
      await session.signIn(credentials)
      expect(session.drafts.take('form')).toEqual({ name: 'Nueva' })
    },
  )

  it('is gone once the person signs out, or when somebody else comes', async () => {
    const { session, backend } = await signedIn()
    session.drafts.keep('form', 1)
    session.signOut()
    await session.signIn(credentials)
    expect(session.drafts.take('form')).toBeNull()

    session.drafts.keep('form', 2)
    session.lock('locked')
    const mine = backend.who
    backend.who = {
      ...mine,
      person: { ...mine.person, id: '6f1c2f60-3c52-4c0e-9a38-0f7d5a1f3b12' },
    }
    await session.signIn(credentials)
    expect(session.drafts.take('form')).toBeNull()
  })

  it('and the key that seals it are never told to the page', async () => {
    const { session, heard, backend } = await signedIn()
    session.drafts.keep('form', 'Nueva')
    session.lock('locked')
    const told = JSON.stringify([session.shown(), heard('session.changed')])
    expect(told).not.toContain(backend.who.sealKey)
    expect(told).not.toContain('Nueva')
  })
})
