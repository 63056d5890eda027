import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createServer, type ViteDevServer } from 'vite'
import { type Config, readConfig } from '../backend/config.ts'
import { forceEndLater } from '../backend/signals.ts'
import { buildDesktop } from './build.ts'
import {
  endOnSignals,
  inProject,
  killGroup,
  messageOf,
  script,
  startGroup,
  Stop,
} from './commands.ts'
import { type Desktop, openDesktop } from './desktop.ts'
import { hasDisplay, virtualDisplay } from './display.ts'
import { askedToEnd } from './ending.ts'
import { aboutRuntime, electronRuntime } from './electron-runtime.ts'
import { prepareSystem } from './system.ts'

/** The backend with the demo; Node starts it again whenever a file of it changes. */
const watchedBackend = (env: NodeJS.ProcessEnv): ChildProcess =>
  startGroup(() =>
    spawn(process.execPath, ['--watch', inProject('scripts/demo-backend.ts')], {
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: process.platform !== 'win32',
    }),
  )

/** Each call resolves at the next change in the folders; several at once (an editor's save) are one. */
function changesIn(folders: string[]): () => Promise<'changed'> {
  let next = Promise.withResolvers<'changed'>()
  for (const folder of folders)
    watch(inProject(folder), { recursive: true }, () => next.resolve('changed'))
  return async () => {
    await next.promise
    await delay(100)
    next = Promise.withResolvers()
    return 'changed'
  }
}

/** A mistake in the code is shown, and the window stays as it was. */
async function built(): Promise<boolean> {
  try {
    await buildDesktop()
    return true
  } catch (error) {
    console.error(messageOf(error))
    return false
  }
}

/** Where the backend, a process of its own, will listen. */
function addressOf({ HOST, PORT }: Config): string {
  if (PORT === 0) throw new Stop('Set PORT to a number: the desktop has to know where to ask.')
  const host = ['0.0.0.0', '::'].includes(HOST) ? '127.0.0.1' : HOST
  return `http://${host.includes(':') ? `[${host}]` : host}:${PORT}`
}

/** The page, built on demand and replaced in the open window. */
async function servePage(): Promise<ViteDevServer> {
  const page = await createServer({ configFile: inProject('build/vite.renderer.ts') })
  await page.listen().catch(async (error: unknown) => {
    await page.close()
    throw new Stop(`The page cannot be served: ${messageOf(error)}`)
  })
  return page
}

async function endOf(backend: ChildProcess): Promise<void> {
  killGroup(backend, 'SIGTERM')
  if (backend.exitCode === null) await Promise.race([once(backend, 'exit'), delay(10_000)])
}

await script(async () => {
  // Before Vite sets NODE_ENV, which is not for the backend.
  const env = { ...process.env }
  const config = readConfig(env)
  const desktopEnv = {
    ATALAYA_BACKEND: addressOf(config),
    ATALAYA_WORKSPACE: 'demo',
    ATALAYA_USER_DATA: join(config.DATA_DIR, 'desktop'),
  }
  const letGo = endOnSignals()
  await prepareSystem(hasDisplay() ? ['window'] : ['window', 'display'])
  const runtime = await electronRuntime()
  console.log(aboutRuntime(runtime))

  // From here on there is something to close.
  letGo()
  const ending = askedToEnd()
  const closers: (() => Promise<unknown>)[] = []
  try {
    const display = hasDisplay() ? null : await virtualDisplay()
    const page = await servePage()
    closers.push(() => page.close())
    const backend = watchedBackend(env)
    closers.push(() => endOf(backend))
    const open = () =>
      openDesktop(runtime, {
        ...desktopEnv,
        ATALAYA_DEV_URL: page.resolvedUrls?.local[0],
        ...(display && { DISPLAY: display.name }),
      })

    const changed = changesIn(['electron', 'contract'])
    let desktop: Desktop | null = null
    closers.push(async () => desktop?.close())
    for (let event: unknown = 'changed'; event === 'changed';) {
      if (await built()) {
        await desktop?.close()
        desktop = await open()
      }
      event = await Promise.race([ending, changed(), ...(desktop ? [desktop.closed] : [])])
    }
  } finally {
    forceEndLater()
    for (const close of closers.reverse()) await close()
  }
})
// The virtual display, the watchers and whatever else is left end with this process.
process.exit()
