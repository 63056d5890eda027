import { CallFailed } from '../api.ts'

/**
 * Does what must not happen twice under a key that the backend remembers. A try whose answer was lost
 * on the way has the key of the next one with the same input; once there is a clear answer, or with
 * another input, another key follows.
 */
export function useOnce() {
  let key: string | null = null
  let asked = ''

  return async function once<I extends object, T>(
    input: I,
    deed: (input: I & { key: string }) => Promise<T>,
  ): Promise<T> {
    const text = JSON.stringify(input)
    if (text !== asked) key = null
    asked = text
    key ??= crypto.randomUUID()
    try {
      const answer = await deed({ ...input, key })
      forget()
      return answer
    } catch (error) {
      const isClear = error instanceof CallFailed && error.problem.status < 500
      if (isClear) forget()
      throw error
    }
  }

  function forget(): void {
    key = null
    asked = ''
  }
}
