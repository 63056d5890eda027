import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inProject, run, script, Stop } from './commands.ts'

/** All that a bundle is made of. */
const inputs = ['build', 'contract', 'electron', 'renderer', 'package.json', 'package-lock.json']
const outputs = ['dist/renderer/index.html', 'dist/electron/main.cjs', 'dist/electron/preload.cjs']
const stamp = inProject('dist/.stamp')

/** Builds the page and the desktop's three bundles into `dist/`, unless they are up to date. */
export async function build(): Promise<void> {
  const before = fingerprint()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === before && outputs.every(present)) return

  const start = Date.now()
  // In a process of its own: Vite sets NODE_ENV, which is not for the backend that runs in this one.
  const { ok, output } = await run(process.execPath, [import.meta.filename])
  if (!ok) throw new Stop(`The build failed:\n${output.trim()}`)
  writeFileSync(stamp, before)
  console.log(`Built the desktop in ${((Date.now() - start) / 1000).toFixed(1)} s`)
}

const present = (path: string) => existsSync(inProject(path))

function fingerprint(): string {
  const hash = createHash('sha256')
  for (const input of inputs)
    for (const path of filesOf(input))
      hash.update(`${path}\0`).update(readFileSync(inProject(path)))
  return hash.digest('hex')
}

function filesOf(input: string): string[] {
  if (/\.json$/.test(input)) return [input]
  return readdirSync(inProject(input), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(inProject('.').length))
    .sort()
}

/** The bundles of main, preload and the keychain process; also what `dev.ts` builds again on a change. */
export async function buildDesktop(): Promise<void> {
  const { build: bundle } = await import('vite')
  const { electronBuild } = await import('../build/vite.electron.ts')
  for (const name of ['main', 'preload', 'keychain-process'] as const)
    await bundle(electronBuild(name))
}

if (import.meta.main)
  await script(async () => {
    const { build: bundle } = await import('vite')
    await bundle({ configFile: inProject('build/vite.renderer.ts'), logLevel: 'warn' })
    await buildDesktop()
  })
