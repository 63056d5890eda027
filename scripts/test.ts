import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from './build.ts'
import { endOnSignals, run, script, tool } from './commands.ts'
import { aboutRuntime, electronRuntime } from './electron-runtime.ts'
import { journeys } from './journeys.ts'
import { prepareSystem } from './system.ts'

interface Tally {
  passed: number
  failed: number
}

/** The tests of all sides that need no window. */
async function unitTests(folder: string): Promise<Tally> {
  const report = join(folder, 'unit.json')
  const { ok } = await run(
    tool('vitest'),
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    { show: true, timeout: 15 * 60_000 },
  )
  const { numPassedTests: passed = 0, numFailedTests: failed = 0 } = readReport<{
    numPassedTests: number
    numFailedTests: number
  }>(report)
  return counted({ passed, failed }, ok)
}

/** The journeys in the real window. */
async function desktopTests(folder: string, dist: string): Promise<Tally> {
  const report = join(folder, 'desktop.json')
  const { ok } = await journeys(folder, dist, { PLAYWRIGHT_JSON_OUTPUT_FILE: report })
  const { stats } = readReport<{ stats: { expected: number; unexpected: number; flaky: number } }>(
    report,
  )
  const passed = stats?.expected ?? 0
  return counted({ passed, failed: (stats?.unexpected ?? 0) + (stats?.flaky ?? 0) }, ok)
}

/** What a runner wrote; empty where it was killed before it could. */
const readReport = <T>(path: string): Partial<T> =>
  // The form is the runner's own, and every member is looked for as if it could be missing.
  existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Partial<T>) : {}

/** A runner that fails without a failed test (a file that does not load, a time limit) counts as one. */
const counted = (tally: Tally, ok: boolean): Tally =>
  ok || tally.failed > 0 ? tally : { ...tally, failed: 1 }

await script(async () => {
  endOnSignals()
  await prepareSystem(['window', 'display', 'keyring', 'browser'])
  const runtime = await electronRuntime()
  console.log(aboutRuntime(runtime))
  await build()

  const folder = mkdtempSync(join(tmpdir(), 'atalaya-test-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const unit = await unitTests(folder)
  const desktop = await desktopTests(folder, runtime.dist)

  const failed = unit.failed + desktop.failed
  console.log(`\n${unit.passed + desktop.passed} passed, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
})
