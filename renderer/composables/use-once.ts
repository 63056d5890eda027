import { CallFailed } from '../api.ts'

/**
 * Does what must not happen twice under a key that the backend remembers. A try whose answer was
 * lost on the way has the key of the next one; once there is a clear answer, another key follows.
 */
export function useOnce() {
  let key: string | null = null

  return async function once<T>(deed: (key: string) => Promise<T>): Promise<T> {
    key ??= crypto.randomUUID()
    try {
      const answer = await deed(key)
      key = null
      return answer
    } catch (error) {
      const isClear = error instanceof CallFailed && error.problem.status < 500
      if (isClear) key = null
      throw error
    }
  }
}
