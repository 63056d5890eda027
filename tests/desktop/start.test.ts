import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from '@playwright/test'
import { demoPassword } from '../../backend/db/seed.ts'
import { asOwner } from '../support/as-owner.ts'
import { freePort, type NpmRun, npmRun } from '../support/npm.ts'
import { isAlive, processesWith } from '../support/processes.ts'

interface Fixtures {
  newFolder: () => string
  /** `npm start` and `npm run dev` on a machine without a display. */
  run: (script: 'start' | 'dev', env: { DATA_DIR: string; PORT: string }) => NpmRun
}

const test = base.extend<Fixtures>({
  newFolder: async ({}, use) => {
    const folders: string[] = []
    await use(() => {
      const folder = mkdtempSync(join(tmpdir(), 'atalaya-start-'))
      // As root PostgreSQL runs as another user, who has to get in.
      chmodSync(folder, 0o711)
      folders.push(folder)
      return folder
    })
    for (const folder of folders) {
      for (const { id } of processesWith('DATA_DIR', folder)) process.kill(id, 'SIGKILL')
      const postmaster = postmasterOf(folder)
      if (postmaster && isAlive(postmaster)) process.kill(postmaster, 'SIGKILL')
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
    }
  },

  run: async ({}, use, info) => {
    const runs: NpmRun[] = []
    await use((script, env) => {
      const none = { DISPLAY: undefined, WAYLAND_DISPLAY: undefined }
      const runtime = { ELECTRON_OVERRIDE_DIST_PATH: process.env['ATALAYA_TEST_ELECTRON'] }
      const started = npmRun(script, { ...none, ...runtime, ...env })
      runs.push(started)
      return started
    })
    if (info.status !== info.expectedStatus)
      for (const { output } of runs)
        await info.attach('console', { body: output(), contentType: 'text/plain' })
  },
})

const postmasterFile = (dataDir: string) => join(dataDir, 'postgres/data/postmaster.pid')
const postmasterOf = (dataDir: string) =>
  existsSync(postmasterFile(dataDir))
    ? Number(readFileSync(postmasterFile(dataDir), 'utf8').split('\n')[0])
    : null

test.describe('npm start', () => {
  test('shows the way in, is the only one, ends without a trace, and keeps what was changed', async ({
    newFolder,
    run,
  }) => {
    test.setTimeout(120_000)
    const DATA_DIR = newFolder()
    const PORT = String(await freePort())
    const address = `http://127.0.0.1:${PORT}`
    const first = run('start', { DATA_DIR, PORT })

    await test.step('says where, as whom and what happens to mails, and shows the window', async () => {
      await first.says('window.png shows it')
      const told = first.output()
      expect(told).toContain(`Backend             ${address}\n`)
      expect(told).toContain(`API documentation   ${address}/docs\n`)
      expect(told).toContain(`Mails               kept as files in ${DATA_DIR}/outbox`)
      for (const role of ['owner', 'administrator', 'agent'])
        expect(told).toMatch(new RegExp(`@demo.test +${demoPassword} +${role}`))
      const picture = readFileSync(join(DATA_DIR, 'window.png'))
      expect(picture.subarray(1, 4).toString()).toBe('PNG')
      const health: unknown = await (await fetch(`${address}/health`)).json()
      expect(health).toMatchObject({ status: 'ok', name: 'atalaya' })
    })

    await test.step('a second one on the same data, or on the same port, says so and ends', async () => {
      const onData = run('start', { DATA_DIR, PORT: '0' })
      const onPort = run('start', { DATA_DIR: newFolder(), PORT })
      expect([await onData.exited, await onPort.exited]).toEqual([1, 1])
      expect(onData.output()).toContain(`Another Atalaya uses ${DATA_DIR}. Stop it first`)
      expect(onPort.output()).toContain(`Atalaya already runs at ${address}. Stop it, or set PORT`)
      expect([onData.output(), onPort.output()].join()).not.toContain('at file:')
    })

    await asOwner(address, 'PUT', '/workspace/idle', { minutes: 47 })
    const postmaster = postmasterOf(DATA_DIR) ?? 0

    await test.step('Ctrl-C, however often, ends all of it in order', async () => {
      expect(processesWith('DATA_DIR', DATA_DIR).length).toBeGreaterThan(4)
      expect(isAlive(postmaster)).toBe(true)
      first.interrupt()
      await first.says('Closing …')
      first.interrupt()
      await first.exited
      await expect.poll(() => processesWith('DATA_DIR', DATA_DIR)).toEqual([])
      expect(isAlive(postmaster)).toBe(false)
      expect(existsSync(postmasterFile(DATA_DIR))).toBe(false)
    })

    await test.step('the next one has what was changed', async () => {
      const next = run('start', { DATA_DIR, PORT })
      await next.says('Atalaya is running')
      expect(await asOwner(address, 'GET', '/workspace/idle')).toMatchObject({ minutes: 47 })
      next.interrupt()
      await next.exited
    })
  })

  test('after kill -9 the window goes, and the next start works', async ({ newFolder, run }) => {
    test.setTimeout(90_000)
    const env = { DATA_DIR: newFolder(), PORT: String(await freePort()) }
    const first = run('start', env)
    await first.says('Atalaya is running')
    const postmaster = postmasterOf(env.DATA_DIR)
    const launcher = processesWith('DATA_DIR', env.DATA_DIR).find(
      ({ command: [program, script] }) => !program?.endsWith('sh') && script === 'scripts/start.ts',
    )
    process.kill(launcher?.id ?? 0, 'SIGKILL')
    expect(await first.exited).not.toBe(0)

    const next = run('start', env)
    await next.says('window.png shows it')
    expect(postmasterOf(env.DATA_DIR)).toBe(postmaster)
    next.interrupt()
    await next.exited
    await expect.poll(() => processesWith('DATA_DIR', env.DATA_DIR)).toEqual([])
    expect(isAlive(postmaster ?? 0)).toBe(false)
  })
})

test('npm run dev › a port that the page needs and another program has: it says so and ends', async ({
  newFolder,
  run,
}) => {
  const other = createServer().listen(4611, '127.0.0.1')
  // Where somebody is developing right now, the port is taken as well.
  await Promise.race([once(other, 'listening'), once(other, 'error')])
  const DATA_DIR = newFolder()
  const dev = run('dev', { DATA_DIR, PORT: String(await freePort()) })
  expect(await dev.exited).toBe(1)
  expect(dev.output()).toContain('Port 4611 is already in use')
  await expect.poll(() => processesWith('DATA_DIR', DATA_DIR)).toEqual([])
  other.close()
})
