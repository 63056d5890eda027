import { Menu, type MenuItemConstructorOptions } from 'electron'
import type { NativeWords } from './words.ts'

const isMac = process.platform === 'darwin'

/**
 * macOS expects the menu and words the roles; elsewhere it is not shown, and is there for the keys
 * alone: lock, zoom (WCAG 1.4.4), full screen, quit.
 */
export function setMenu({
  words,
  lock,
  hasDeveloperTools,
}: {
  words: NativeWords
  lock: () => void
  hasDeveloperTools: boolean
}): void {
  const view: MenuItemConstructorOptions[] = [
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { role: 'togglefullscreen' },
    ...(hasDeveloperTools ? ([{ role: 'toggleDevTools' }] as const) : []),
  ]
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      isMac ? { role: 'appMenu' } : { role: 'fileMenu' },
      {
        label: words.menu.session,
        submenu: [{ label: words.menu.lock, accelerator: 'CmdOrCtrl+L', click: lock }],
      },
      { role: 'editMenu' },
      { role: 'viewMenu', submenu: view },
    ]),
  )
}
