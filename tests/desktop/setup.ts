import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbedded } from '../../backend/db/embedded.ts'
import { build } from '../../scripts/build.ts'
import { electronRuntime } from '../../scripts/electron-runtime.ts'

/** One PostgreSQL for the run (each test has a database of its own in it), and what the window is made of. */
export default async function setup(): Promise<() => Promise<void>> {
  const { dist } = await electronRuntime()
  await build()
  const folder = mkdtempSync(join(tmpdir(), `atalaya-journeys-${randomUUID().slice(0, 8)}-`))
  // PostgreSQL runs as a user of its own where we are root.
  chmodSync(folder, 0o755)
  const cluster = await openEmbedded(folder)
  // The way that Playwright has for it: the workers inherit the environment.
  process.env['ATALAYA_TEST_ELECTRON'] = dist
  process.env['ATALAYA_TEST_CLUSTER'] = cluster.url
  return async () => {
    await cluster.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
