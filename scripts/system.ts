import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run, Stop } from './commands.ts'

/** What a start or a test run asks of the system. */
export type Need = 'window' | 'display' | 'keyring' | 'browser'

interface Part {
  need: Need
  /** A library by the name that is loaded, a tool by its command. */
  library?: string
  tool?: string
  /** Debian's package; since the 64-bit time_t transition (Debian 13, Ubuntu 24.04) some have another name. */
  packages: [string, ...string[]]
}

const parts: Part[] = [
  { need: 'window', library: 'libgtk-3.so.0', packages: ['libgtk-3-0t64', 'libgtk-3-0'] },
  { need: 'window', library: 'libnss3.so', packages: ['libnss3'] },
  { need: 'window', library: 'libasound.so.2', packages: ['libasound2t64', 'libasound2'] },
  { need: 'window', library: 'libgbm.so.1', packages: ['libgbm1'] },
  { need: 'window', library: 'libsecret-1.so.0', packages: ['libsecret-1-0'] },
  { need: 'window', library: 'libXss.so.1', packages: ['libxss1'] },
  { need: 'window', library: 'libXtst.so.6', packages: ['libxtst6'] },
  { need: 'window', library: 'libnotify.so.4', packages: ['libnotify4'] },
  { need: 'display', tool: 'Xvfb', packages: ['xvfb'] },
  { need: 'keyring', tool: 'dbus-run-session', packages: ['dbus'] },
  { need: 'keyring', tool: 'gnome-keyring-daemon', packages: ['gnome-keyring'] },
  { need: 'browser', tool: 'chromium', packages: ['chromium'] },
]

/** What is asked of the system. */
export interface System {
  run: typeof run
  hasTool: typeof hasTool
  isRoot: boolean
}

const thisSystem = (): System => ({ run, hasTool, isRoot: process.getuid?.() === 0 })

/** Sees to it that the system has what is needed: installs it where it may, otherwise says how to. */
export async function prepareSystem(needs: readonly Need[], system = thisSystem()): Promise<void> {
  if (process.platform !== 'linux') return
  let missing = await missingParts(needs, system)
  if (missing.length === 0) return

  const list = missing.map((part) => part.library ?? part.tool).join(', ')
  if (!system.hasTool('apt-get'))
    throw new Stop(`Missing on this system: ${list}. Install them with its package manager.`)
  if (!system.isRoot)
    throw new Stop(
      [
        `Missing on this system: ${list}. Install them with:`,
        `  sudo apt-get update && sudo apt-get install -y ${(await packageNames(missing, system)).join(' ')}`,
      ].join('\n'),
    )

  console.log(`Installing with apt-get: ${list}`)
  await apt(system, 'update', '-qq')
  // Only now it knows the packages: a fresh container has no lists.
  const packages = await packageNames(missing, system)
  await apt(system, 'install', '-y', '-qq', '--no-install-recommends', ...packages)
  missing = await missingParts(needs, system)
  if (missing.length > 0)
    throw new Stop(
      `Still missing after apt-get: ${missing.map((part) => part.library ?? part.tool).join(', ')}`,
    )
}

export const hasTool = (name: string) =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)))

async function missingParts(needs: readonly Need[], { run, hasTool }: System): Promise<Part[]> {
  const { output } = await run(hasTool('ldconfig') ? 'ldconfig' : '/sbin/ldconfig', ['-p'])
  const libraries = new Set(output.split('\n').map((line) => line.trim().split(' ')[0]))
  return parts
    .filter((part) => needs.includes(part.need))
    .filter((part) => !(part.library ? libraries.has(part.library) : hasTool(part.tool ?? '')))
}

/** The names this release of the distribution knows the packages by. */
async function packageNames(missing: Part[], { run }: System): Promise<string[]> {
  return Promise.all(
    missing.map(async ({ packages: [newest, ...older] }) => {
      const known = older.length === 0 || (await run('apt-cache', ['show', newest])).ok
      return known ? newest : (older[0] ?? newest)
    }),
  )
}

async function apt({ run }: System, ...args: string[]): Promise<void> {
  const { ok, output } = await run('apt-get', args, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: 10 * 60_000,
  })
  if (!ok) throw new Stop(`apt-get ${args.join(' ')} failed:\n${output.trim()}`)
}
