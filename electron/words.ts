import type { Language } from '../contract/sessions.ts'
import en from '../renderer/locales/native/en.json'
import es from '../renderer/locales/native/es.json'
import pt from '../renderer/locales/native/pt-BR.json'

/** What the system shows for us, outside of the page: menu, notification, tray. */
export type NativeWords = typeof es

const spoken: Record<Language, NativeWords> = { es, en, 'pt-BR': pt }

export const nativeWords = (language: Language): NativeWords => spoken[language]

/** Puts values in the place of the `{names}` of a text. */
export const fill = (text: string, values: Record<string, string | number>): string =>
  text.replace(/\{(\w+)\}/g, (name, key: string) => String(values[key] ?? name))
