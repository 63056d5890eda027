import { readdirSync, readFileSync } from 'node:fs'

export interface Running {
  id: number
  /** The program and its arguments. */
  command: string[]
}

/** The processes (Linux) that were started with a variable; whatever group or parent they have by now. */
export function processesWith(name: string, value: string): Running[] {
  return readdirSync('/proc')
    .filter((id) => /^\d+$/.test(id))
    .filter((id) => listIn(`/proc/${id}/environ`).includes(`${name}=${value}`))
    .map((id) => ({ id: Number(id), command: listIn(`/proc/${id}/cmdline`) }))
}

/** Empty for a process that is gone, that waits to be cleared away, or that is somebody else's. */
function listIn(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\0')
  } catch {
    return []
  }
}

/** One that waits to be cleared away is not alive. */
export function isAlive(id: number): boolean {
  return listIn(`/proc/${id}/cmdline`).join('') !== ''
}
