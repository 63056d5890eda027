import { createHash } from 'node:crypto'
import os from 'node:os'
import { join } from 'node:path'
import { app, dialog, nativeTheme, powerMonitor, screen } from 'electron'
import { routes } from '../contract/routes.ts'
import { watchInput } from './activity.ts'
import { declareScheme, servePage } from './app-protocol.ts'
import { backendAddress, createBackend } from './backend.ts'
import { openBridge } from './bridge.ts'
import { systemClock } from './clock.ts'
import { createDispatch, type LocalHandlers } from './dispatch.ts'
import { createEmit } from './events.ts'
import { createExport } from './export.ts'
import { createKeychain } from './keychain.ts'
import { startKeychainHelper } from './keychain-helper.ts'
import { systemLanguage } from './language.ts'
import { createNative, type Native } from './native.ts'
import { createSaveFile, type SaveFile } from './save-file.ts'
import { closeWaysOut } from './security.ts'
import { createSession, type Session } from './session.ts'
import { openStateFile, type StateFile } from './state-file.ts'
import { type AppWindow, createAppWindow } from './window.ts'

/** Milliseconds until the app ends however the keychain and the backend behave; 3 s are promised in all. */
const quitLimit = 2_000

/** Variables of developers and tests; a packaged app does not listen to them. */
const forDevelopers = app.isPackaged ? {} : process.env

function prepare(): { address: URL; devServer: URL | null } {
  if (app.isPackaged && app.commandLine.hasSwitch('remote-debugging-port'))
    throw new Error('Atalaya does not start with --remote-debugging-port')
  const { ATALAYA_USER_DATA: userData, ATALAYA_DEV_URL: devUrl } = forDevelopers
  if (userData) app.setPath('userData', userData)
  if (!app.requestSingleInstanceLock())
    throw new Error('Atalaya is already running with this user data')
  return {
    address: backendAddress(process.env['ATALAYA_BACKEND'] ?? 'http://127.0.0.1:4610'),
    devServer: devUrl ? new URL(devUrl) : null,
  }
}

function openKeychain(file: StateFile) {
  return createKeychain({
    start: () => startKeychainHelper(join(__dirname, 'keychain-process.cjs')),
    // One entry for each installation, and nothing in its name that tells who signed in.
    account: createHash('sha256').update(app.getPath('userData')).digest('hex').slice(0, 32),
    marker: {
      read: () => file.get().keychain,
      write: (keychain) => file.set({ keychain }),
    },
  })
}

/** The system's own dialog, in front of our window. */
async function askWhere(appWindow: AppWindow, defaultPath: string): Promise<string | null> {
  const window = appWindow.window()
  const answer = window ? await dialog.showSaveDialog(window, { defaultPath }) : null
  return answer && !answer.canceled && answer.filePath ? answer.filePath : null
}

const saveFileOf = (session: Session, appWindow: AppWindow): SaveFile =>
  createSaveFile({
    ask: (name) => askWhere(appWindow, name),
    session() {
      session.check()
      const now = session.shown().session
      return now.status === 'signed-in' ? now.who.session.id : null
    },
  })

const languageOf = (file: StateFile) =>
  file.get().preferences.language ?? systemLanguage(app.getPreferredSystemLanguages())

