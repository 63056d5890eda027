import { createHash, randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  _electron,
  test as base,
  type ElectronApplication,
  expect,
  type Page,
} from '@playwright/test'
import keytar from 'keytar'
import pg from 'pg'
import { demoPassword } from '../../backend/db/seed.ts'
import type { Pipe } from '../../contract/ipc.ts'
import { inProject } from '../../scripts/commands.ts'
import { electronExecutable } from '../../scripts/electron-runtime.ts'
import { type BackendProcess, startBackendProcess } from '../support/backend-process.ts'
import { words } from './words.ts'

export { expect }

declare global {
  interface Window {
    atalaya: Pipe
  }
}

/** A real window, with an installation (user data) of its own. */
export interface Desktop {
  app: ElectronApplication
  page: Page
  userData: string
  /** All that main has written. */
  log: () => string
  /** What the system's keychain holds for this installation. */
  keychainEntry: () => Promise<string | null>
  /** Whether the installation has noted the session: from then on a restart takes it up again. */
  isKept: () => boolean
  close: () => Promise<void>
  /** SIGKILL to main: nobody gets to say goodbye. */
  kill: () => Promise<void>
}

interface OpenOptions {
  backend?: string
  /** The installation of a window that was closed before. */
  userData?: string
  env?: Record<string, string>
}

export type OpenDesktop = (options?: OpenOptions) => Promise<Desktop>

export interface Database {
  url: string
  query: <Row>(sql: string, values?: unknown[]) => Promise<Row[]>
}

interface Fixtures {
  /** A database of its own for each test. */
  database: Database
  backend: BackendProcess
  openDesktop: OpenDesktop
  /** The one window that most tests need. */
  desktop: Desktop
}

export const test = base.extend<Fixtures>({
  database: async ({}, use) => {
    const name = `journey_${randomUUID().replaceAll('-', '')}`
    const cluster = process.env['ATALAYA_TEST_CLUSTER'] ?? ''
    const admin = new pg.Client({ connectionString: cluster })
    await admin.connect()
    await admin.query(`create database ${name}`)

    const url = Object.assign(new URL(cluster), { pathname: `/${name}` }).href
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await use({
      url,
      query: async <Row>(sql: string, values?: unknown[]) =>
        // The caller knows the columns of its own query.
        (await client.query(sql, values)).rows as Row[],
    })
    await client.end()
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  },

  backend: async ({ database }, use) => {
    const backend = await startBackendProcess(database.url)
    await use(backend)
    await backend.stop()
  },

  openDesktop: async ({ backend }, use, info) => {
    const opened: Desktop[] = []
    const folders: string[] = []
    await use(async ({ userData, backend: address = backend.address, env = {} } = {}) => {
      const folder = userData ?? mkdtempSync(join(tmpdir(), 'atalaya-desktop-'))
      folders.push(folder)
      const desktop = await launch(folder, { ATALAYA_BACKEND: address, ...env })
      opened.push(desktop)
      return desktop
    })
    for (const desktop of opened) {
      if (info.status !== info.expectedStatus)
        await info.attach('main.log', { body: desktop.log(), contentType: 'text/plain' })
      await desktop.close()
    }
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  },

  desktop: async ({ openDesktop }, use) => use(await openDesktop()),
})

async function launch(userData: string, env: Record<string, string>): Promise<Desktop> {
  const app = await _electron.launch({
    executablePath: electronExecutable(process.env['ATALAYA_TEST_ELECTRON'] ?? ''),
    args: [inProject('.'), '--lang=es'],
    // Chromium refuses its sandbox to root.
    chromiumSandbox: process.getuid?.() !== 0,
    env: {
      ...(process.env as Record<string, string>),
      LANG: 'es_ES.UTF-8',
      LANGUAGE: 'es',
      ATALAYA_USER_DATA: userData,
      ATALAYA_WORKSPACE: 'demo',
      ...env,
    },
  })
  let log = ''
  const main = app.process()
  main.stdout?.on('data', (chunk: Buffer) => (log += chunk.toString()))
  main.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const gone = new Promise<void>((resolve) => main.once('exit', () => resolve()))
  const running = () => main.exitCode === null && main.signalCode === null

  return {
    app,
    page: await app.firstWindow(),
    userData,
    log: () => log,
    keychainEntry: () => keytar.getPassword('Atalaya', accountOf(userData)),
    isKept: () => readFileSync(join(userData, 'state.json'), 'utf8').includes('"session": {'),
    close: async () => {
      if (!running()) return
      const hung = setTimeout(() => main.kill('SIGKILL'), 10_000)
      await app.close().catch(() => undefined)
      await gone
      clearTimeout(hung)
    },
    kill: async () => {
      main.kill('SIGKILL')
      await gone
    },
  }
}

/** The name of its keychain entry (`electron/main.ts`): one for each installation. */
const accountOf = (userData: string) =>
  createHash('sha256').update(userData).digest('hex').slice(0, 32)

/** Signs in as a person does, by clicking, typing and pressing the button; what opens depends on the person. */
export async function enter(page: Page, email: string, password = demoPassword): Promise<void> {
  await fillSignIn(page, email, password)
  await expect(page.locator('.user')).toBeVisible()
}

/** Signs in and opens “Seguridad y permisos”, which everybody has. */
export async function signIn(page: Page, email: string, password = demoPassword): Promise<void> {
  await enter(page, email, password)
  await lineOf(page, 'security.title').click()
  await expect(page.getByRole('heading', { name: words('security.title') })).toBeVisible()
}

/** The line of the navigation that opens a screen. */
export const lineOf = (page: Page, title: string) =>
  page.getByRole('navigation').getByRole('link', { name: words(title), exact: true })

export async function fillSignIn(page: Page, email: string, password: string): Promise<void> {
  await type(page, words('sign-in.email'), email)
  await type(page, words('sign-in.password'), password)
  await page.getByRole('button', { name: words('sign-in.submit') }).click()
}

/** Real keys: `fill()` is no human input (B1). */
export async function type(page: Page, label: string, text: string): Promise<void> {
  // A slider may have the same name.
  const field = page.getByLabel(label, { exact: true }).and(page.locator('input:not([readonly])'))
  await field.click()
  await field.press('Control+A')
  await field.pressSequentially(text)
}

/** Transitions are over: half-way through one, places and colours are nobody's. */
export const settled = (page: Page) => page.waitForTimeout(400)

/** Everything below a folder, as bytes read as text. */
export const contentOf = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')

/** Kept as an artefact of continuous integration; the name says what is to be seen. */
export async function shot(page: Page, name: string): Promise<void> {
  await settled(page)
  await page.screenshot({ path: inProject(`tests/desktop/shots/${name}.png`) })
}
