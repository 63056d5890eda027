import { describe, expect, it } from 'vitest'
import { Topic } from '../../contract/live.ts'
import { listening, until, who } from './workstation.ts'

/** What the page shows of the person's name and role. */
const person = ({ session }: Awaited<ReturnType<typeof listening>>) => {
  const shown = session.shown().session
  return shown.status === 'signed-in' ? `${shown.who.person.name}, ${shown.who.person.role}` : null
}
const as = (change: Partial<ReturnType<typeof who>['person']>) => ({
  ...who(),
  person: { ...who().person, ...change },
})

describe('what the backend tells', () => {
  it('a change of rights is asked for at once and shown', async () => {
    const it = await listening()
    it.backend.who = as({ role: 'agent' })
    it.tell({ kind: 'permissions' })
    await until(() => expect(person(it)).toBe('Ada, agent'))
    expect(it.heard('session.changed').at(-1)).toMatchObject({
      status: 'signed-in',
      who: { person: { role: 'agent' } },
    })
  })

  it('a change of the own account is one too: the name, the need of a new password', async () => {
    const it = await listening()
    it.backend.who = as({ name: 'Ada L.' })
    it.tell({ kind: 'changed', topic: 'account' })
    await until(() => expect(person(it)).toBe('Ada L., owner'))
    expect(it.heard('data.changed').at(-1)).toEqual({ topic: 'account' })
  })

  it('what is as it was is not told again', async () => {
    const it = await listening()
    const told = it.heard('session.changed').length
    const asked = it.calls('sessions.current').length
    it.tell({ kind: 'permissions' })
    await until(() => expect(it.calls('sessions.current')).toHaveLength(asked + 1))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(it.heard('session.changed')).toHaveLength(told)
  })

  it('of two answers that overtake each other the newer stays', async () => {
    const it = await listening()
    let answer: () => void = () => undefined
    it.backend.delay['sessions.current'] = new Promise((resolve) => (answer = resolve))
    const asked = it.calls('sessions.current').length
    it.tell({ kind: 'permissions' })
    await until(() => expect(it.calls('sessions.current')).toHaveLength(asked + 1))
    delete it.backend.delay['sessions.current']
    const stale = as({ role: 'administrator' })
    const fresh = as({ role: 'agent' })
    it.backend.who = fresh
    it.tell({ kind: 'permissions' })
    await until(() => expect(person(it)).toBe('Ada, agent'))
    it.backend.who = stale
    answer()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(person(it)).toBe('Ada, agent')
  })

  it('rights that could not be asked for are asked for until there is an answer', async () => {
    const it = await listening()
    it.backend.fails['sessions.current'] = 'unavailable'
    it.backend.who = as({ role: 'agent' })
    it.tell({ kind: 'permissions' })
    await until(() => expect(it.session.shown().connection).not.toBe('online'))
    expect(person(it)).toBe('Ada, owner')
    it.backend.fails = {}
    await until(() => expect(person(it)).toBe('Ada, agent'))
  })

  it('an answer to an earlier session changes nothing', async () => {
    const it = await listening()
    let answer: () => void = () => undefined
    it.backend.delay['sessions.current'] = new Promise((resolve) => (answer = resolve))
    const asked = it.calls('sessions.current').length
    it.tell({ kind: 'permissions' })
    await until(() => expect(it.calls('sessions.current')).toHaveLength(asked + 1))
    it.session.signOut()
    answer()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(it.status()).toBe('signed-out')
  })

  it('every topic is passed on, and every one of them after a new connection', async () => {
    const it = await listening()
    const told = () => it.heard('data.changed').map(({ topic }) => topic)
    expect(told().sort()).toEqual([...Topic.options].sort())
    it.tell({ kind: 'changed', topic: 'profiles' })
    await until(() => expect(told().at(-1)).toBe('profiles'))

    const before = told().length
    it.backend.streams.at(-1)?.destroy()
    await until(() => expect(told()).toHaveLength(before + Topic.options.length))
  })

  it('the progress of an import', async () => {
    const it = await listening()
    const progress = { id: who().session.id, done: 3, total: 9 }
    it.tell({ kind: 'import-progress', ...progress })
    await until(() => expect(it.heard('import.progressed')).toEqual([progress]))
  })

  it('hours that are nearly over are told, until the session is', async () => {
    const it = await listening()
    it.tell({ kind: 'hours-ending', at: '2026-01-01T10:00:00.000Z' })
    await until(() => expect(it.session.shown().notice).toBe('hours-ending'))
    it.tell({ kind: 'session-ended', cause: 'outside-hours' })
    await until(() => expect(it.because()).toBe('outside-hours'))
    expect(it.session.shown().notice).toBeNull()
  })
})
