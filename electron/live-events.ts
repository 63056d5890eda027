import type { LiveEvent } from '../contract/live.ts'
import type { Emit } from './events.ts'
import type { ShownState } from './shown.ts'
import { type Ending, whoDidIt } from './why-over.ts'

interface LiveEventActions {
  emit: Emit
  shown: ShownState
  applyPolicy: (minutes: number) => void
  end: (why: Ending) => void
  /** Who is signed in, or what they may do, is not what is shown any more. */
  askAnew: () => void
}

/** What is done about each thing that the backend tells. */
export function heedEvent(event: LiveEvent, actions: LiveEventActions): void {
  switch (event.kind) {
    case 'idle-policy':
      actions.applyPolicy(event.minutes)
      break
    case 'session-ended':
      actions.end({ because: event.cause, ...whoDidIt(event.by, event.reason) })
      break
    case 'hours-ending':
      actions.shown.set({ notice: 'hours-ending' })
      break
    case 'permissions':
      actions.askAnew()
      break
    case 'changed':
      // The person's name, or that a new password is due, is shown outside of any screen.
      if (event.topic === 'account') actions.askAnew()
      actions.emit('data.changed', { topic: event.topic })
      break
    case 'import-progress': {
      const { id, done, total } = event
      actions.emit('import.progressed', { id, done, total })
    }
  }
}
