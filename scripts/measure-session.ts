import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endOnSignals, script } from './commands.ts'
import { aboutRuntime, electronRuntime } from './electron-runtime.ts'
import { journeys } from './journeys.ts'
import { prepareSystem } from './system.ts'

/**
 * Measures the promises of docs/session-guarantees.md that are a matter of time, with the means of the
 * journeys (`tests/desktop/session.measure.ts`), and prints the figures. It takes about 15 minutes, and
 * figures of a machine that does something else meanwhile say little: the load is printed with them.
 *
 *     node scripts/measure-session.ts          everything
 *     node scripts/measure-session.ts -g CPU   one of: deadline, policy, refusal, CPU
 */
await script(async () => {
  endOnSignals()
  await prepareSystem(['window', 'display', 'keyring'])
  const runtime = await electronRuntime()
  console.log(aboutRuntime(runtime))
  const folder = mkdtempSync(join(tmpdir(), 'atalaya-measure-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const args = ['--workers=1', ...process.argv.slice(2)]
  const { ok } = await journeys(
    folder,
    runtime.dist,
    { ATALAYA_MEASURE: '1' },
    { args, minutes: 40 },
  )
  if (!ok) process.exitCode = 1
})
