import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { spawnBackend, spawnServer, temporaryFolder } from '../support/backend.ts'

test.runIf(process.platform === 'linux')(
  'a data folder where none can be made is refused at once, with what to do',
  async () => {
    const { child, exited, output } = spawnServer({ DATA_DIR: '/proc/nope/data' })
    onTestFinished(() => void child.kill('SIGKILL'))
    expect(await exited).toBe(1)
    expect(output()).toMatch(/^Cannot write to \/proc\/nope\/data \(ENOENT\)\.\nMake it writable/)
  },
)

test('a data folder below a file is refused, and the file is left alone', async () => {
  const file = join(await temporaryFolder(), 'file')
  writeFileSync(file, '')
  const { exited, output } = spawnServer({ DATA_DIR: join(file, 'data') })
  expect(await exited).toBe(1)
  expect(output()).toContain(`Cannot write to ${join(file, 'data')} (ENOTDIR)`)
})

test('a data folder of several new levels is made; Ctrl-C again and again does not cut the closing short', async () => {
  const DATA_DIR = join(await temporaryFolder(), 'one', 'two')
  const backend = await spawnBackend({ DATA_DIR })
  onTestFinished(() => void backend.child.kill('SIGKILL'))
  const postmaster = join(DATA_DIR, 'postgres/data/postmaster.pid')
  expect(existsSync(postmaster)).toBe(true)

  const ended = backend.stop('SIGINT')
  while (existsSync(postmaster) && backend.child.signalCode === null) {
    await delay(10)
    backend.child.kill('SIGINT')
  }
  await ended
  expect(existsSync(postmaster)).toBe(false)
})
