import { Menu, type MenuItemConstructorOptions } from 'electron'

const isMac = process.platform === 'darwin'

/**
 * Roles only: macOS expects the menu and words it; elsewhere it is not shown, and is there for the
 * keys alone: zoom (WCAG 1.4.4), full screen, quit.
 */
export function setMenu(hasDeveloperTools: boolean): void {
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
      { role: 'editMenu' },
      { role: 'viewMenu', submenu: view },
    ]),
  )
}
