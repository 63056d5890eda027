import { AxeBuilder } from '@axe-core/playwright'
import type { BrowserContextOptions } from '@playwright/test'
import { type RawBuilder, sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { byEmail, byName } from '../../backend/find-teams.ts'
import { addWorkspace, startTestBackend, type TestBackend } from '../support/backend.ts'
import { launchBrowser } from '../support/browser.ts'
import { openStream } from '../support/live.ts'
import { as } from '../support/people.ts'
import { eventually } from '../support/eventually.ts'

let backend: TestBackend
beforeAll(async () => {
  backend = await startTestBackend({ settings: { TRUST_PROXY: 'loopback' } })
  await addWorkspace(backend.db)
})
afterAll(() => backend.close())
beforeEach(async () => {
  await backend.db.deleteFrom('sign_in_failures').execute()
  await backend.db.deleteFrom('workspaces').where('link', 'like', 'team-%').execute()
})

let teams = 0
/** A team that lets itself be found, unless it is said otherwise. */
async function addTeam(
  name: string,
  it: { email?: string; findable?: boolean; deleting?: boolean } = {},
): Promise<string> {
  teams += 1
  const link = `team-${teams}`
  const { findable = true, email = null } = it
  await backend.db
    .insertInto('workspaces')
    .values({ link, name, licences: 5, findable, email })
    .execute()
  if (it.deleting) await beginDeletion(link)
  return link
}

const beginDeletion = (link: string) =>
  sql`update workspaces set deletes_at = now() + interval '7 days', deletion_seconds_left = 604800,
    deletion_counted_at = now() where link = ${link}`.execute(backend.db)

/** All that a stranger gets: the date apart, which passes. */
async function get(path: string, headers: Record<string, string> = {}) {
  const answer = await fetch(backend.url + path, { headers })
  const shown = [...answer.headers].filter(([name]) => name !== 'date')
  return { status: answer.status, headers: Object.fromEntries(shown), text: await answer.text() }
}
const search = (query: string, headers?: Record<string, string>) =>
  get(`/finder/teams?${new URLSearchParams({ query }).toString()}`, headers)
const showPage = (q: string, language = 'en') =>
  get(`/finder?${new URLSearchParams({ q }).toString()}`, { 'accept-language': language })
async function found(query: string): Promise<string[]> {
  const { status, text } = await search(query)
  expect(status).toBe(200)
  const { teams } = JSON.parse(text) as { teams: { name: string }[] }
  return teams.map(({ name }) => name)
}

describe('a team that lets itself be found', () => {
  test.each([
    'Atención Ñuble',
    'ATENCION NUBLE',
    'atencion',
    'ción ñub',
    'Atenxion Ñuble',
    ' ñuble ',
  ])('is found by “%s”', async (query) => {
    await addTeam('Atención Ñuble')
    expect(await found(query)).toEqual(['Atención Ñuble'])
  })

  test('is found by its registered e-mail address, whole and in any case', async () => {
    await addTeam('Norte', { email: 'equipo@grupo.test' })
    expect(await found('equipo@grupo.test')).toEqual(['Norte'])
    expect(await found(' EQUIPO@Grupo.Test ')).toEqual(['Norte'])
    for (const part of ['equipo@grupo.tes', 'equipo@', 'equipo', '@grupo.test', 'x@grupo.test'])
      expect([part, await found(part)]).toEqual([part, []])
  })

  test('is told by name and link, and nothing else', async () => {
    const link = await addTeam('Norte', { email: 'equipo@norte.test' })
    expect((await search('norte')).text).toBe(JSON.stringify({ teams: [{ link, name: 'Norte' }] }))
  })

  test('stands the higher the more alike its name is; ten are shown', async () => {
    await addTeam('Norma')
    await addTeam('Norte Grande y muchas otras palabras más')
    await addTeam('Norte')
    await addTeam('El Norte')
    expect(await found('norte')).toEqual([
      'Norte',
      'El Norte',
      'Norte Grande y muchas otras palabras más',
      'Norma',
    ])
    for (const letter of 'abcdefghijkl') await addTeam(`Norte ${letter}`)
    expect(await found('norte')).toHaveLength(10)
  })

  test.each(['%%%', '___', '\\\\\\', '％％％', 'n%de', 'n_r__ g'])(
    'is not found by the wildcard “%s”',
    async (query) => {
      await addTeam('Norte Grande')
      expect(await found(query)).toEqual([])
    },
  )

  test('is not found by fewer than three characters of its name', async () => {
    await addTeam('No')
    for (const query of ['n', 'no', 'ño', 'n\u0303o', '%o'])
      expect([query, await found(query)]).toEqual([query, []])
  })

  test('is not found by the address of one of its people', async () => {
    await addWorkspace(backend.db, { link: 'team-people' })
    await sql`update workspaces set findable = true where link = 'team-people'`.execute(backend.db)
    onTestFinished(async () => {
      await sql`update workspaces set link = 'kept-people', findable = false, name = 'kept'
        where link = 'team-people'`.execute(backend.db)
    })
    expect(await found('team-people')).toEqual(['team-people'])
    expect(await found('owner@team-people.test')).toEqual([])
  })

  test.each(['nul\0nul', '\ud800\ud800\ud800', '🙂🙂🙂', "'; drop table workspaces; --"])(
    'is looked for by any text (%j)',
    async (query) => {
      expect(await found(query)).toEqual([])
    },
  )
})

describe('a hidden team', () => {
  test.each([
    ['hidden', { findable: false }],
    ['being deleted', { deleting: true }],
  ])('(%s) is answered byte for byte like one that does not exist', async (_what, how) => {
    const queries = ['Secreta', 'secret', 'secreto', 'equipo@secreta.test', 'team-secreta', 'se']
    const asked = async () => {
      await backend.db.deleteFrom('sign_in_failures').execute()
      return Promise.all([
        ...queries.map((query) => search(query)),
        ...queries.map((query) => showPage(query)),
        search(''),
        search('x'.repeat(300)),
      ])
    }
    const without = await asked()
    await addTeam('Secreta', { email: 'equipo@secreta.test', ...how })
    const hidden = await asked()
    expect(hidden).toEqual(without)
    expect(hidden[0].text).toBe('{"teams":[]}')
    await sql`update workspaces set findable = true, deletes_at = null, deletion_seconds_left = null,
      deletion_counted_at = null where name = 'Secreta'`.execute(backend.db)
    expect((await asked())[0].text).toContain('Secreta')
  })

  test('is hidden from the start, and its link works', async () => {
    await addWorkspace(backend.db, { link: 'from-the-start' })
    expect(await found('from-the-start')).toEqual([])
    expect((await get('/workspaces/from-the-start')).status).toBe(200)
  })

  test('costs no time: what is read has only those that are visible', async () => {
    await sql`insert into workspaces (link, name, licences, findable, email)
      select 'team-x' || n, 'Equipo ' || n, 5, n % 100 = 0, 'e' || n || '@equipos.test'
      from generate_series(1, 20000) n`.execute(backend.db)
    await sql`analyze workspaces`.execute(backend.db)
    const planOf = async (query: RawBuilder<unknown>) => {
      const { rows } = await sql<{ 'QUERY PLAN': string }>`explain (analyze) ${query}`.execute(
        backend.db,
      )
      return rows.map((row) => row['QUERY PLAN']).join('\n')
    }
    const [name, email] = [
      await planOf(byName('equipo 4200')),
      await planOf(byEmail('e4200@equipos.test')),
    ]
    expect(name).toContain('findable_by_name')
    expect(email).toContain('findable_by_email')
    for (const plan of [name, email]) expect(plan).not.toContain('Seq Scan')
    // 99 of 100 are hidden: none of them is as much as looked at.
    expect(await planOf(byName('equipo 4242'))).not.toMatch(/rows=\d{4,}/)
    await backend.db.deleteFrom('workspaces').where('link', 'like', 'team-%').execute()
    await sql`vacuum analyze workspaces`.execute(backend.db)
  })
})

describe('searching again and again', () => {
  const from = (address: string) => search('norte', { 'x-forwarded-for': address })

  /** Searches until it is refused; answers how often it was not. Then nothing more is forgotten. */
  async function exhaust(addressOf: (turn: number) => string): Promise<number> {
    for (let turn = 0; turn < 100; turn += 1) {
      const { status } = await from(addressOf(turn))
      if (status === 200) continue
      expect(status).toBe(429)
      await sql`update sign_in_failures set blocked_until = now() + interval '1 minute'`.execute(
        backend.db,
      )
      return turn
    }
    throw new Error('never refused')
  }

  test('has to wait after 30 searches in a minute, whatever they find, and so has its page', async () => {
    await addTeam('Norte')
    const address = '203.0.113.7'
    // One is forgotten every two seconds, and a busy machine takes a few.
    const answered = await exhaust(() => address)
    expect(answered).toBeGreaterThanOrEqual(30)
    expect(answered).toBeLessThan(45)
    const refused = await from(address)
    expect(refused.status).toBe(429)
    expect(refused.text).toContain('urn:atalaya:problem:too-many-attempts')
    expect(refused.headers['retry-after']).toMatch(/^\d+$/)
    const headers = { 'x-forwarded-for': address, 'accept-language': 'es' }
    const page = await get('/finder?q=norte', headers)
    expect(page.status).toBe(429)
    expect(page.headers['retry-after']).toMatch(/^\d+$/)
    expect(page.text).toContain('demasiadas búsquedas')
    expect(page.text).toContain('value="norte"')
    expect((await from('203.0.113.8')).status).toBe(200)
  })

  test('counts an IPv6 network as one', async () => {
    await exhaust((turn) => `2001:db8:1:2::${turn}`)
    expect((await from('2001:db8:1:2::ffff')).status).toBe(429)
    expect((await from('2001:db8:1:3::1')).status).toBe(200)
  })

  test('keeps nobody from signing in', async () => {
    await exhaust(() => '127.0.0.1')
    await as(backend.url, 'owner@acme.test')
  })
})

describe('the setting', () => {
  test('is off at first; owner and administrators change it, and it is written down', async () => {
    const [owner, administrator] = [
      await as(backend.url, 'owner@acme.test'),
      await as(backend.url, 'administrator@acme.test'),
    ]
    const team = { link: 'acme', name: 'acme' }
    expect((await owner('finder.show')).body).toEqual({
      ...{ visible: false, team, email: null, changed: null },
    })
    const { events } = await openStream(backend.url, owner.token)
    const asked = { visible: true, email: ' Equipo@ACME.test' }
    const { body } = await administrator('finder.set', asked)
    expect(body).toMatchObject({
      ...{ visible: true, team, email: 'equipo@acme.test', changed: { by: 'administrator' } },
    })
    await eventually(() => expect(events).toContainEqual({ kind: 'changed', topic: 'workspace' }))
    expect((await owner('finder.show')).body).toEqual(body)
    expect(await found('acme')).toEqual(['acme'])
    expect(await found('equipo@acme.test')).toEqual(['acme'])
    // The same again changes nothing, also not who changed it.
    expect((await owner('finder.set', asked)).body).toEqual(body)

    await owner('finder.set', { visible: false, email: null })
    expect(await found('acme')).toEqual([])
    expect(await found('equipo@acme.test')).toEqual([])
    const rows = await backend.db
      .selectFrom('audit')
      .select(['actor_name', 'before', 'after'])
      .where('kind', '=', 'finder.changed')
      .orderBy('id')
      .execute()
    const [off, on] = [
      { visible: false, email: null },
      { visible: true, email: 'equipo@acme.test' },
    ]
    expect(rows).toEqual([
      { actor_name: 'administrator', before: off, after: on },
      { actor_name: 'owner', before: on, after: off },
    ])
  })

  test('is refused to agents, and to whoever names no address', async () => {
    const agent = await as(backend.url, 'agent@acme.test')
    expect((await agent('finder.show')).problem).toBe('forbidden')
    const owner = await as(backend.url, 'owner@acme.test')
    for (const email of ['', 'acme', 'a@', 7, undefined])
      expect(await owner('finder.set', { visible: true, email })).toMatchObject({
        problem: 'invalid-input',
        body: { errors: [{ path: 'email' }] },
      })
  })
})

describe('the public page', () => {
  test('lists what was found, with the link to type and the way into the app', async () => {
    const link = await addTeam('Atención Ñuble')
    const { status, headers, text } = await showPage('nuble', 'es-CL')
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(text).toContain('lang="es"')
    expect(text).toContain('Un equipo encontrado')
    expect(text).toContain(`<strong>${link}</strong>`)
    expect(text).toContain(`href="atalaya://open?workspace=${link}"`)
  })

  test('is not kept or listed by anybody, and runs no script', async () => {
    const { headers, text } = await showPage('norte')
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['content-security-policy']).toContain("form-action 'self'")
    expect(headers['cache-control']).toBe('no-store')
    expect(text).toContain('<meta name="robots" content="noindex" />')
    expect(text).not.toMatch(/<script|javascript:/)
  })

  test.each([
    ['', 'Name or e-mail address'],
    ['no', 'Type at least 3 characters.'],
    ['nobody', 'No team was found.'],
    ['x'.repeat(300), 'Name or e-mail address'],
  ])('answers to “%.10s”', async (query, words) => {
    const { status, text } = await showPage(query)
    expect(status).toBe(200)
    expect(text).toContain(words)
  })

  test('offers to use a word that may be a link as one, whether or not it is', async () => {
    const offer = 'href="atalaya://open?workspace=acme"'
    expect((await showPage('Acme')).text).toContain(offer)
    expect((await showPage('acme team')).text).not.toContain('atalaya://')
  })

  test('takes any query as text', async () => {
    await addTeam('<b>Norte</b>')
    const { text } = await showPage('"><b>Norte</b>')
    expect(text).toContain('value="&quot;&gt;&lt;b&gt;Norte&lt;/b&gt;"')
    expect(text).toContain('<strong>&lt;b&gt;Norte&lt;/b&gt;</strong>')
    expect(text).not.toContain('<b>')
    expect((await get('/finder?q=a&q=b')).status).toBe(200)
  })

  test('is not told to the log what was searched', async () => {
    await showPage('something private')
    await search('something private')
    expect(backend.log.join('')).toContain('/finder')
    expect(backend.log.join('')).not.toMatch(/something/)
  })
})

