import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { Preferences, Start } from '../../contract/ipc.ts'
import type { Language } from '../../contract/sessions.ts'
import { call } from '../api.ts'

/** Theme and language of this workstation; main keeps them. */
export const usePreferences = defineStore('preferences', () => {
  const kept = shallowRef<Preferences>({ theme: 'system', language: null })
  const system = shallowRef<Language>('es')

  /** The language the window is in now. */
  const spoken = computed(() => kept.value.language ?? system.value)

  function begin(start: Start): void {
    kept.value = start.preferences
    system.value = start.systemLanguage
  }

  /** Shows the choice at once, and takes it back if it could not be kept. */
  async function set(change: Partial<Preferences>): Promise<void> {
    const before = kept.value
    kept.value = { ...before, ...change }
    try {
      kept.value = await call('preferences.set', kept.value)
    } catch {
      kept.value = before
    }
  }

  return { kept, spoken, begin, set }
})
