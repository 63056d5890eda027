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
import { meets, type Need, type Person } from '../../contract/permissions.ts'
import type { RouteName } from '../../contract/routes.ts'
import { call, on } from '../api.ts'

/** What main says of the session. The page only shows it: main and the backend decide (D2). */
export const useSession = defineStore('session', () => {
  const state = shallowRef<SessionState>({ status: 'resuming' })
  const connection = ref<Connection>('online')
  const warning = shallowRef<IdleWarning>(null)
  const notice = ref<Notice | null>(null)
  const version = ref('')
  const needs = shallowRef<Partial<Record<RouteName, Need>>>({})

  const who = computed(() => (state.value.status === 'signed-in' ? state.value.who : null))

  /** As `meets()` and `obstacle()` want it. */
  const person = computed<(Person & { id: string }) | null>(
    () => who.value && { ...who.value.person, moduleStates: who.value.moduleStates },
  )

  /** Whether the backend would listen to a call: asked of its own declaration, never of a role. */
  function can(name: RouteName): boolean {
    const need = needs.value[name]
    return need !== undefined && meets(person.value, need).allowed
  }

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
    needs.value = start.needs
  }

  const signIn = async (input: CallInput<'session.signIn'>) =>
    become(await call('session.signIn', input))
  const signOut = async () => become(await call('session.signOut', {}))
  const lock = async () => become(await call('session.lock', {}))

  /** After `no-seat` (U4): in line for a seat, out of the line, or on the seat of somebody. */
  const wait = async () => become(await call('session.wait', {}))
  const stopWaiting = async () => become(await call('session.stopWaiting', {}))
  const takeSeat = async (from: string) => become(await call('session.takeSeat', { from }))

  /** The one-time password is gone; main says so too, as soon as it knows. */
  function passwordChosen(): void {
    if (!who.value) return
    const person = { ...who.value.person, mustChangePassword: false }
    become({ status: 'signed-in', who: { ...who.value, person } })
  }

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
    can,
    listen,
    begin,
    signIn,
    signOut,
    lock,
    wait,
    stopWaiting,
    takeSeat,
    passwordChosen,
    dismissNotice,
  }
})

export type Session = ReturnType<typeof useSession>
