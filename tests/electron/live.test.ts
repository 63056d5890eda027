import { PassThrough } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Connection } from '../../contract/ipc.ts'
import type { LiveEvent } from '../../contract/live.ts'
import { codeOf, problem, type ProblemCode, type Reply } from '../../contract/problem.ts'
import { createLive } from '../../electron/live.ts'

type Outcome = PassThrough | ProblemCode

/** A backend whose n-th stream is the n-th outcome; after the last one it cannot be reached. */
function connected(...outcomes: Outcome[]) {
  const seen = {
    connections: [] as Connection[],
    events: [] as LiveEvent[],
    refused: '',
    opened: 0,
  }
  let tries = 0
  const answers = { opened: true }
  const live = createLive({
    backend: {
      stream(_path, _token, signal): Promise<Reply<PassThrough>> {
        const outcome = outcomes[tries++] ?? 'offline'
        if (typeof outcome === 'string')
          return Promise.resolve({ ok: false, problem: problem(outcome) })
        signal.addEventListener('abort', () => outcome.destroy())
        return Promise.resolve({ ok: true, data: outcome })
      },
    },
    silence: 80,
    firstWait: 4,
    longestWait: 8,
    actions: {
      opened: () => (seen.opened++, Promise.resolve(answers.opened)),
      event: (event) => seen.events.push(event),
      connection: (it) => {
        if (seen.connections.at(-1) !== it) seen.connections.push(it)
      },
      refused: (it) => (seen.refused = codeOf(it)),
    },
  })
  const stop = live.start('token')
  stops.push(stop)
  return { seen, live, stop, answers, tries: () => tries }
}
const stops: (() => void)[] = []
afterEach(() => stops.splice(0).forEach((stop) => stop()))

const soon = { timeout: 1_000, interval: 2 }
const policy = (minutes: number) => `data: ${JSON.stringify({ kind: 'idle-policy', minutes })}\n\n`

describe('the event stream', () => {
  it('hands on what it hears, also in pieces, and skips what it does not know', async () => {
    const stream = new PassThrough()
    const { seen } = connected(stream)
    const whole = Buffer.from(
      `: hello\n\ndata: {"kind":"of-tomorrow"}\n\ndata: {"ki\n\n${policy(5)}`,
    )
    for (const byte of whole) stream.write(Buffer.from([byte]))
    await vi.waitFor(() => expect(seen.events).toEqual([{ kind: 'idle-policy', minutes: 5 }]), soon)
    expect(seen.connections).toEqual(['online'])
  })

  it('reconnects by itself and asks again for everything each time', async () => {
    const [first, second] = [new PassThrough(), new PassThrough()]
    const { seen } = connected(first, 'offline', second)
    await vi.waitFor(() => expect(seen.opened).toBe(1), soon)
    first.destroy()
    await vi.waitFor(() => expect(seen.opened).toBe(2), soon)
    expect(seen.connections).toEqual(['online', 'reconnecting', 'online'])
  })

  it('gives up a stream that has fallen silent', async () => {
    const { seen } = connected(new PassThrough(), new PassThrough())
    await vi.waitFor(() => expect(seen.opened).toBe(2), soon)
  })

  it('keeps a stream that only has heartbeats', async () => {
    const stream = new PassThrough()
    const { seen, tries } = connected(stream)
    for (let i = 0; i < 15; i++) {
      stream.write(': alive\n\n')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(tries()).toBe(1)
    expect(seen.connections).toEqual(['online'])
  })

  it('says offline after some tries, and never gives up', async () => {
    const { seen, tries } = connected()
    await vi.waitFor(() => expect(tries()).toBeGreaterThan(5), soon)
    expect(seen.connections).toEqual(['reconnecting', 'offline'])
    expect(seen.refused).toBe('')
  })

  it('an error of the backend is no refusal', async () => {
    const { seen } = connected('internal', 'unavailable', 'bad-answer', new PassThrough())
    await vi.waitFor(() => expect(seen.connections.at(-1)).toBe('online'), soon)
    expect(seen.refused).toBe('')
  })

  it('stops for good when the session is refused', async () => {
    for (const code of [
      'session-ended',
      'not-signed-in',
      'no-seat',
      'outside-hours',
      'account-deactivated',
    ] as const) {
      const { seen, tries } = connected(code, new PassThrough())
      await vi.waitFor(() => expect(seen.refused).toBe(code), soon)
      await new Promise((resolve) => setTimeout(resolve, 30))
      expect(tries()).toBe(1)
    }
  })

  it('is not online until what was missed has been read', async () => {
    const { seen, answers } = connected(...Array.from({ length: 50 }, () => new PassThrough()))
    answers.opened = false
    await vi.waitFor(() => expect(seen.connections).toContain('offline'), soon)
    answers.opened = true
    await vi.waitFor(() => expect(seen.connections.at(-1)).toBe('online'), soon)
  })

  it('says nothing after it was stopped', async () => {
    const stream = new PassThrough()
    const { seen, stop, tries } = connected(stream, new PassThrough())
    await vi.waitFor(() => expect(seen.opened).toBe(1), soon)
    stop()
    stream.write(policy(1))
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(seen.events).toEqual([])
    expect(seen.connections).toEqual(['online'])
    expect(tries()).toBe(1)
  })

  it('connects anew after a sleep', async () => {
    const { seen, live } = connected(new PassThrough(), new PassThrough())
    await vi.waitFor(() => expect(seen.opened).toBe(1), soon)
    live.renew()
    await vi.waitFor(() => expect(seen.opened).toBe(2), soon)
  })
})
