import { writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { createParser } from 'eventsource-parser'
import { demoPassword, demoPeople } from '../../backend/db/seed.ts'
import { LiveEvent, livePath } from '../../contract/live.ts'
import { inProject } from '../../scripts/commands.ts'
import { type Display, virtualDisplay } from '../../scripts/display.ts'
import { type Box, partOf, pngOf } from '../../scripts/picture.ts'
import { familyOf, statOf } from '../support/processes.ts'
import {
  type Database,
  type Desktop,
  enter,
  expect,
  settled,
  signIn,
  test,
  type,
} from './fixtures.ts'
import { pass, passOnBackend } from './faults.ts'
import { button } from './people.ts'
import { words } from './words.ts'

// Not a test: `scripts/measure-session.ts` runs it. All times are milliseconds.

/** One line of figures. */
function tell(what: string, times: number[]): void {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? NaN).toFixed(0)
  const load = loadavg()[0]?.toFixed(1) ?? ''
  console.log(`${what}: median ${at(0.5)} ms, worst ${at(1)} ms of ${times.length} (load ${load})`)
}

/** Signed in without a window. */
interface Client {
  id: string
  ask: (method: string, path: string, body?: object) => Promise<Response>
}

async function openClient(address: string, email: string): Promise<Client> {
  const send = (method: string, path: string, body?: object, token = '') =>
    fetch(address + path, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
  const device = { id: crypto.randomUUID(), name: 'desk', platform: 'linux', version: '0.1.0' }
  const who = { workspace: 'demo', email, password: demoPassword, device }
  const answer = await send('POST', '/sessions', who)
  expect(answer.status, await answer.clone().text()).toBe(200)
  const { token, session } = (await answer.json()) as { token: string; session: { id: string } }
  return { id: session.id, ask: (method, path, body) => send(method, path, body, token) }
}

/** Hears every event of a client's stream at the moment it comes. */
async function listen(client: Client, heard: (event: LiveEvent) => void): Promise<void> {
  const answer = await client.ask('GET', livePath)
  expect(answer.status).toBe(200)
  const parser = createParser({
    onEvent: ({ data }) => heard(LiveEvent.parse(JSON.parse(data))),
  })
  const decoder = new TextDecoder()
  const reading = async () => {
    for await (const chunk of answer.body ?? [])
      parser.feed(decoder.decode(chunk, { stream: true }))
  }
  void reading().catch(() => undefined)
}

/** Enough seats for everybody, and a policy. */
const prepare = (database: Database, minutes: number) =>
  database.query('update workspaces set licences = 100, idle_minutes = $1', [minutes])

/** What main tells the page from now on, with the moment. */
async function recordTold({ app }: Desktop): Promise<() => Promise<Told[]>> {
  await app.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents
    if (!contents) return
    const told: Told[] = []
    const send = contents.send.bind(contents)
    contents.send = (channel: string, name: string, payload: unknown) => {
      told.push({ at: Date.now(), name, payload })
      send(channel, name, payload)
    }
    Object.assign(globalThis, { told })
  })
  return () => app.evaluate(() => (globalThis as unknown as { told: Told[] }).told.splice(0))
}

interface Told {
  at: number
  name: string
  payload: unknown
}

/** The moment at which a part of a display is other than it was. */
async function changeOf(display: Display, box: Box): Promise<{ at: number; dump: Buffer }> {
  const before = partOf(display.dump(), box)
  for (;;) {
    const dump = display.dump()
    if (!partOf(dump, box).equals(before)) return { at: Date.now(), dump }
    await delay(2)
  }
}

/** Where the name of the person stands on the display. */
async function boxOfName({ app, page }: Desktop): Promise<Box> {
  const inPage = await page.locator('.user__name').boundingBox()
  const window = await app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.getContentBounds(),
  )
  if (!inPage || !window) throw new Error('It is not on the screen')
  const { x, y, width, height } = inPage
  return {
    x: Math.round(window.x + x),
    y: Math.round(window.y + y),
    width: Math.round(width),
    height: Math.round(height),
  }
}

/** By the pixels of the display, not by the page: what counts is what somebody sees. */
test('deadline to closed screen', async ({ openDesktop, database, backend }) => {
  test.setTimeout(20 * 60_000)
  expect(backend.address).not.toBe('')
  await prepare(database, 1)
  const display = await virtualDisplay()
  const desktop = await openDesktop({ env: { DISPLAY: display.name } })
  const { app, page } = desktop
  const told = await recordTold(desktop)
  await enter(page, 'owner@demo.test')

  const times: number[] = []
  for (let round = 0; round < 50; round++) {
    await told()
    await pass(desktop, 56)
    // An occasion to look at the clock, and none that tells of a person.
    await app.evaluate(({ app: it }) => it.emit('browser-window-focus'))
    await expect(page.getByRole('alertdialog')).toBeVisible()
    await settled(page)
    const warning = (await told()).findLast((it) => it.name === 'idle.changed' && it.payload)
    const { endsInMs } = warning?.payload as { endsInMs: number }
    const { at, dump } = await changeOf(display, await boxOfName(desktop))
    times.push(at - ((warning?.at ?? NaN) + endsInMs))
    if (round === 0) writeFileSync(inProject('tests/desktop/shots/closed.png'), pngOf(dump) ?? '')
    await expect(page.getByText(words('sign-in.because.idle'))).toBeVisible({ timeout: 30_000 })
    await type(page, words('sign-in.password'), demoPassword)
    await button(page, 'sign-in.submit').click()
    await expect(page.locator('.user')).toBeVisible()
  }
  await desktop.close()
  display.stop()
  console.log(times.map(Math.round).join(' '))
  tell('From the deadline to the closed screen', times)
})

