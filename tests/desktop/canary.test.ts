import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { demoPassword } from '../../backend/db/seed.ts'
import { familyOf, surroundingsOf } from '../support/processes.ts'
import {
  contentOf,
  type Database,
  type Desktop,
  enter,
  expect,
  lineOf,
  test as base,
  type,
} from './fixtures.ts'
import { machineTells, pass, pastDeadline } from './faults.ts'
import { button, fill, openUser } from './people.ts'
import { words } from './words.ts'

interface Surroundings {
  /** All that any process of a window was started with, from now on. */
  of: (desktop: Desktop) => void
  seen: () => string
}

const test = base.extend<{ home: string; surroundings: Surroundings }>({
  /** What the app may write to beside its user data: the person's own folder, and that for temporary files. */
  home: async ({}, use) => {
    const home = mkdtempSync(join(tmpdir(), 'atalaya-home-'))
    mkdirSync(join(home, 'tmp'))
    await use(home)
    rmSync(home, { recursive: true, force: true, maxRetries: 10 })
  },

  surroundings: async ({}, use) => {
    let watch: NodeJS.Timeout | undefined
    const seen = new Set<string>()
    await use({
      of({ app }) {
        const main = app.process().pid ?? 0
        const look = () => familyOf(main).forEach((id) => seen.add(surroundingsOf(id)))
        // Those of the keychain live for a moment only.
        watch = setInterval(look, 50)
      },
      seen: () => [...seen].join('\n'),
    })
    clearInterval(watch)
  },
})

/** All that the page's JavaScript holds, after a garbage collection. */
async function heapOf(page: Page): Promise<string> {
  const client = await page.context().newCDPSession(page)
  const chunks: string[] = []
  client.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk))
  await client.send('HeapProfiler.collectGarbage')
  await client.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false })
  await client.detach()
  return chunks.join('')
}

async function tokenOf(desktop: Desktop): Promise<string> {
  await expect.poll(() => desktop.keychainEntry()).not.toBeNull()
  const entry: unknown = JSON.parse((await desktop.keychainEntry()) ?? '{}')
  const token = entry && typeof entry === 'object' && 'token' in entry ? String(entry.token) : ''
  expect(token.length).toBeGreaterThanOrEqual(43)
  return token
}

async function sealKey(database: Database): Promise<Buffer> {
  const [user] = await database.query<{ seal_key: Buffer }>(
    `select seal_key from users where email = 'owner@demo.test'`,
  )
  expect(user?.seal_key).toHaveLength(32)
  return user?.seal_key ?? Buffer.alloc(0)
}

/** Types into the form, and waits until main keeps it. */
async function typeDraft(panel: Locator, text: string): Promise<void> {
  await fill(panel, 'users.columns.name', text)
  // The page tells main a moment after the last key.
  await panel.page().waitForTimeout(500)
}

async function crashRenderer({ app }: Desktop): Promise<void> {
  await app.evaluate(
    ({ BrowserWindow }) =>
      new Promise<void>((resolve) => {
        const contents = BrowserWindow.getAllWindows()[0]?.webContents
        contents?.once('render-process-gone', () => resolve())
        contents?.forcefullyCrashRenderer()
      }),
  )
}

/** A secret as text, and in every form that it may have been copied in. */
const formsOf = (name: string, bytes: Buffer): [string, string][] => [
  [`${name}, raw`, bytes.toString('latin1')],
  [`${name}, Base64`, bytes.toString('base64').replace(/=+$/, '')],
  [`${name}, Base64url`, bytes.toString('base64url')],
  [`${name}, hexadecimal`, bytes.toString('hex')],
]

function expectNone(secrets: Map<string, string>, places: Record<string, string>): void {
  const found = Object.entries(places).flatMap(([place, text]) =>
    [...secrets]
      .filter(([, secret]) => text.includes(secret))
      .map(([name]) => `${name} in ${place}`),
  )
  expect(found).toEqual([])
}

test('tokens, the key of drafts, the password and a draft leave no trace in file, log, process, heap or dump', async ({
  openDesktop,
  backend,
  database,
  home,
  surroundings,
}) => {
  test.slow()
  const env = { HOME: home, TMPDIR: join(home, 'tmp'), ELECTRON_ENABLE_LOGGING: '1' }
  const desktop = await openDesktop({ env })
  surroundings.of(desktop)
  const { page } = desktop
  const secrets = new Map([['password', demoPassword]])
  const add = (name: string, bytes: Buffer) =>
    formsOf(name, bytes).forEach(([form, text]) => secrets.set(form, text))

  await enter(page, 'owner@demo.test')
  const first = await tokenOf(desktop)
  add('first token', Buffer.from(first, 'base64url'))
  add('seal key', await sealKey(database))
  await lineOf(page, 'users.title').click()
  const mark = `canary${randomUUID().slice(0, 8)}`
  await typeDraft(await openUser(page, 'Diego Quintana'), mark)
  const heap = await heapOf(page)
  expect(heap, 'the heap tells what the page holds').toContain(mark)
  expectNone(secrets, { 'heap, signed in': heap })

  await machineTells(desktop, 'lock-screen')
  await expect(page.getByText(words('sign-in.because.screen-locked'))).toBeVisible()
  secrets.set('draft', mark)
  expectNone(secrets, { 'heap, locked': await heapOf(page) })

  await type(page, words('sign-in.password'), demoPassword)
  await button(page, 'sign-in.submit').click()
  const back = page.getByRole('dialog', { name: 'Diego Quintana' })
  await expect(back.getByLabel(words('users.columns.name'))).toHaveValue(mark)
  const second = await tokenOf(desktop)
  expect(second).not.toBe(first)
  add('second token', Buffer.from(second, 'base64url'))
  await pass(desktop, pastDeadline)
  await expect(page.getByText(words('sign-in.because.idle'))).toBeVisible()
  expectNone(secrets, { 'heap, after the idle end': await heapOf(page) })

  // Nobody is asked whether a dump is to be written, least of all in a session.
  await type(page, words('sign-in.password'), demoPassword)
  await button(page, 'sign-in.submit').click()
  await expect(page.locator('.user')).toBeVisible()
  add('third token', Buffer.from(await tokenOf(desktop), 'base64url'))
  await crashRenderer(desktop)
  await desktop.close()

  // What was searched holds what it must hold.
  expect(surroundings.seen()).toContain(`ATALAYA_USER_DATA=${desktop.userData}`)
  expect(surroundings.seen()).toContain('--type=renderer')
  expect(backend.log()).toContain('/sessions')
  const disk = [desktop.userData, home].map(contentOf).join('\n')
  expect(disk).toContain('"keychain": "stored"')
  expectNone(secrets, {
    disk,
    processes: surroundings.seen(),
    'log of the desktop': desktop.log(),
    'log of the backend': backend.log(),
  })
})
