import { describe, expect, it } from 'vitest'
import { codeOf, type Problem, type ProblemCode, ProblemError } from '../../contract/problem.ts'
import type { SeatsFull } from '../../contract/seats.ts'
import { credentials, signedIn, until, who, workstation } from './workstation.ts'

const ticket = 'ticket-of-twenty-characters'
const full: SeatsFull = { licences: 1, taken: 1, waiting: 2, freeBy: null }
const waiting = (it: Partial<SeatsFull> = {}) => ({ ...full, status: 'waiting', ...it })
const admitted = { ...who(), status: 'admitted', token: 'token-of-the-seat' }
const owner = '0f0f0f0f-3c52-4c0e-9a38-0f7d5a1f3b11'

/** What a call was refused with. */
async function refusal(call: () => unknown): Promise<Problem> {
  try {
    await call()
  } catch (error) {
    if (error instanceof ProblemError) return error.problem
    throw error
  }
  throw new Error('Not refused')
}

/** A workstation whose sign-in was refused for want of a seat. */
async function refused() {
  const it = workstation()
  it.backend.fails['sessions.create'] = 'no-seat'
  it.backend.problem = { ...full, ticket }
  it.backend.answers['seats.wait'] = waiting()
  const problem = await refusal(() => it.session.signIn(credentials))
  it.backend.fails = {}
  it.backend.problem = {}
  return { ...it, problem }
}

async function inLine() {
  const it = await refused()
  it.session.wait()
  await until(() => expect(it.calls('seats.wait')).not.toHaveLength(0))
  return it
}

const queueOf = ({ session }: Pick<ReturnType<typeof workstation>, 'session'>) => {
  const shown = session.shown().session
  return shown.status === 'signed-out' ? shown.queue : undefined
}
const pause = () => new Promise((resolve) => setTimeout(resolve, 30))

describe('refused for want of a seat', () => {
  it('the page learns how full it is, and never the ticket', async () => {
    const it = await inLine()
    expect(codeOf(it.problem)).toBe('no-seat')
    expect(it.problem).toMatchObject(full)
    const told = [it.problem, it.session.shown(), it.heard('session.changed'), it.file.get()]
    expect(JSON.stringify(told)).not.toContain(ticket)
    expect(it.calls('seats.wait')[0]).toMatchObject({ input: { ticket }, token: undefined })
  })

  it('without a refusal before it there is no line to get in, and no seat to take', async () => {
    const { session, calls } = workstation()
    expect(codeOf(await refusal(() => session.wait()))).toBe('ticket-expired')
    expect(codeOf(await refusal(() => session.takeSeat({ from: owner })))).toBe('ticket-expired')
    session.stopWaiting()
    expect(calls('seats.leave')).toHaveLength(0)
  })
})

describe('waiting for a seat', () => {
  it('is shown at once, and how it goes on', async () => {
    const it = await refused()
    expect(it.session.wait()).toMatchObject({
      status: 'signed-out',
      because: 'no-seat',
      form: { workspace: 'demo', email: 'ada@demo.test', name: '' },
      queue: full,
    })
    it.backend.answers['seats.wait'] = waiting({ waiting: 0 })
    await until(() => expect(queueOf(it)).toEqual({ ...full, waiting: 0 }))
  })

  it('signs in by itself when a seat is free, as any sign-in does', async () => {
    const it = await inLine()
    it.backend.answers['seats.wait'] = admitted
    await until(() => expect(it.status()).toBe('signed-in'))
    await until(() => expect(it.ring.value).toContain('token-of-the-seat'))
    expect(it.calls('sessions.report')[0]).toMatchObject({ token: 'token-of-the-seat' })
    expect(JSON.stringify(it.session.shown())).not.toContain('token-of-the-seat')
    const asked = it.calls('seats.wait').length
    await pause()
    expect(it.calls('seats.wait')).toHaveLength(asked)
  })

  it('outlasts a network or a backend that fails', async () => {
    const it = await inLine()
    const failures = [
      'offline',
      'internal',
      'unavailable',
      'bad-answer',
      'too-many-attempts',
    ] as const
    for (const code of failures) {
      it.backend.fails['seats.wait'] = code
      const asked = it.calls('seats.wait').length
      await until(() => expect(it.calls('seats.wait').length).toBeGreaterThan(asked + 1))
      expect(queueOf(it)).toMatchObject(full)
    }
    it.backend.fails = {}
    it.backend.answers['seats.wait'] = admitted
    await until(() => expect(it.status()).toBe('signed-in'))
  })

  it('ends when the backend does not keep the place any more, and says why', async () => {
    const ends: [ProblemCode, string][] = [
      ['ticket-expired', 'no-seat'],
      ['bad-credentials', 'no-seat'],
      ['account-deactivated', 'deactivated'],
      ['outside-hours', 'outside-hours'],
      ['workspace-being-deleted', 'workspace-deleted'],
    ]
    for (const [code, because] of ends) {
      const it = await inLine()
      it.backend.fails['seats.wait'] = code
      await until(() => expect(queueOf(it)).toBeNull())
      expect(it.because()).toBe(because)
      expect(codeOf(await refusal(() => it.session.wait()))).toBe('ticket-expired')
    }
  })

  it('goes on with the ticket that the backend renews', async () => {
    const it = await inLine()
    it.backend.answers['seats.wait'] = waiting({ ticket: `${ticket}-2` })
    await until(() =>
      expect(it.calls('seats.wait').at(-1)?.input).toEqual({ ticket: `${ticket}-2` }),
    )
    expect(JSON.stringify(it.heard('session.changed'))).not.toContain(ticket)
  })

  it('once is enough', async () => {
    const it = await inLine()
    let answer: () => void = () => undefined
    it.backend.delay['seats.wait'] = new Promise((resolve) => (answer = resolve))
    await pause()
    const asked = it.calls('seats.wait').length
    it.session.wait()
    await pause()
    expect(it.calls('seats.wait')).toHaveLength(asked)
    answer()
  })
})

