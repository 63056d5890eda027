import { randomUUID } from 'node:crypto'
import { rm, rename, writeFile } from 'node:fs/promises'
import { ProblemError } from '../contract/problem.ts'

export interface SaveFileOptions {
  /** Asks the person where; `null`: nowhere. */
  ask: (name: string) => Promise<string | null>
  /** Names the session; `null`: nobody is signed in. */
  session: () => string | null
}

/** What a file is made of, piece by piece. */
export type Content = Iterable<string> | AsyncIterable<string | Uint8Array>

export interface SaveFile {
  /**
   * Saves a file where the person says; what is in it is asked for when they have said so. Throws
   * `file-not-written`, what the content throws, and `not-signed-in` where the session ended before
   * the file was whole: what it showed does not leave the app any more.
   */
  save: (
    name: string,
    open: (signal: AbortSignal) => Content | Promise<Content>,
  ) => Promise<{ saved: boolean }>
  /** Before the app ends: what is not whole yet is removed. */
  quit: () => Promise<void>
}

const longestName = 120
/** Windows gives these names to devices, whatever stands after the first dot. */
const deviceName = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i

/** A file's name as every system takes it, and nothing of a path. */
export function fileName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replace(/^.*[/\\]/s, '')
    .replace(/[\p{Cc}\p{Cf}<>:"|?*]/gu, '')
    .replace(/^[. ]+|[. ]+$/g, '')
    .replace(deviceName, '_$&')
  const ending = /\.\w{1,8}$/.exec(plain)?.[0] ?? ''
  const stem = plain.slice(0, plain.length - ending.length)
  return stem ? Array.from(stem).slice(0, longestName).join('') + ending : `atalaya${ending}`
}

/** Writes beside and renames, so that there is the whole file or what was there before. */
async function write(path: string, content: Content): Promise<void> {
  const beside = `${path}.${randomUUID().slice(0, 8)}.tmp`
  try {
    await writeFile(beside, content, { flag: 'wx' })
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined)
    throw error
  }
}

/** What kind of failure it was (`ENOSPC`, `EACCES`); its message would name the person's folders. */
const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown'

function notWritten(error: unknown): never {
  if (error instanceof ProblemError) throw error
  throw new ProblemError('file-not-written', { detail: codeOf(error) })
}

export function createSaveFile({ ask, session }: SaveFileOptions): SaveFile {
  const quitting = new AbortController()
  const writing = new Set<Promise<void>>()

  /** Throws `not-signed-in`. */
  function assertStill(mine: string): void {
    if (quitting.signal.aborted || session() !== mine) throw new ProblemError('not-signed-in')
  }

  async function* watched(content: Content, mine: string) {
    for await (const piece of content) {
      assertStill(mine)
      yield piece
    }
    assertStill(mine)
  }

  return {
    async save(name, open) {
      const mine = session()
      if (mine === null) throw new ProblemError('not-signed-in')
      const path = await ask(fileName(name))
      if (path === null) return { saved: false }
      assertStill(mine)
      const written = write(path, watched(await open(quitting.signal), mine))
      writing.add(written)
      await written.catch(notWritten).finally(() => writing.delete(written))
      return { saved: true }
    },
    async quit() {
      quitting.abort()
      await Promise.allSettled(writing)
    },
  }
}