describe('in a real browser', () => {
  const open = async (options: BrowserContextOptions) => {
    const browser = await launchBrowser()
    onTestFinished(() => browser.close())
    const context = await browser.newContext({ locale: 'es', ...options })
    return context.newPage()
  }

  test('without script a person finds their team', async () => {
    const link = await addTeam('Atención Ñuble')
    const page = await open({ javaScriptEnabled: false })
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    await page.goto(`${backend.url}/finder`)
    await page.locator('#q:focus').waitFor()
    await page.getByLabel('Nombre o correo electrónico').fill('atencion')
    await page.keyboard.press('Enter')
    await page.getByText('Un equipo encontrado').waitFor()
    await page.getByText(link).waitFor()
    await page.getByRole('link', { name: 'Abrir en Atalaya: Atención Ñuble' }).waitFor()
    expect(await page.getByLabel('Nombre o correo electrónico').inputValue()).toBe('atencion')
    expect(complaints).toEqual([])
  })

  test.each(['light', 'dark'] as const)('every state is accessible (%s)', async (colorScheme) => {
    await addTeam('Atención Ñuble')
    await addTeam('Atención Ñandú')
    const page = await open({ colorScheme, bypassCSP: true })
    for (const query of ['', 'at', 'atencion', 'nobody']) {
      await page.goto(`${backend.url}/finder?q=${query}`)
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect([query, violations.map(({ id }) => id)]).toEqual([query, []])
    }
  })
})
