import type { WebContents } from 'electron'
import { channels, type EventName, type Events } from '../contract/ipc.ts'

/** Tells the page something, without being asked. */
export type Emit = <E extends EventName>(event: E, payload: Events[E]) => void

/** Sends to the page of our window, if there is one. */
export const createEmit =
  (page: () => WebContents | null): Emit =>
  (event, payload) => {
    const contents = page()
    if (contents && !contents.isDestroyed()) contents.send(channels.event, event, payload)
  }
