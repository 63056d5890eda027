import { onScopeDispose, shallowRef } from 'vue'
import { CallFailed } from '../api.ts'

/** ms without typing, after which it is looked for. */
const pause = 250

/** What is found for a text while it is typed; the answer to an older text never hides a newer one. */
export function useSearch<T>(find: (text: string) => Promise<T>) {
  const found = shallowRef<T | null>(null)
  const failure = shallowRef<CallFailed | null>(null)
  let turn = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function look(text: string): Promise<void> {
    stop()
    const mine = turn
    try {
      const answer = await find(text.trim())
      if (mine !== turn) return
      found.value = answer
      failure.value = null
    } catch (error) {
      if (mine === turn && error instanceof CallFailed) failure.value = error
    }
  }

  function lookSoon(text: string): void {
    clearTimeout(timer)
    timer = setTimeout(() => void look(text), pause)
  }

  /** Whatever is still to come is not wanted any more. */
  function stop(): void {
    turn += 1
    clearTimeout(timer)
  }

  onScopeDispose(stop)
  return { found, failure, look, lookSoon, stop }
}
