import type { SignedOut } from '../contract/ipc.ts'
import { codeOf, type Problem } from '../contract/problem.ts'
import { EndCause } from '../contract/sessions.ts'

/** Why nobody is signed in; who ended the session and with what words, where a person did. */
export type Ending = Pick<SignedOut, 'because' | 'by' | 'reason'>

/**
 * What the backend says by a refusal: the session is over, or may not be used. `null`: the refusal
 * is about something else; silence and errors of the backend never end a session.
 */
export function whyOver(it: Problem): Ending | null {
  switch (codeOf(it)) {
    case 'session-ended':
      return {
        because: EndCause.safeParse(it['cause']).data ?? 'session-lost',
        ...whoDidIt(it['by'], it['reason']),
      }
    case 'not-signed-in':
      return { because: 'session-lost' }
    case 'no-seat':
      return { because: 'no-seat' }
    case 'outside-hours':
      return { because: 'outside-hours' }
    case 'account-deactivated':
      return { because: 'deactivated' }
    case 'workspace-being-deleted':
      return { because: 'workspace-deleted' }
    default:
      return null
  }
}

/** Leaves out what nobody said. */
export const whoDidIt = (by: unknown, reason: unknown): Pick<Ending, 'by' | 'reason'> => ({
  ...(typeof by === 'string' && { by }),
  ...(typeof reason === 'string' && { reason }),
})
