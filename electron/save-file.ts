import { rm, rename, writeFile } from 'node:fs/promises'
import type { LocalCalls } from '../contract/ipc.ts'
import { ProblemError } from '../contract/problem.ts'
import type { z } from '../contract/zod.ts'

export interface SaveFileOptions {
  /** Asks the person where; `null`: nowhere. */
  ask: (name: string) => Promise<string | null>
  /** Names the session; `null`: nobody is signed in. */
  session: () => string | null
}

type Saved = z.output<LocalCalls['files.save']>

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
async function write(path: string, content: Buffer): Promise<void> {
  const beside = `${path}.${process.pid}.tmp`
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

/**
 * Saves a text, or the bytes that it stands for, where the person says. Throws `file-not-written`, and `not-signed-in` where the
 * session ended while they were asked: what it showed does not leave the app any more.
 */
export function createSaveFile({ ask, session }: SaveFileOptions) {
  return async ({ name, text, encoding }: Saved): Promise<{ saved: boolean }> => {
    const mine = session()
    if (mine === null) throw new ProblemError('not-signed-in')
    const path = await ask(fileName(name))
    if (path === null) return { saved: false }
    if (session() !== mine) throw new ProblemError('not-signed-in')
    try {
      await write(path, Buffer.from(text, encoding))
    } catch (error) {
      throw new ProblemError('file-not-written', { detail: codeOf(error) })
    }
    return { saved: true }
  }
}
