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
function textOf(path: string, encoding: 'utf8' | 'latin1' = 'utf8'): string {
  try {
    return readFileSync(path, encoding)
  } catch {
    return ''
  }
}

const listIn = (path: string): string[] => textOf(path).split('\0')

/** One that waits to be cleared away is not alive. */
export function isAlive(id: number): boolean {
  return listIn(`/proc/${id}/cmdline`).join('') !== ''
}

/** A process and all that descend from it, by their ids. */
export function familyOf(id: number): number[] {
  const parents = new Map(
    readdirSync('/proc')
      .filter((it) => /^\d+$/.test(it))
      .map((it) => [Number(it), statOf(Number(it)).parent]),
  )
  const family = [id]
  // Grows while it is walked.
  for (const elder of family)
    for (const [child, parent] of parents) if (parent === elder) family.push(child)
  return family
}

/** Its parent, and how long it has kept a core busy so far, ms. */
export function statOf(id: number): { parent: number; busy: number } {
  // After the name, which may hold spaces and brackets.
  const fields = textOf(`/proc/${id}/stat`).split(') ').at(-1)?.split(' ') ?? []
  // Linux counts 100 ticks a second on every machine that Electron runs on.
  return { parent: Number(fields[1]), busy: (Number(fields[11]) + Number(fields[12])) * 10 }
}

/** Its arguments and environment, as bytes read as text. */
export const surroundingsOf = (id: number) =>
  textOf(`/proc/${id}/cmdline`, 'latin1') + textOf(`/proc/${id}/environ`, 'latin1')
