import { type Desktop, expect, lineOf, signIn, test as base } from './fixtures.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { words } from './words.ts'

export { expect }

/** The person of these journeys, who sees the list of users, and somebody on that list. */
export const someone = { email: 'admin@demo.test', name: 'Tomás Echeverría' }
const listed = 'Andrés Villalobos'

interface Database {
  query: <Row>(sql: string, values?: unknown[]) => Promise<Row[]>
}

interface Os {
  uptime: () => number
}

declare global {
  interface Window {
    /** Whether this page, since it was loaded, ever showed somebody's session. */
    hasShownSession?: boolean
  }
}

/** With a network between desktop and backend that can fail. */
export const test = base.extend<{ network: TcpProxy }>({
  network: async ({ backend }, use) => {
    const proxy = await startTcpProxy(Number(new URL(backend.address).port))
    await use(proxy)
    await proxy.close()
  },
})

/** Signs in, and shows what nobody else may see. */
export async function startWork({ page }: Desktop): Promise<void> {
  // For the pages that are loaded from now on: one of the end, one of each crash.
  await page.addInitScript(() => {
    new MutationObserver(() => {
      if (document.querySelector('.user')) window.hasShownSession = true
    }).observe(document, { childList: true, subtree: true })
  })
  await signIn(page, someone.email)
  await lineOf(page, 'users.title').click()
  await expect(page.getByText(listed)).toBeVisible()
}

/** The same, and waits until a restart would take the session up again. */
export async function startKeptWork(desktop: Desktop): Promise<void> {
  await startWork(desktop)
  await expect.poll(() => desktop.isKept()).toBe(true)
}

export interface Seen {
  text: string
  /** What main says. */
  status: string
  hasShownSession: boolean
  /** What a call that needs a session is answered with: `ok`, the code of a problem, or `nothing`. */
  answer: string
}

const look = `(async () => {
  const account = atalaya.call('account.show', {}).then(
    (it) => (it.ok ? 'ok' : it.problem.type.split(':').pop()),
  )
  const patience = new Promise((resolve) => setTimeout(() => resolve('nothing'), 1500))
  const { session } = (await atalaya.call('app.start', {})).data
  return {
    status: session.status,
    answer: await Promise.race([account, patience]),
    text: document.body.innerText,
    hasShownSession: window.hasShownSession ?? false,
  }
})()`

/**
 * What is to be seen now; `null` of a page that does not answer. Through main: Playwright has no more
 * to do with a page once its process was killed.
 */
export const seen = ({ app }: Desktop): Promise<Seen | null> =>
  app.evaluate(async ({ BrowserWindow }, script) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents
    const seen = contents?.executeJavaScript(script).catch(() => null) ?? null
    const patience = new Promise((resolve) => setTimeout(() => resolve(null), 3000))
    // The script above answers nothing else.
    return (await Promise.race([seen, patience])) as Seen | null
  }, look)

/** How the sessions of the person ended, the oldest first; `null`: it is open. */
export async function ends({ query }: Database): Promise<(string | null)[]> {
  const rows = await query<{ ended_cause: string | null }>(
    `select ended_cause from sessions s join users u on u.id = s.user_id
     where u.email = $1 order by s.created_at`,
    [someone.email],
  )
  return rows.map((row) => row.ended_cause)
}

/** Waits until the backend has ended the only session of the person. */
export const expectEnded = (database: Database, cause: string) =>
  expect.poll(() => ends(database), { timeout: 30_000 }).toEqual([cause])

/** The session is over on this workstation, for this reason: on the screen, in main and in the keychain. */
export async function expectOver(desktop: Desktop, cause: string): Promise<void> {
  await expect
    .poll(() => seen(desktop), { timeout: 30_000 })
    .toEqual({
      status: 'signed-out',
      answer: 'not-signed-in',
      text: expect.stringContaining(words(`sign-in.because.${cause}`)),
      hasShownSession: false,
    })
  const { text } = (await seen(desktop)) ?? { text: '' }
  expect(text).not.toContain(listed)
  expect(text).not.toContain('@demo.test')
  await expect.poll(() => desktop.keychainEntry(), { timeout: 20_000 }).toBeNull()
}

/** The person is signed in, and a call is answered in this way. */
export async function expectAtWork(desktop: Desktop, answer = /^ok$/): Promise<void> {
  await expect
    .poll(() => seen(desktop), { timeout: 30_000 })
    .toMatchObject({
      status: 'signed-in',
      answer: expect.stringMatching(answer),
      text: expect.stringContaining(someone.name),
    })
}

/** So many seconds go by on the clock of the machine that a desktop runs on, in no time. */
export const pass = ({ app }: Desktop, seconds: number): Promise<void> =>
  app.evaluate((_electron, moved) => {
    // The one way to a module in main that old and new versions of Electron have.
    const { mainModule } = process as unknown as { mainModule: { require: (name: 'os') => Os } }
    const os = mainModule.require('os')
    const { uptime } = os
    os.uptime = () => uptime() + moved
  }, seconds)

/** The same for the backend's side of a session. */
export const passOnBackend = ({ query }: Database, seconds: number) =>
  query(
    `update sessions set last_activity_at = last_activity_at - $1 * interval '1 second'
     where ended_at is null`,
    [seconds],
  )

/** Longer than any policy that these journeys have. */
export const pastDeadline = 3600

/** What the system tells of the machine, in this order, without a moment between. */
export const machineTells = ({ app }: Desktop, ...events: string[]): Promise<void> =>
  app.evaluate(({ powerMonitor }, told) => {
    for (const event of told) powerMonitor.emit(event)
  }, events)
