import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import type { EventName, Events } from '../../contract/ipc.ts'
import type { LiveEvent } from '../../contract/live.ts'
import { problem, type ProblemCode } from '../../contract/problem.ts'
import type { HeldBy } from '../../contract/sessions.ts'
import type { Backend } from '../../electron/backend.ts'
import { KeychainUnavailable } from '../../electron/keychain.ts'
import { createSession, type Session } from '../../electron/session.ts'
import { openStateFile } from '../../electron/state-file.ts'

export const minute = 60_000

let folder: string
/** The machine's clock, in milliseconds; a test moves it. */
export const machine = { time: 0 }
const running: Session[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atalaya-session-'))
  machine.time = 1_000_000
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((session) => session.quit()))
  rmSync(folder, { recursive: true })
})

const id = '6f1c2f60-3c52-4c0e-9a38-0f7d5a1f3b11'
export const who = (idleMinutes = 30): HeldBy => ({
  session: { id, createdAt: '2026-01-01T00:00:00.000Z', expiresAt: '2026-01-01T12:00:00.000Z' },
  person: {
    id,
    name: 'Ada',
    email: 'ada@demo.test',
    role: 'owner',
    access: { kind: 'none' },
    mustChangePassword: false,
  },
  moduleStates: {},
  otherSessions: 0,
  workspace: { id, link: 'demo', name: 'Demo', idleMinutes },
  sealKey: Buffer.alloc(32, 7).toString('base64'),
})
export const credentials = { workspace: 'demo', email: 'ada@demo.test', password: 'p' }

/** What the operating system would hold; it outlives a restart of the app. */
export interface Ring {
  value: string | null
  works: boolean
}

/** A workstation: the real session over a real state file, with a backend and a keychain in play. */
export function workstation(ring: Ring = { value: null, works: true }) {
  const log: string[] = []
  const told: { event: string; payload: unknown }[] = []
  const sent: { name: string; input: unknown; token: string | undefined }[] = []
  const backend = {
    who: who(),
    /** What a route answers instead of what it usually does. */
    answers: {} as Record<string, unknown>,
    fails: {} as Record<string, ProblemCode>,
    problem: {} as Record<string, unknown>,
    delay: {} as Record<string, Promise<void>>,
    tokens: 0,
    streams: [] as PassThrough[],
    /** Files that were asked for, to be written by the test. */
    files: [] as PassThrough[],
  }
  const fake: Backend = {
    // What each route answers is of the type that route promises; the compiler cannot follow the name.
    ask: (async (name: string, input: unknown, options: { token?: string } = {}) => {
      sent.push({ name, input, token: options.token })
      log.push(name)
      await backend.delay[name]
      const code = backend.fails[name]
      if (code) return { ok: false, problem: problem(code, backend.problem) }
      const current = backend.who
      const answers: Record<string, unknown> = {
        'sessions.create': { ...current, token: `token-${++backend.tokens}` },
        'sessions.current': current,
        'sessions.report': { remainingSeconds: 7_200, idleMinutes: current.workspace.idleMinutes },
      }
      return { ok: true, data: backend.answers[name] ?? answers[name] ?? {} }
    }) as Backend['ask'],
    async download(name, input, { token, signal }) {
      sent.push({ name, input, token })
      await backend.delay[name]
      const code = backend.fails[name]
      if (code) return { ok: false, problem: problem(code, backend.problem) }
      const stream = new PassThrough()
      signal.addEventListener('abort', () => stream.destroy())
      backend.files.push(stream)
      return { ok: true, data: stream }
    },
    stream(_path, _token, signal) {
      if (backend.fails['stream'])
        return Promise.resolve({ ok: false, problem: problem(backend.fails['stream']) })
      const stream = new PassThrough()
      signal.addEventListener('abort', () => stream.destroy())
      backend.streams.push(stream)
      return Promise.resolve({ ok: true, data: stream })
    },
  }
  const file = openStateFile(join(folder, 'state.json'))
  const failing = () => Promise.reject(new KeychainUnavailable())
  const session = createSession({
    backend: fake,
    address: 'http://127.0.0.1:1/',
    file,
    clock: {
      now: () => machine.time,
      stamp: () => ({ bootId: 'boot', uptime: machine.time, wall: machine.time }),
    },
    keychain: {
      get: () => (ring.works ? Promise.resolve(ring.value) : failing()),
      set(value) {
        file.set({ keychain: 'purge' })
        if (!ring.works) return failing()
        ring.value = value
        file.set({ keychain: 'stored' })
        return Promise.resolve()
      },
      remove() {
        log.push('keychain.remove')
        file.set({ keychain: 'purge' })
        if (!ring.works) return failing()
        ring.value = null
        file.set({ keychain: 'empty' })
        return Promise.resolve()
      },
      close: () => log.push('keychain.close'),
    },
    emit: (event, payload) => {
      told.push({ event, payload })
      const status = typeof payload === 'object' && payload && 'status' in payload
      log.push(status ? `${event}: ${payload.status}` : event)
    },
    clearPage: () => log.push('page cleared'),
    device: { name: 'desk', platform: 'linux', version: '0' },
    form: { workspace: '', email: '', name: '' },
    live: { firstWait: 2, longestWait: 4 },
    waitInterval: 5,
  })
  running.push(session)
  const status = () => session.shown().session.status
  const because = () => {
    const shown = session.shown().session
    return shown.status === 'signed-out' ? shown.because : undefined
  }
  const calls = (name: string) => sent.filter((it) => it.name === name)
  /** What the page was told by an event, oldest first. */
  const heard = <E extends EventName>(event: E) =>
    // Only `emit`, above, fills it: payload and event belong together.
    told.filter((it) => it.event === event).map((it) => it.payload as Events[E])
  /** An event of the backend, on the stream that is open now. */
  const tell = (event: LiveEvent) =>
    backend.streams.at(-1)?.write(`data: ${JSON.stringify(event)}\n\n`)
  return { session, backend, log, calls, file, ring, status, because, heard, tell }
}

export const until = (check: () => void) => vi.waitFor(check, { timeout: 1_000, interval: 2 })
export async function signedIn(ring?: Ring) {
  const it = workstation(ring)
  await it.session.signIn(credentials)
  if (it.ring.works) await until(() => expect(it.file.get().session).not.toBeNull())
  return it
}

/** Signed in, with the event stream open and everything asked for. */
export async function listening() {
  const it = await signedIn()
  await until(() => expect(it.heard('data.changed')).not.toHaveLength(0))
  return it
}
