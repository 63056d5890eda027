import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { createServer } from 'vite'
import { buildDesktop } from './build.ts'
import { endOnSignals, inProject, killGroup, messageOf, script, startGroup } from './commands.ts'
import { openDesktop } from './desktop.ts'
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

await script(async () => {
  // Before Vite sets NODE_ENV, which is not for the backend.
  const env = { ...process.env }
  const letGo = endOnSignals()
  await prepareSystem(hasDisplay() ? ['window'] : ['window', 'display'])
  const runtime = await electronRuntime()
  console.log(aboutRuntime(runtime))
  // From here on there is something to close.
  letGo()
  const ending = askedToEnd()
  const display = hasDisplay() ? null : await virtualDisplay()
  const page = await createServer({ configFile: inProject('build/vite.renderer.ts') })
  await page.listen()
  const backend = watchedBackend(env)
  const open = () =>
    openDesktop(runtime, {
      ATALAYA_DEV_URL: page.resolvedUrls?.local[0],
      ATALAYA_WORKSPACE: 'demo',
      ATALAYA_USER_DATA: inProject('.data/desktop'),
      ...(display && { DISPLAY: display.name }),
    })

  const changed = changesIn(['electron', 'contract'])
  await buildDesktop()
  let desktop = await open()
  while ((await Promise.race([ending, desktop.closed, changed()])) === 'changed') {
    if (!(await built())) continue
    await desktop.close()
    desktop = await open()
  }

  await desktop.close()
  await page.close()
  killGroup(backend, 'SIGTERM')
  if (backend.exitCode === null) await Promise.race([once(backend, 'exit'), delay(10_000)])
  display?.stop()
  process.exit()
})
