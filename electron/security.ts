import { type App, type Session, session } from 'electron'
import { parseUrl } from './address.ts'
import { isOwnPage } from './page-files.ts'

/** Refuses every permission, download and request of the page but for its own files (Electron security, items 5, 13–16). */
function closeSession(it: Session, isAllowed: (address: string) => boolean): void {
  it.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  it.setPermissionCheckHandler(() => false)
  it.setDevicePermissionHandler(() => false)
  it.on('will-download', (event) => event.preventDefault())
  // The dictionaries would come from a server of Google.
  it.setSpellCheckerEnabled(false)
  it.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !isAllowed(url) }))
}

/**
 * Closes every way out of the page: navigation, new windows, web views, permissions, downloads,
 * network. Has to run when Electron is ready and before the first window.
 */
export function closeWaysOut(app: App, devServer: URL | null): void {
  const isDevelopment = (address: string): boolean =>
    devServer !== null &&
    (address.startsWith('devtools://') || parseUrl(address)?.host === devServer.host)
  closeSession(session.defaultSession, (address) => isOwnPage(address) || isDevelopment(address))
  // The development server has the page reload itself; nobody else has a reason to.
  const mayNavigate = (address: string): boolean => devServer !== null && isOwnPage(address)
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-frame-navigate', (event) => {
      if (!mayNavigate(event.url)) event.preventDefault()
    })
    contents.on('will-redirect', (event) => event.preventDefault())
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  })
}
