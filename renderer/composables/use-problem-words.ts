import { useI18n } from 'vue-i18n'
import type { CallFailed } from '../api.ts'

/** Says a problem in the language of the window. An unknown one counts as our own failure. */
export function useProblemWords() {
  const i18n = useI18n()
  return ({ code, problem }: CallFailed): string => {
    const key = `problems.${code}`
    return i18n.t(i18n.te(key) ? key : 'problems.internal', { ...problem })
  }
}
