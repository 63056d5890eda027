import { onScopeDispose, shallowRef, type ShallowRef, watch } from 'vue'
import type { CallInput, CallName, CallOutput } from '../../contract/ipc.ts'
import type { Topic } from '../../contract/live.ts'
import { call, CallFailed, on } from '../api.ts'
import { useSession } from '../stores/session.ts'

/**
 * What a call answers, kept up to date: it is asked again when the backend says that one of its topics
 * changed (`null`: none does), and when the connection comes back. A failure leaves what was shown.
 */
export function useAsked<C extends CallName>(
  name: C,
  input: CallInput<C>,
  topics: Topic | readonly Topic[] | null,
) {
  const data: ShallowRef<CallOutput<C> | null> = shallowRef(null)
  const failure = shallowRef<CallFailed | null>(null)
  let latest = 0

  async function ask(): Promise<void> {
    const turn = ++latest
    try {
      const answer = await call(name, input)
      // A later question is on its way: its answer is the newer one.
      if (turn !== latest) return
      data.value = answer
      failure.value = null
    } catch (error) {
      if (turn === latest && error instanceof CallFailed) failure.value = error
    }
  }

  /** Shows what a change answered, without asking for it. */
  function know(answer: CallOutput<C>): void {
    latest += 1
    data.value = answer
    failure.value = null
  }

  const session = useSession()
  const heard = [topics].flat()
  onScopeDispose(on('data.changed', ({ topic }) => heard.includes(topic) && void ask()))
  watch(
    () => session.connection,
    (connection) => connection === 'online' && void ask(),
  )
  void ask()

  return { data, failure, ask, know }
}
