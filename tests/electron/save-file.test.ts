import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { codeOf, ProblemError } from '../../contract/problem.ts'
import { createSaveFile, fileName } from '../../electron/save-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atalaya-save-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A person who chooses that place in the folder; `null`: cancels. */
function saving(choice: string | null, session: () => string | null = () => 'mine') {
  const ask = vi.fn(() => Promise.resolve(choice === null ? null : join(folder, choice)))
  return { ask, save: createSaveFile({ ask, session }) }
}

const refusal = (saved: Promise<unknown>) =>
  saved.then(
    () => null,
    (error: unknown) => (error instanceof ProblemError ? error.problem : null),
  )

const encoding = 'utf8'

describe('saving a text', () => {
  it('writes it as it is, where the person says', async () => {
    const { save, ask } = saving('people.csv')
    const text = '\uFEFFNombre;Correo\r\nÁngela 🦊;a@demo.test\r\n'
    expect(await save({ name: 'usuarios.csv', text, encoding })).toEqual({ saved: true })
    expect(readFileSync(join(folder, 'people.csv'), 'utf8')).toBe(text)
    expect(ask).toHaveBeenCalledWith('usuarios.csv')
    expect(readdirSync(folder)).toEqual(['people.csv'])
  })

  it('writes the bytes that it stands for', async () => {
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 256))
    const text = bytes.toString('base64')
    await saving('all.zip').save({ name: 'all.zip', text, encoding: 'base64' })
    expect(readFileSync(join(folder, 'all.zip')).equals(bytes)).toBe(true)
  })

  it('replaces a file as a whole', async () => {
    writeFileSync(join(folder, 'old.csv'), 'something longer than the new text')
    await saving('old.csv').save({ name: 'x.csv', text: 'new', encoding })
    expect(readFileSync(join(folder, 'old.csv'), 'utf8')).toBe('new')
  })

  it('writes nothing when the person cancels', async () => {
    expect(await saving(null).save({ name: 'x.csv', text: 'x', encoding })).toEqual({
      saved: false,
    })
    expect(readdirSync(folder)).toEqual([])
  })

  it('says what the disk refused, leaves nothing behind and names no folder', async () => {
    const problem = await refusal(
      saving('missing/x.csv').save({ name: 'x.csv', text: 'x', encoding }),
    )
    expect(problem && codeOf(problem)).toBe('file-not-written')
    expect(problem?.detail).toBe('ENOENT')
    expect(JSON.stringify(problem)).not.toContain(folder)
    expect(readdirSync(folder)).toEqual([])
  })

  it('lets nothing out once the session is over, also while the person is asked', async () => {
    const signedOut = saving('x.csv', () => null)
    const early = await refusal(signedOut.save({ name: 'x.csv', text: 'x', encoding }))
    expect(early && codeOf(early)).toBe('not-signed-in')
    expect(signedOut.ask).not.toHaveBeenCalled()

    for (const after of [null, 'of somebody else']) {
      const session = vi.fn().mockReturnValueOnce('mine').mockReturnValue(after)
      const late = await refusal(
        saving('x.csv', session).save({ name: 'x.csv', text: 'x', encoding }),
      )
      expect(late && codeOf(late)).toBe('not-signed-in')
    }
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('the name that is proposed', () => {
  it('is a name, not a path', () => {
    for (const name of [
      '../../etc/cron.d/x.csv',
      'C:\\Windows\\x.csv',
      '/x.csv',
      './x.csv',
      '..x.csv',
    ])
      expect(fileName(name)).toBe('x.csv')
    for (const name of ['..', '/', '...', 'a/', '\0', ' . ']) {
      expect(fileName(name)).toBe('atalaya')
    }
  })

  it('is one that every system takes', () => {
    expect(fileName('usuarios 2026-01-01 10:30.csv')).toBe('usuarios 2026-01-01 1030.csv')
    expect(fileName('a\u202Egnp.csv')).toBe('agnp.csv')
    expect(fileName('CON.csv')).toBe('_CON.csv')
    expect(fileName('console.csv')).toBe('console.csv')
    const long = fileName(`${'🦊'.repeat(200)}.csv`)
    expect(long.endsWith('🦊.csv')).toBe(true)
    expect(Array.from(long)).toHaveLength(124)
    expect(basename(fileName('Ünïcode ñ.csv'))).toBe('Ünïcode ñ.csv')
  })
})