function localHandlers(
  session: Session,
  file: StateFile,
  { save }: SaveFile,
  native: Native,
): LocalHandlers {
  const needs = Object.fromEntries(
    Object.entries(routes).map(([name, { need }]) => [name, need]),
  ) as Record<keyof typeof routes, (typeof routes)[keyof typeof routes]['need']> // the same keys
  return {
    'app.start': () => ({
      version: app.getVersion(),
      preferences: file.get().preferences,
      systemLanguage: systemLanguage(app.getPreferredSystemLanguages()),
      needs,
      ...session.shown(),
    }),
    'preferences.set': (preferences) => {
      file.set({ preferences })
      nativeTheme.themeSource = preferences.theme
      native.reword()
      return preferences
    },
    'session.signIn': (input) => session.signIn(input),
    'session.signOut': () => session.signOut(),
    'session.lock': () => session.lock('locked'),
    'session.wait': () => session.wait(),
    'session.stopWaiting': () => session.stopWaiting(),
    'session.takeSeat': (input) => session.takeSeat(input),
    'files.save': ({ name, text }) => save(name, () => [text]),
    'workspace.export': createExport(session, save),
    'notice.dismiss': () => {
      session.dismissNotice()
      return null
    },
    'drafts.keep'({ form, draft }) {
      session.drafts.keep(form, draft)
      return null
    },
    'drafts.take': ({ form }) => ({ draft: session.drafts.take(form) }),
    'drafts.drop'({ form }) {
      session.drafts.drop(form)
      return null
    },
  }
}

function watchMachine(session: Session): void {
  // None of these is activity: they are occasions to look at the clock.
  app.on('browser-window-focus', session.check)
  powerMonitor.on('unlock-screen', session.check)
  powerMonitor.on('resume', session.wake)
  // Whoever comes to the machine next may be somebody else.
  powerMonitor.on('lock-screen', () => session.lock('screen-locked'))
  powerMonitor.on('user-did-resign-active', () => session.lock('screen-locked'))
  powerMonitor.on('suspend', () => session.lock('suspended'))
}

/** Ends the app once the session has let go, or when its time is up. */
function quitCleanly(session: Session, saving: SaveFile, closeWindow: () => void): void {
  let isEnding = false
  app.on('before-quit', (event) => {
    event.preventDefault()
    if (isEnding) return
    isEnding = true
    closeWindow()
    const timeUp = new Promise((resolve) => setTimeout(resolve, quitLimit))
    const done = Promise.all([session.quit(), saving.quit()])
    void Promise.race([done, timeUp]).then(() => app.exit(0))
  })
}

/** The order of the start, from top to bottom. */
async function start(): Promise<void> {
  const { address, devServer } = prepare()
  declareScheme()
  app.on('window-all-closed', () => app.quit())
  // Started by `npm start`: the app goes with the one who opened it, however that ended.
  if (process.connected) process.once('disconnect', () => app.quit())

  const file = openStateFile(join(app.getPath('userData'), 'state.json'))
  const appWindow = createAppWindow(file)
  const page = () => appWindow.window()?.webContents ?? null
  const native = createNative(appWindow, () => languageOf(file), {
    hasDeveloperTools: devServer !== null,
  })
  const toPage = createEmit(page)
  const session = createSession({
    backend: createBackend(address),
    address: address.href,
    keychain: openKeychain(file),
    file,
    clock: systemClock(),
    emit(event, payload) {
      toPage(event, payload)
      native.told(event, payload)
    },
    alive: native.alive,
    clearPage: appWindow.clearPage,
    device: {
      name: os.hostname().slice(0, 120),
      platform: process.platform,
      version: app.getVersion(),
    },
    form: {
      workspace: process.env['ATALAYA_WORKSPACE'] ?? file.get().workspace,
      email: process.env['ATALAYA_EMAIL'] ?? '',
      name: '',
    },
  })
  app.on('second-instance', appWindow.focus)
  const saving = saveFileOf(session, appWindow)
  quitCleanly(session, saving, () => appWindow.window()?.close())

  await app.whenReady()
  nativeTheme.themeSource = file.get().preferences.theme
  native.open({ now: () => session.shown().session, lock: () => session.lock('locked') })
  closeWaysOut(app, devServer)
  servePage(join(__dirname, '../renderer'), devServer)
  openBridge(
    page,
    createDispatch({
      local: localHandlers(session, file, saving, native),
      ask: session.ask,
      check: session.check,
    }),
  )
  watchInput(app, screen, session.input)
  watchMachine(session)
  appWindow.open()
  await session.resume()
}

start().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  app.exit(1)
})
