import type { Language } from '../contract/sessions.ts'

const spoken: [prefix: string, language: Language][] = [
  ['es', 'es'],
  ['pt', 'pt-BR'],
  ['en', 'en'],
]

/** The first of the system's languages (BCP 47) that the app speaks; English if it speaks none. */
export function systemLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const primary = tag.toLowerCase().split('-')[0]
    const found = spoken.find(([prefix]) => prefix === primary)
    if (found) return found[1]
  }
  return 'en'
}
