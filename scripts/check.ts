import { endOnSignals, run, script, Stop, tool } from './commands.ts'

/** All that has to hold before a change is handed in, the longest first: two run at a time. */
const checks: Record<string, [string, ...string[]]> = {
  lint: ['eslint', '--max-warnings', '0', '--cache', '--cache-location', '.cache/eslint', '.'],
  // Those that need no database; `npm test` runs all.
  tests: ['vitest', 'run', '--reporter=dot', '--project=!backend'],
  'types of renderer': ['vue-tsc', '-p', 'renderer'],
  'types of tests': ['tsc', '-p', 'tests'],
  'types of backend': ['tsc', '-p', 'backend'],
  'types of electron': ['tsc', '-p', 'electron'],
  'types of contract': ['tsc', '-p', 'contract'],
  'dead code': ['knip'],
  format: ['prettier', '--check', '--log-level', 'warn', '.'],
}

async function lane(queue: [string, [string, ...string[]]][], failed: string[]): Promise<void> {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const [name, [command, ...args]] = next
    const start = Date.now()
    const { ok, output } = await run(tool(command), args, { timeout: 5 * 60_000 })
    console.log(`${ok ? '✓' : '✗'} ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`)
    if (ok) continue
    failed.push(name)
    console.log(output.trim())
  }
}

await script(async () => {
  endOnSignals()
  const queue = Object.entries(checks)
  const failed: string[] = []
  await Promise.all([lane(queue, failed), lane(queue, failed)])
  if (failed.length > 0) throw new Stop(`Not in order: ${failed.join(', ')}`)
})
