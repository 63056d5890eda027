import { createI18n, type LocaleMessageValue, type VueMessageType } from 'vue-i18n'
import type { Language } from '../contract/sessions.ts'

type Messages = Record<string, LocaleMessageValue<VueMessageType>>

/** Our words and Vuetify's own, loaded with the language that needs them. */
const languages: Record<Language, () => Promise<[{ default: Messages }, { default: Messages }]>> = {
  es: () => Promise.all([import('./locales/es.json'), import('vuetify/lib/locale/es.js')]),
  en: () => Promise.all([import('./locales/en.json'), import('vuetify/lib/locale/en.js')]),
  'pt-BR': () => Promise.all([import('./locales/pt-BR.json'), import('vuetify/lib/locale/pt.js')]),
}
const loaded = new Set<Language>()

export const i18n = createI18n({ legacy: false, locale: 'es', fallbackLocale: 'es' })

/** Turns the whole window to a language; the page says so to screen readers (WCAG 3.1.1). */
export async function setLanguage(language: Language): Promise<void> {
  if (!loaded.has(language)) {
    const [ours, $vuetify] = await languages[language]()
    i18n.global.setLocaleMessage<Messages>(language, {
      ...ours.default,
      $vuetify: $vuetify.default,
    })
    loaded.add(language)
  }
  i18n.global.locale.value = language
  document.documentElement.lang = language
}
