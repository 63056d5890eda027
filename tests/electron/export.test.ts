import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { codeOf, ProblemError } from '../../contract/problem.ts'
import { createExport } from '../../electron/export.ts'
import { createSaveFile } from '../../electron/save-file.ts'
import { machine, minute, signedIn, until, workstation } from './workstation.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atalaya-export-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** The smallest archive there is: its end, and nothing in it. */
const end = Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)])
const body = Buffer.alloc(200_000, 'x')

/** A workstation whose person says where, with the outcome in one word. */
function exporting(it: ReturnType<typeof workstation>) {
  const ask = vi.fn((name: string) => Promise.resolve(join(folder, name)))
  const session = () => {
    it.session.check()
    const now = it.session.shown().session
    return now.status === 'signed-in' ? now.who.session.id : null
  }
  const run = createExport(it.session, createSaveFile({ ask, session }).save)
  const outcome = async () => {
    try {
      return await run()
    } catch (error) {
      return error instanceof ProblemError ? codeOf(error.problem) : error
    }
  }
  return { ask, outcome }
}

/** An export that has begun: its first bytes are on the disk. */
async function begun() {
  const it = await signedIn()
  const outcome = exporting(it).outcome()
  await until(() => expect(it.backend.files).toHaveLength(1))
  it.backend.files[0]?.write(body)
  await until(() => expect(readdirSync(folder)).toHaveLength(1))
  return { it, outcome, file: it.backend.files[0] }
}

describe('an export', () => {
  it('is asked for with the token when the person has said where, and saved whole', async () => {
    const { it, outcome, file } = await begun()
    file?.end(end)
    expect(await outcome).toEqual({ saved: true })
    expect(it.calls('deletion.export')).toMatchObject([{ token: 'token-1' }])
    const [name = ''] = readdirSync(folder)
    expect(name).toMatch(/^atalaya-demo-\d{4}-\d\d-\d\d\.zip$/)
    expect(readFileSync(join(folder, name)).equals(Buffer.concat([body, end]))).toBe(true)
  })

  it('that has no end leaves no file', async () => {
    for (const rest of ['', 'PK', end.subarray(0, 21), Buffer.concat([end, end.subarray(1)])]) {
      const { outcome, file } = await begun()
      file?.end(rest)
      expect(await outcome).toBe('offline')
      expect(readdirSync(folder)).toEqual([])
    }
  })

  it('leaves no file when the session ends meanwhile, by whatever end', async () => {
    const ends: ((it: ReturnType<typeof workstation>) => void)[] = [
      (it) => it.session.signOut(),
      () => (machine.time += 30 * minute),
      (it) => it.tell({ kind: 'session-ended', cause: 'ended-by-other' }),
    ]
    for (const endIt of ends) {
      const { it, outcome, file } = await begun()
      endIt(it)
      await until(() => {
        it.session.check()
        expect(it.status()).toBe('signed-out')
      })
      // It would go on; nobody waits for its end.
      file?.write(body)
      expect(await outcome).toBe('not-signed-in')
      expect(file?.destroyed).toBe(true)
      expect(readdirSync(folder)).toEqual([])
    }
  })

  it('that is refused says why, and ends a session that is over', async () => {
    const it = await signedIn()
    const { outcome } = exporting(it)
    it.backend.fails['deletion.export'] = 'forbidden'
    expect(await outcome()).toBe('forbidden')
    expect(it.status()).toBe('signed-in')
    it.backend.fails['deletion.export'] = 'session-ended'
    expect(await outcome()).toBe('session-ended')
    expect(it.status()).toBe('signed-out')
    expect(readdirSync(folder)).toEqual([])
  })

  it('is offered to nobody who is not signed in', async () => {
    const { ask, outcome } = exporting(workstation())
    expect(await outcome()).toBe('not-signed-in')
    expect(ask).not.toHaveBeenCalled()
  })
})
