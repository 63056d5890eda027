import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { forceEndLater } from '../backend/signals.ts'
import { build } from './build.ts'
import { endOnSignals, script, Stop } from './commands.ts'
import { aboutPeople, type DemoBackend, startDemoBackend } from './demo-backend.ts'
import { openDesktop } from './desktop.ts'
import { type Display, hasDisplay, virtualDisplay } from './display.ts'
import { askedToEnd } from './ending.ts'
import { aboutRuntime, electronRuntime } from './electron-runtime.ts'
import { prepareSystem } from './system.ts'

/** Milliseconds that a window has to be drawn. */
const patience = 20_000

await script(async () => {
  const letGo = endOnSignals()
  const headless = !hasDisplay()
  await prepareSystem(headless ? ['window', 'display'] : ['window'])
  const runtime = await electronRuntime()
  console.log(aboutRuntime(runtime))
  await build()

  // From here on there is something to close.
  letGo()
  const ending = askedToEnd()
  const backend = await startDemoBackend()
  const closing = new AbortController()
  let display: Display | null = null
  try {
    display = headless ? await virtualDisplay() : null
    const desktop = await openDesktop(runtime, {
      ATALAYA_BACKEND: backend.url,
      ATALAYA_WORKSPACE: 'demo',
      ATALAYA_USER_DATA: join(backend.dataDir, 'desktop'),
      ...(display && { DISPLAY: display.name }),
    })
    console.log(welcome(backend))
    console.log(keychainLine())
    if (display) void keepPicture(display, join(backend.dataDir, 'window.png'), closing.signal)

    const code = await Promise.race([ending, desktop.closed])
    console.log('Closing …')
    await desktop.close()
    if (code) throw new Stop(`The desktop ended by itself, with code ${code}.`)
  } finally {
    forceEndLater()
    closing.abort()
    await backend.close()
    display?.stop()
  }
})
// Whatever is left over would keep this process.
process.exit()

function welcome({ url, mails }: DemoBackend): string {
  return `
Atalaya is running. Ctrl-C ends it.

  Backend             ${url}
  API documentation   ${url}/docs
  Mails               ${mails}

Sign in to the workspace “demo” as:
${aboutPeople()}
`
}

function keychainLine(): string {
  const bus =
    process.env['DBUS_SESSION_BUS_ADDRESS'] ?? join(process.env['XDG_RUNTIME_DIR'] ?? '', 'bus')
  const none = process.platform === 'linux' && !bus.includes(':') && !existsSync(bus)
  return none
    ? 'There is no session bus here, so no keychain: the desktop keeps its session in memory only.'
    : 'The desktop keeps its session in the keychain of this system.'
}

/** Writes what the virtual display shows, once the window is drawn; the blinking cursor counts as still. */
async function keepPicture(display: Display, path: string, closing: AbortSignal): Promise<void> {
  const seen = new Map<string, number>()
  const until = Date.now() + patience
  for (;;) {
    await delay(300)
    if (closing.aborted) return
    const picture = display.picture()
    if (!picture) continue
    const key = picture.toString('base64')
    const times = (seen.get(key) ?? 0) + 1
    seen.set(key, times)
    if (times < 4 && Date.now() < until) continue
    writeFileSync(path, picture)
    console.log(`There is no display: the window is in a virtual one, and ${path} shows it.`)
    return
  }
}
