import type { Connection, IdleWarning, Notice, SessionState } from '../contract/ipc.ts'
import type { Emit } from './events.ts'

/** What the page is to show of the session; main keeps it, the page only mirrors it. */
export interface Shown {
  session: SessionState
  connection: Connection
  warning: IdleWarning
  notice: Notice | null
}

export interface ShownState {
  get: () => Shown
  /** Changes some of it and tells the page of what is new. */
  set: (change: Partial<Shown>) => void
}

/** `now` in milliseconds: a page that is loaded during a warning is told what is left of it. */
export function createShown(emit: Emit, now: () => number, session: SessionState): ShownState {
  let shown: Shown = { session, connection: 'online', warning: null, notice: null }
  let warnedAt = 0
  return {
    get() {
      const { warning } = shown
      if (!warning) return shown
      return { ...shown, warning: { endsInMs: Math.max(0, warning.endsInMs - (now() - warnedAt)) } }
    },
    set(change) {
      const before = shown
      shown = { ...shown, ...change }
      if (change.warning) warnedAt = now()
      if (shown.session !== before.session) emit('session.changed', shown.session)
      if (shown.connection !== before.connection) emit('connection.changed', shown.connection)
      if (shown.warning !== before.warning) emit('idle.changed', shown.warning)
      if (shown.notice !== before.notice) emit('notice.changed', shown.notice)
    },
  }
}
