import { join } from 'node:path'
import { app } from 'electron'
import type { EventName, Events, SessionState } from '../contract/ipc.ts'
import type { Language } from '../contract/sessions.ts'
import { createAttention } from './attention.ts'
import { setMenu } from './menu.ts'
import { createTray } from './tray.ts'
import type { AppWindow } from './window.ts'
import { nativeWords } from './words.ts'

export interface Native {
  /** The page is told of something that may concern the system, too. */
  told: <E extends EventName>(event: E, payload: Events[E]) => void
  /** How long the session lasts if nobody touches the workstation, ms. */
  alive: (endsInMs: number) => void
  /** Once the app is ready. */
  open: (session: { now: () => SessionState; lock: () => void }) => void
  /** Another language was chosen. */
  reword: () => void
}

/** What the system shows for us outside of the window: menu, tray, notification, taskbar. */
export function createNative(
  appWindow: AppWindow,
  language: () => Language,
  { hasDeveloperTools }: { hasDeveloperTools: boolean },
): Native {
  const words = () => nativeWords(language())
  const attend = createAttention({ window: appWindow.window, focus: appWindow.focus, words })
  let showMenu = (): void => undefined
  let showTray = (): void => undefined
  let endsInMs = 0

  return {
    told(event, payload) {
      if (event === 'idle.changed') attend(payload as Events['idle.changed']) // its own payload
      if (event === 'session.changed') showTray()
    },
    alive(now) {
      endsInMs = now
      showTray()
    },
    open({ now, lock }) {
      const tray = createTray({
        icon: join(__dirname, '../../resources/tray.png'),
        words,
        open: appWindow.focus,
        lock,
        quit: () => app.quit(),
      })
      showTray = () => {
        const session = now()
        tray(session.status === 'signed-in' ? { name: session.who.person.name, endsInMs } : null)
      }
      showMenu = () => setMenu({ words: words(), lock, hasDeveloperTools })
      showMenu()
      showTray()
    },
    reword() {
      showMenu()
      showTray()
    },
  }
}
