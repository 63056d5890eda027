import { Menu, Tray } from 'electron'
import { type TrayStatus, trayText } from './tray-text.ts'
import type { NativeWords } from './words.ts'

interface Options {
  icon: string
  words: () => NativeWords
  open: () => void
  lock: () => void
  quit: () => void
}

/** The icon beside the system's clock: whether somebody is signed in, and for how long still (B3). */
export function createTray({ icon, words, open, lock, quit }: Options) {
  const tray = new Tray(icon)
  tray.on('click', open)
  let shown = ''

  return (status: TrayStatus | null): void => {
    const spoken = words()
    const text = trayText(status, spoken)
    // Asked at every look at the clock: the system is told of what is new.
    if (text === shown) return
    shown = text
    tray.setToolTip(text)
    tray.setContextMenu(
      Menu.buildFromTemplate([
        // Where the system shows no tooltips, the menu says it.
        { label: text, enabled: false },
        { type: 'separator' },
        { label: spoken.tray.open, click: open },
        { label: spoken.menu.lock, enabled: status !== null, click: lock },
        { label: spoken.tray.quit, click: quit },
      ]),
    )
  }
}
