import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type {
  CallInput,
  Connection,
  IdleWarning,
  Notice,
  SessionState,
  Start,
} from '../../contract/ipc.ts'
import type { Person } from '../../contract/permissions.ts'
import { call, on } from '../api.ts'

/** What main says of the session. The page only shows it: main and the backend decide (D2). */
export const useSession = defineStore('session', () => {
  const state = shallowRef<SessionState>({ status: 'resuming' })
  const connection = ref<Connection>('online')
  const warning = shallowRef<IdleWarning>(null)
  const notice = ref<Notice | null>(null)
  const version = ref('')

  const who = computed(() => (state.value.status === 'signed-in' ? state.value.who : null))

  /** As `meets()` wants it. Profiles and module states are not told to the page yet: none, all active. */
  const person = computed<Person | null>(
    () => who.value && { role: who.value.person.role, access: { kind: 'none' }, moduleStates: {} },
  )

  function become(next: SessionState): void {
    state.value = next
    if (next.status !== 'signed-in') warning.value = null
  }

  function listen(): void {
    on('session.changed', become)
    on('connection.changed', (next) => (connection.value = next))
    on('idle.changed', (next) => (warning.value = next))
    on('notice.changed', (next) => (notice.value = next))
  }

  function begin(start: Start): void {
    become(start.session)
    connection.value = start.connection
    warning.value = start.warning
    notice.value = start.notice
    version.value = start.version
  }

  const signIn = async (input: CallInput<'session.signIn'>) =>
    become(await call('session.signIn', input))
  const signOut = async () => become(await call('session.signOut', {}))

  async function dismissNotice(): Promise<void> {
    notice.value = null
    await call('notice.dismiss', {})
  }

  return {
    state,
    connection,
    warning,
    notice,
    version,
    who,
    person,
    listen,
    begin,
    signIn,
    signOut,
    dismissNotice,
  }
})

export type Session = ReturnType<typeof useSession>
