import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openStateFile } from '../../electron/state-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atalaya-state-'))
})
afterEach(() => rmSync(folder, { recursive: true }))
const path = () => join(folder, 'state.json')

describe('the state file', () => {
  it('remembers what was set', () => {
    openStateFile(path()).set({ workspace: 'demo', keychain: 'stored' })
    const again = openStateFile(path()).get()
    expect(again).toMatchObject({ workspace: 'demo', keychain: 'stored', session: null })
  })

  it('keeps the same installation id', () => {
    const file = openStateFile(path())
    file.set({})
    expect(openStateFile(path()).get().deviceId).toBe(file.get().deviceId)
  })

  it('leaves no half-written file behind, and lets nobody else read it', () => {
    const file = openStateFile(path())
    for (let i = 0; i < 20; i++) file.set({ workspace: `w${i}` })
    expect(readdirSync(folder)).toEqual(['state.json'])
    expect(JSON.parse(readFileSync(path(), 'utf8'))).toMatchObject({ workspace: 'w19' })
  })

  it('restores no session from a broken file, and has its token removed', () => {
    for (const broken of ['', '{"session"', '[]', 'null', '\0\0\0']) {
      writeFileSync(path(), broken)
      expect(openStateFile(path()).get()).toMatchObject({ session: null, keychain: 'purge' })
    }
  })

  it('takes the safest value for a field that is not what it should be', () => {
    writeFileSync(
      path(),
      JSON.stringify({
        deviceId: 'x',
        preferences: { theme: 'pink' },
        bounds: { x: 'a' },
        keychain: 'open',
        session: { minutes: 30 },
        workspace: 'demo',
      }),
    )
    const state = openStateFile(path()).get()
    expect(state).toMatchObject({
      preferences: { theme: 'system', language: null },
      bounds: null,
      keychain: 'purge',
      session: null,
      workspace: 'demo',
    })
    expect(state.deviceId).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('goes on when the disk refuses, and says so', () => {
    const log = vi.spyOn(console, 'error').mockReturnValue(undefined)
    writeFileSync(join(folder, 'file'), '')
    const file = openStateFile(join(folder, 'file', 'state.json'))
    expect(file.set({ workspace: 'demo' })).toBe(false)
    expect(file.get().workspace).toBe('demo')
    expect(log).toHaveBeenCalledOnce()
    log.mockRestore()
  })
})
