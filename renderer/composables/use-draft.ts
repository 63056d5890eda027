import { onBeforeUnmount, ref, watch } from 'vue'
import { call, CallFailed } from '../api.ts'

/**
 * Keeps what was typed into a form and not saved with main, which gives it back to the same person
 * after an end of the session (D2). A form that is closed by hand, or saved, has no draft.
 */
export function useDraft<T>(
  form: string,
  {
    draft,
    restore,
  }: {
    /** `null`: there is nothing to lose. */
    draft: () => T | null
    /** Puts a draft back into the form. It was made by `draft`, of this or of an earlier version of the app. */
    restore: (kept: T) => void
  },
) {
  const restored = ref(false)
  /** As it was told last. */
  let told: string | null = null

  function tell(): void {
    const now = draft()
    const text = now === null ? null : JSON.stringify(now)
    if (text === told) return
    told = text
    // Refused when the session is over, and then it is too late in any case.
    const telling =
      text === null
        ? call('drafts.drop', { form })
        : call('drafts.keep', { form, draft: JSON.parse(text) as never }) // JSON by construction
    telling.catch(ignore)
  }

  async function takeBack(): Promise<void> {
    const { draft: kept } = await call('drafts.take', { form })
    // What is typed already is newer.
    if (kept === null || draft() !== null) return
    told = JSON.stringify(kept)
    restore(kept as T)
    restored.value = true
  }

  watch(
    () => JSON.stringify(draft()),
    () => {
      if (draft() === null) restored.value = false
      // At once: a session may end at any moment.
      tell()
    },
  )
  onBeforeUnmount(() => {
    // At the end of a session, too, and then main listens no more.
    if (told !== null) call('drafts.drop', { form }).catch(ignore)
  })
  takeBack().catch(ignore)

  return restored
}

function ignore(error: unknown): void {
  if (!(error instanceof CallFailed)) throw error
}
