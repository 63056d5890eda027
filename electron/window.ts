import { join } from 'node:path'
import { app, BrowserWindow, nativeTheme, type Rectangle, screen } from 'electron'
import { pageAddress } from './page-files.ts'
import { onScreen } from './placement.ts'
import type { StateFile } from './state-file.ts'

/** As `theme.ts` of the page paints it, so that nothing flashes before the first paint. */
const background = (): string => (nativeTheme.shouldUseDarkColors ? '#0e1418' : '#f4f6f7')

/** Milliseconds that the page has to empty itself before its process is ended. */
const patience = 2_000

export interface AppWindow {
  /** `null` before it is opened and after it is closed. */
  window: () => BrowserWindow | null
  open: () => void
  /** Brings it to the front. */
  focus: () => void
  /** Loads the page anew, so that nothing of a session stays in its memory; a page that hangs is ended. */
  clearPage: () => void
}

function create(bounds: Rectangle | null, isMaximized: boolean): BrowserWindow {
  const window = new BrowserWindow({
    width: 1280,
    height: 720,
    ...bounds,
    minWidth: 960,
    minHeight: 640,
    show: false,
    title: 'Atalaya',
    backgroundColor: background(),
    webPreferences: {
      preload: join(__dirname, 'preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
      devTools: !app.isPackaged,
    },
  })
  // Hidden for good, not until Alt is pressed: its words are in one language (`menu.ts`).
  window.setMenuBarVisibility(false)
  window.once('ready-to-show', () => {
    if (isMaximized) window.maximize()
    window.show()
  })
  return window
}

/** The one window. */
export function createAppWindow(file: StateFile): AppWindow {
  let window: BrowserWindow | null = null

  const load = (it: BrowserWindow): void => {
    // A load that a newer one replaces is rejected; there is nothing to be done about it.
    it.loadURL(pageAddress).catch(() => undefined)
  }

  function remember(it: BrowserWindow): void {
    file.set({ bounds: { ...it.getNormalBounds(), maximized: it.isMaximized() } })
  }

  function open(): void {
    const saved = file.get().bounds
    const areas = screen.getAllDisplays().map((display) => display.workArea)
    const it = create(saved && onScreen(saved, areas), saved?.maximized ?? false)
    window = it
    it.on('close', () => remember(it))
    it.on('closed', () => (window = null))
    // The session goes on in main, and so does its deadline (D2).
    it.webContents.on('render-process-gone', () => {
      setTimeout(() => {
        if (!it.isDestroyed()) it.webContents.reload()
      }, 500)
    })
    nativeTheme.on('updated', () => {
      if (!it.isDestroyed()) it.setBackgroundColor(background())
    })
    load(it)
  }

  function clearPage(): void {
    const it = window
    if (!it) return
    const contents = it.webContents
    const timer = setTimeout(() => {
      if (!it.isDestroyed()) contents.forcefullyCrashRenderer()
    }, patience)
    contents.once('did-navigate', () => clearTimeout(timer))
    contents.reload()
  }

  return {
    window: () => window,
    open,
    clearPage,
    focus() {
      if (!window) return
      if (window.isMinimized()) window.restore()
      window.show()
      window.focus()
    },
  }
}
