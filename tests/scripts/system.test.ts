import { describe, expect, test } from 'vitest'
import { Stop } from '../../scripts/commands.ts'
import { prepareSystem, type System } from '../../scripts/system.ts'

/** A system that has all there is but GTK; what it is asked is kept. */
function withoutGtk(options: Partial<System> = {}, older = false) {
  const asked: string[] = []
  let installed = false
  const has = ['libnss3.so', 'libasound.so.2', 'libgbm.so.1', 'libsecret-1.so.0', 'libXss.so.1']
  const more = ['libXtst.so.6', 'libnotify.so.4']
  const system: System = {
    isRoot: false,
    hasTool: () => true,
    run: (command, args) => {
      asked.push([command, ...args].join(' '))
      if (args.includes('install')) installed = true
      const libraries = [...has, ...more, ...(installed ? ['libgtk-3.so.0'] : [])]
      const output = libraries.map((it) => `\t${it} (libc6,x86-64) => /lib/${it}`).join('\n')
      return Promise.resolve({ ok: !(older && command === 'apt-cache'), output })
    },
    ...options,
  }
  return { system, asked }
}

const aptGet = (asked: string[]) => asked.filter((it) => it.startsWith('apt-get'))

describe.runIf(process.platform === 'linux')('a missing library', () => {
  test('without rights nothing is installed: it says which one and what to type', async () => {
    const { system, asked } = withoutGtk()
    const preparing = prepareSystem(['window'], system)
    await expect(preparing).rejects.toThrow(Stop)
    await expect(preparing).rejects.toThrow(
      'Missing on this system: libgtk-3.so.0. Install them with:\n' +
        '  sudo apt-get update && sudo apt-get install -y libgtk-3-0t64',
    )
    expect(aptGet(asked)).toEqual([])
  })

  test('an older distribution knows its package by another name', async () => {
    const { system } = withoutGtk({}, true)
    await expect(prepareSystem(['window'], system)).rejects.toThrow(/install -y libgtk-3-0$/)
  })

  test('where there is no apt-get, it says which one', async () => {
    const { system } = withoutGtk({ hasTool: (name) => name !== 'apt-get' })
    const preparing = prepareSystem(['window'], system)
    await expect(preparing).rejects.toThrow('libgtk-3.so.0. Install them with its package manager')
  })

  test('root gets it installed, by the name that apt knows after its update', async () => {
    const { system, asked } = withoutGtk({ isRoot: true })
    await prepareSystem(['window'], system)
    expect(asked.filter((it) => it.startsWith('apt'))).toEqual([
      'apt-get update -qq',
      'apt-cache show libgtk-3-0t64',
      'apt-get install -y -qq --no-install-recommends libgtk-3-0t64',
    ])
  })

  test('what nobody asks for may be missing', async () => {
    const { system, asked } = withoutGtk({ isRoot: true })
    await prepareSystem(['display'], system)
    expect(aptGet(asked)).toEqual([])
  })
})
