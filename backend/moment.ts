import type { Language } from '../contract/sessions.ts'

/** A moment (ISO 8601) as people read it. In UTC: who reads a mail may be anywhere. */
export const moment = (language: Language, at: string) =>
  new Intl.DateTimeFormat(language, {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'UTC',
  }).format(new Date(at)) + ' UTC'