describe('the place is given up', () => {
  it('by the person, who can sign in again', async () => {
    const it = await inLine()
    expect(it.session.stopWaiting()).toMatchObject({ because: null, queue: null })
    await until(() => expect(it.calls('seats.leave')[0]?.input).toEqual({ ticket }))
    const asked = it.calls('seats.wait').length
    await pause()
    expect(it.calls('seats.wait')).toHaveLength(asked)
    await it.session.signIn(credentials)
    expect(it.status()).toBe('signed-in')
  })

  it('by another sign-in', async () => {
    const it = await inLine()
    await it.session.signIn(credentials)
    await until(() => expect(it.calls('seats.leave')).toHaveLength(1))
    expect(it.status()).toBe('signed-in')
  })

  it('when the app ends', async () => {
    const it = await inLine()
    await it.session.quit()
    expect(it.calls('seats.leave')).toHaveLength(1)
  })

  it('even if it cannot be told', async () => {
    const it = await inLine()
    it.backend.fails['seats.leave'] = 'offline'
    it.session.stopWaiting()
    await until(() => expect(it.calls('seats.leave')).toHaveLength(1))
    expect(queueOf(it)).toBeNull()
  })

  it('a seat that comes too late signs nobody in, and is given back', async () => {
    const it = await inLine()
    let answer: () => void = () => undefined
    it.backend.delay['seats.wait'] = new Promise((resolve) => (answer = resolve))
    const asked = it.calls('seats.wait').length
    await until(() => expect(it.calls('seats.wait').length).toBeGreaterThan(asked))
    it.session.stopWaiting()
    it.backend.answers['seats.wait'] = admitted
    answer()
    await until(() =>
      expect(it.calls('sessions.end')[0]).toMatchObject({ token: 'token-of-the-seat' }),
    )
    expect(it.status()).toBe('signed-out')
    // Nobody leaves before having come: the backend would put them in line again.
    expect(it.log.lastIndexOf('seats.leave')).toBeGreaterThan(it.log.lastIndexOf('seats.wait'))
  })
})

describe('taking a seat', () => {
  it('signs in on it', async () => {
    const it = await refused()
    it.backend.answers['seats.take'] = admitted
    expect(await it.session.takeSeat({ from: owner })).toMatchObject({ status: 'signed-in' })
    expect(it.calls('seats.take')[0]?.input).toEqual({ ticket, from: owner })
  })

  it('is refused in words, and what was waited for is still waited for', async () => {
    const it = await inLine()
    it.backend.fails['seats.take'] = 'not-found'
    expect(codeOf(await refusal(() => it.session.takeSeat({ from: owner })))).toBe('not-found')
    const asked = it.calls('seats.wait').length
    await until(() => expect(it.calls('seats.wait').length).toBeGreaterThan(asked))
    expect(queueOf(it)).toMatchObject(full)
  })

  it('is not asked for while the wait is bringing one', async () => {
    const it = await inLine()
    let answer: () => void = () => undefined
    it.backend.delay['seats.wait'] = new Promise((resolve) => (answer = resolve))
    const asked = it.calls('seats.wait').length
    await until(() => expect(it.calls('seats.wait').length).toBeGreaterThan(asked))
    const taking = it.session.takeSeat({ from: owner })
    it.backend.answers['seats.wait'] = admitted
    answer()
    expect(await taking).toMatchObject({ status: 'signed-in' })
    expect(it.calls('seats.take')).toHaveLength(0)
  })

  it('somebody who was quicker leaves a new ticket, which the page does not see either', async () => {
    const it = await refused()
    it.backend.fails['seats.take'] = 'no-seat'
    it.backend.problem = { ...full, ticket: `${ticket}-2` }
    const problem = await refusal(() => it.session.takeSeat({ from: owner }))
    expect(JSON.stringify(problem)).not.toContain(ticket)
    it.backend.fails = {}
    it.session.wait()
    await until(() =>
      expect(it.calls('seats.wait').at(-1)?.input).toEqual({ ticket: `${ticket}-2` }),
    )
  })

  it('with a ticket that has expired ends it', async () => {
    const it = await refused()
    it.backend.fails['seats.take'] = 'ticket-expired'
    const take = () => it.session.takeSeat({ from: owner })
    expect(codeOf(await refusal(take))).toBe('ticket-expired')
    expect(it.because()).toBe('no-seat')
    await refusal(take)
    expect(it.calls('seats.take')).toHaveLength(1)
  })
})

it('a session that is alive is not touched by what became of an earlier wait', async () => {
  const it = await signedIn()
  it.session.stopWaiting()
  expect(it.status()).toBe('signed-in')
})
