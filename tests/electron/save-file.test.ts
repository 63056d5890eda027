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
  const { save, quit } = createSaveFile({ ask, session })
  const saveText = (name: string, text: string) => save(name, () => [text])
  return { ask, save, saveText, quit }
}

const refusal = (saved: Promise<unknown>) =>
  saved.then(
    () => null,
    (error: unknown) => (error instanceof ProblemError ? error.problem : null),
  )

describe('saving a text', () => {
  it('writes it as it is, where the person says', async () => {
    const { saveText, ask } = saving('people.csv')
    const text = '\uFEFFNombre;Correo\r\nÁngela 🦊;a@demo.test\r\n'
    expect(await saveText('usuarios.csv', text)).toEqual({ saved: true })
    expect(readFileSync(join(folder, 'people.csv'), 'utf8')).toBe(text)
    expect(ask).toHaveBeenCalledWith('usuarios.csv')
    expect(readdirSync(folder)).toEqual(['people.csv'])
  })

  it('replaces a file as a whole', async () => {
    writeFileSync(join(folder, 'old.csv'), 'something longer than the new text')
    await saving('old.csv').saveText('x.csv', 'new')
    expect(readFileSync(join(folder, 'old.csv'), 'utf8')).toBe('new')
  })

  it('writes nothing when the person cancels', async () => {
    expect(await saving(null).saveText('x.csv', 'x')).toEqual({
      saved: false,
    })
    expect(readdirSync(folder)).toEqual([])
  })

  it('says what the disk refused, leaves nothing behind and names no folder', async () => {
    const problem = await refusal(saving('missing/x.csv').saveText('x.csv', 'x'))
    expect(problem && codeOf(problem)).toBe('file-not-written')
    expect(problem?.detail).toBe('ENOENT')
    expect(JSON.stringify(problem)).not.toContain(folder)
    expect(readdirSync(folder)).toEqual([])
  })

  it('lets nothing out once the session is over, also while the person is asked', async () => {
    const signedOut = saving('x.csv', () => null)
    const early = await refusal(signedOut.saveText('x.csv', 'x'))
    expect(early && codeOf(early)).toBe('not-signed-in')
    expect(signedOut.ask).not.toHaveBeenCalled()

    for (const after of [null, 'of somebody else']) {
      const session = vi.fn().mockReturnValueOnce('mine').mockReturnValue(after)
      const late = await refusal(saving('x.csv', session).saveText('x.csv', 'x'))
      expect(late && codeOf(late)).toBe('not-signed-in')
    }
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('saving what comes piece by piece', () => {
  const piece = Buffer.from([0, 200, 255])
  /** Pieces, doing something after the first. */
  async function* pieces(between: () => unknown) {
    yield piece
    await between()
    yield piece
  }

  it('asks for it when the person has said where, and writes its bytes', async () => {
    const order: string[] = []
    const { save, ask } = saving('all.zip')
    ask.mockImplementation(() => {
      order.push('where')
      return Promise.resolve(join(folder, 'all.zip'))
    })
    const open = () => {
      order.push('what')
      return Promise.resolve(pieces(() => undefined))
    }
    expect(await save('all.zip', open)).toEqual({ saved: true })
    expect(order).toEqual(['where', 'what'])
    expect(readFileSync(join(folder, 'all.zip')).equals(Buffer.concat([piece, piece]))).toBe(true)

    const open2 = vi.fn(() => pieces(() => undefined))
    expect(await saving(null).save('all.zip', open2)).toEqual({ saved: false })
    expect(open2).not.toHaveBeenCalled()
  })

  it('that breaks leaves what was there before, and says what broke', async () => {
    writeFileSync(join(folder, 'all.zip'), 'before')
    const breaks = pieces(() => Promise.reject(new ProblemError('offline')))
    for (const open of [() => breaks, () => Promise.reject(new ProblemError('offline'))]) {
      const problem = await refusal(saving('all.zip').save('all.zip', open))
      expect(problem && codeOf(problem)).toBe('offline')
    }
    expect(readdirSync(folder)).toEqual(['all.zip'])
    expect(readFileSync(join(folder, 'all.zip'), 'utf8')).toBe('before')
  })

  it('leaves no file when the session ends before it is whole', async () => {
    for (const after of [null, 'of somebody else']) {
      let now: string | null = 'mine'
      let isClosed = false
      const { save } = saving('all.zip', () => now)
      async function* late() {
        try {
          yield* pieces(() => {
            expect(readdirSync(folder)).toHaveLength(1)
            now = after
          })
        } finally {
          isClosed = true
        }
      }
      const problem = await refusal(save('all.zip', late))
      expect(problem && codeOf(problem)).toBe('not-signed-in')
      expect(isClosed).toBe(true)
      expect(readdirSync(folder)).toEqual([])
    }
    let now: string | null = 'mine'
    async function* whole() {
      yield piece
      await Promise.resolve()
      now = null
    }
    const problem = await refusal(saving('all.zip', () => now).save('all.zip', whole))
    expect(problem && codeOf(problem)).toBe('not-signed-in')
    expect(readdirSync(folder)).toEqual([])
  })

  it('leaves no file when the app ends before it is whole', async () => {
    const { save, quit } = saving('all.zip')
    const saved = refusal(
      save('all.zip', (signal) =>
        pieces(() => new Promise((resolve) => signal.addEventListener('abort', resolve))),
      ),
    )
    await vi.waitFor(() => expect(readdirSync(folder)).toHaveLength(1))
    await quit()
    expect(readdirSync(folder)).toEqual([])
    expect(await saved).not.toBeNull()
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