test('policy to 20 open clients', async ({ desktop, database, backend }) => {
  test.setTimeout(10 * 60_000)
  await prepare(database, 30)
  const { page } = desktop
  await signIn(page, 'owner@demo.test')
  const told = await recordTold(desktop)
  const heard: { at: number; minutes: number }[] = []
  const clients: Client[] = []
  for (const { email } of demoPeople.slice(1, 20)) {
    const client = await openClient(backend.address, email)
    await listen(client, (event) => {
      if (event.kind === 'idle-policy') heard.push({ at: Date.now(), minutes: event.minutes })
    })
    clients.push(client)
  }
  const owner = await openClient(backend.address, 'owner@demo.test')

  const toClients: number[] = []
  const toWindow: number[] = []
  for (let minutes = 31; minutes <= 50; minutes++) {
    heard.length = 0
    await told()
    const since = Date.now()
    expect((await owner.ask('PUT', '/workspace/idle', { minutes })).status).toBe(200)
    await expect.poll(() => heard.length).toBe(clients.length)
    const inWindow: Told[] = []
    await expect
      .poll(async () =>
        inWindow.push(...(await told()).filter((it) => it.name === 'session.changed')),
      )
      .toBeGreaterThan(0)
    toClients.push(Math.max(...heard.map(({ at }) => at)) - since)
    toWindow.push((inWindow[0]?.at ?? NaN) - since)
  }
  tell('From a change of the policy to the last of 19 event streams', toClients)
  tell('From a change of the policy to the window', toWindow)

  // Idle for longer than the policy that comes: all of them are over, here and on the backend.
  const toClosed: number[] = []
  await pass(desktop, 20 * 60)
  await passOnBackend(database, 20 * 60)
  await owner.ask('POST', '/session/activity', { idleSeconds: 0 })
  const since = Date.now()
  expect((await owner.ask('PUT', '/workspace/idle', { minutes: 10 })).status).toBe(200)
  const answers = await Promise.all(clients.map((it) => it.ask('GET', '/session')))
  toClosed.push(Date.now() - since)
  expect(answers.map((it) => it.status)).toEqual(clients.map(() => 401))
  await expect(page.getByText(words('sign-in.because.idle'))).toBeVisible()
  const out = (await told()).find((it) => JSON.stringify(it.payload ?? '').includes('signed-out'))
  tell('From a policy that ends them to 19 refusals', toClosed)
  tell('From a policy that ends it to the window that is closed', [(out?.at ?? NaN) - since])
})

test('end on the backend to refusal', async ({ backend, database }) => {
  test.setTimeout(5 * 60_000)
  await prepare(database, 30)
  const staying = await openClient(backend.address, 'agent@demo.test')
  const times: number[] = []
  for (let round = 0; round < 50; round++) {
    const ended = await openClient(backend.address, 'agent@demo.test')
    expect((await ended.ask('GET', '/session')).status).toBe(200)
    const since = performance.now()
    expect((await staying.ask('DELETE', `/me/sessions?id=${ended.id}`)).status).toBe(200)
    const answer = await ended.ask('GET', '/session')
    times.push(performance.now() - since)
    expect(answer.status, 'the next request').toBe(401)
  }
  tell('From the request that ends a session to the answered refusal of its next one', times)
})

test('CPU of an idle app', async ({ desktop, backend, database }) => {
  test.setTimeout(10 * 60_000)
  expect(backend.address).not.toBe('')
  await prepare(database, 120)
  const { app, page } = desktop
  const countTimers = () => {
    const timers: Record<string, number> = {}
    for (const name of ['setTimeout', 'setInterval'] as const) {
      const before = globalThis[name] as (...args: unknown[]) => unknown
      const count = (act: unknown, ms = 0, ...rest: unknown[]) => {
        const key = `${name} ${ms < 1000 ? 'under 1 s' : 'of 1 s and more'}`
        timers[key] = (timers[key] ?? 0) + 1
        return before(act, ms, ...rest)
      }
      Object.assign(globalThis, { [name]: Object.assign(count, before) })
    }
    Object.assign(globalThis, { timers })
  }
  await signIn(page, 'owner@demo.test')
  await delay(30_000)
  await app.evaluate(countTimers)
  await page.evaluate(countTimers)

  const busyOf = () => new Map(familyOf(app.process().pid ?? 0).map((id) => [id, statOf(id).busy]))
  const before = busyOf()
  const since = performance.now()
  await delay(5 * 60_000)
  const took = performance.now() - since
  const after = busyOf()
  const busy = [...after].map(([id, ms]) => ms - (before.get(id) ?? 0))
  const share = (100 * busy.reduce((sum, ms) => sum + ms, 0)) / took
  const timers = {
    main: await app.evaluate(() => (globalThis as unknown as { timers: object }).timers),
    page: await page.evaluate(() => (globalThis as unknown as { timers: object }).timers),
  }
  const load = loadavg().map((it) => it.toFixed(1))
  console.log(`CPU of an idle app: ${share.toFixed(2)} % of a core (load ${load.join(' ')})`)
  console.log(`  by process, ms: ${busy.join(' ')}; timers: ${JSON.stringify(timers)}`)
})
