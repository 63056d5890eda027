import { readFileSync } from 'node:fs'
import { inProject } from '../../scripts/commands.ts'

const spanish: unknown = JSON.parse(readFileSync(inProject('renderer/locales/es.json'), 'utf8'))

/** The Spanish words of a key, as the window says them. Throws where there are none. */
export function words(key: string, values: Record<string, string | number> = {}): string {
  let at = spanish
  for (const part of key.split('.'))
    at = at && typeof at === 'object' && part in at ? (at as Record<string, unknown>)[part] : null
  if (typeof at !== 'string') throw new Error(`There are no words for ${key}`)
  return at.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}
