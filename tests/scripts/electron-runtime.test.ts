import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { Stop } from '../../scripts/commands.ts'
import {
  aboutRuntime,
  electronExecutable,
  electronRuntime,
} from '../../scripts/electron-runtime.ts'
import { verify } from '../../scripts/electron-substitute.ts'
import { temporaryFolder } from '../support/backend.ts'

describe('ELECTRON_OVERRIDE_DIST_PATH', () => {
  test('names the folder of the Electron that is run', async () => {
    const folder = await temporaryFolder()
    const executable = electronExecutable(folder)
    mkdirSync(dirname(executable), { recursive: true })
    writeFileSync(executable, '')
    writeFileSync(join(folder, 'version'), 'v45.4.1\n')
    vi.stubEnv('ELECTRON_OVERRIDE_DIST_PATH', folder)
    const runtime = await electronRuntime()
    expect(runtime.dist).toBe(folder)
    expect(aboutRuntime(runtime)).toBe('Electron 45.4.1 (ELECTRON_OVERRIDE_DIST_PATH)')
  })

  test('a folder without an Electron is refused, with what was looked for', async () => {
    const folder = await temporaryFolder()
    vi.stubEnv('ELECTRON_OVERRIDE_DIST_PATH', folder)
    const starting = electronRuntime()
    await expect(starting).rejects.toThrow(Stop)
    await expect(starting).rejects.toThrow(
      `ELECTRON_OVERRIDE_DIST_PATH is ${folder}, but there is no ${electronExecutable(folder)}.`,
    )
  })
})

describe('the substitute', () => {
  /** `printf published | openssl dgst -sha512 -binary | base64` */
  const sha512 =
    'HrlHG2XTJqU1jShdZ3j1kKs0OXpT9+RXYRv3QgzZ9t+NNAh7QMryd+N+vUp5X9KjQQ7LWkZNBpFzB+d+zaAwBg=='

  test('what was published is taken; one byte more, and it is refused', async () => {
    const file = join(await temporaryFolder(), 'carrier.tgz')
    writeFileSync(file, 'published')
    await expect(verify(file, sha512)).resolves.toBeUndefined()

    writeFileSync(file, 'published.')
    await expect(verify(file, sha512)).rejects.toThrow('is not what was published. Not used.')
  })
})
