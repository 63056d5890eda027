import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Preferences } from '../contract/ipc.ts'
import { z } from '../contract/zod.ts'

const Stamp = z.object({ bootId: z.string().nullable(), uptime: z.number(), wall: z.number() })

const Bounds = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().positive(),
  height: z.int().positive(),
  maximized: z.boolean(),
})

/** What outlives the app, and nothing secret. A field that cannot be read takes its safest value. */
const State = z.object({
  /** Random, made once: the backend tells workstations apart by it. */
  deviceId: z.uuid().catch(() => randomUUID()),
  preferences: Preferences.catch({ theme: 'system', language: null }),
  bounds: Bounds.nullable().catch(null),
  /** The link of the last workspace, for the sign-in form. */
  workspace: z.string().catch(''),
  keychain: z.enum(['empty', 'stored', 'purge']).catch('purge'),
  /** The session that the keychain holds the token of; the deadline is reckoned from it (B2). */
  session: z
    .object({ signedIn: Stamp, lastInput: Stamp, minutes: z.number() })
    .nullable()
    .catch(null),
})
export type State = z.infer<typeof State>

export interface StateFile {
  get: () => State
  /** Changes some fields, and writes at once. Answers whether the disk took it. */
  set: (change: Partial<State>) => boolean
}

function read(path: string): State {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return State.parse({ keychain: 'empty' })
  }
  try {
    return State.parse(JSON.parse(text))
  } catch {
    // No session is restored from a file that cannot be read, and what it spoke of is removed.
    return State.parse({})
  }
}

/** Writes beside and renames, so that a crash leaves the old file or the new one, never half of one. */
function write(path: string, state: State): void {
  mkdirSync(dirname(path), { recursive: true })
  const beside = `${path}.${process.pid}.tmp`
  writeFileSync(beside, JSON.stringify(state, null, 2), { mode: 0o600 })
  renameSync(beside, path)
}

/** Opens the file, or starts a new one. A disk that refuses costs what would have been remembered. */
export function openStateFile(path: string): StateFile {
  let state = read(path)
  return {
    get: () => state,
    set(change) {
      state = { ...state, ...change }
      try {
        write(path, state)
        return true
      } catch (error) {
        console.error(`Cannot write ${path}: ${error instanceof Error ? error.message : 'unknown'}`)
        return false
      }
    },
  }
}
