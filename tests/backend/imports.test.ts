import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { AccessInput } from '../../contract/access.ts'
import { imports as contract } from '../../contract/imports.ts'
import {
  addWorkspace,
  spawnBackend,
  startTestBackend,
  type TestBackend,
} from '../support/backend.ts'
import { openStream } from '../support/live.ts'
import { addPerson, addProfile, as } from '../support/people.ts'
import { eventually } from '../support/eventually.ts'

let backend: TestBackend
let acme: string
let owner: Awaited<ReturnType<typeof as>>
beforeAll(async () => {
  backend = await startTestBackend()
  acme = await addWorkspace(backend.db, { licences: 100 })
  owner = await as(backend.url, 'owner@acme.test')
})
afterAll(() => backend.close())

const defaults = { role: 'agent', language: 'es', profileId: null }
const columns = { name: 0, email: 1, role: 2, profile: 3, language: 4 }
const file = (lines: string[], it: Record<string, unknown> = {}) => ({
  csv: ['name,email,role,profile,language', ...lines].join('\n'),
  columns,
  defaults,
  ...it,
})
type File = ReturnType<typeof file>
const preview = async (it: File, ask = owner) =>
  contract['imports.preview'].output.parse((await ask('imports.preview', it)).body)
const outcomes = async (it: File, ask = owner) =>
  (await preview(it, ask)).rows.map(({ outcome, errors }) => (errors.length > 0 ? errors : outcome))
const run = async (it: File, digest?: string, ask = owner, id: string = randomUUID()) =>
  ask('imports.run', { ...it, digest: digest ?? (await preview(it, ask)).digest, id })
const newEmail = () => `${randomUUID()}@import.test`
const countUsers = async () => {
  const { n } = await backend.db
    .selectFrom('users')
    .select((it) => it.fn.countAll<string>().as('n'))
    .executeTakeFirstOrThrow()
  return Number(n)
}
const many = (count: number, domain = randomUUID()) =>
  Array.from({ length: count }, (_, index) => `Persona Número ${index},p${index}@${domain}.test,,,`)

describe('reading a file', () => {
  const read = async (csv: string) => owner('imports.read', { csv })

  test.each([
    ['a comma', 'Nombre,Correo electrónico\nAna,ana@x.test'],
    ['a semicolon', 'Nombre;Correo electrónico\nAna;ana@x.test'],
    ['a tab', 'Nombre\tCorreo electrónico\nAna\tana@x.test'],
    [
      'Excel’s byte order mark and line ends',
      '\uFEFFNombre;Correo electrónico\r\nAna;ana@x.test\r\n',
    ],
    ['Excel’s own line', 'sep=;\r\nNombre;Correo electrónico\r\nAna;ana@x.test'],
    ['quotes and empty lines', '"Nombre","Correo electrónico"\n\n"Ana","ana@x.test"\n,\n\n'],
    ['old line ends', 'Nombre,Correo electrónico\rAna,ana@x.test\r'],
  ])('with %s', async (_what, csv) => {
    const { body } = await read(csv)
    expect(body).toEqual({
      head: ['Nombre', 'Correo electrónico'],
      sample: [['Ana', 'ana@x.test']],
      rows: 1,
      proposed: { name: 0, email: 1 },
    })
  })

  test.each([
    ['Name,E-mail,Role,Profile,Language'],
    ['Nombre;Correo;Rol;Perfil;Idioma'],
    ['Nome;E-mail;Função;Perfil;Língua'],
    ['NOMBRE COMPLETO\tDirección de correo\trol\tPERFIL\tidioma'],
  ])('the columns of “%s” are known', async (head) => {
    expect((await read(`${head}\n`)).body['proposed']).toEqual(columns)
  })

  test.each([
    ['a PDF', '%PDF-1.7\n1 0 obj', 'binary'],
    ['a spreadsheet that is no CSV', 'PK\u0003\u0004abc', 'binary'],
    ['a NUL', 'name,email\na\u0000,b', 'binary'],
    ['another encoding', 'nombre,correo\nJos\uFFFD,jose@x.test', 'encoding'],
    ['a quote that is never closed', 'name,email\n"Ana,ana@x.test\nBea,bea@x.test', 'quotes'],
    ['nothing but lines', '\n\n  \n', 'empty'],
    ['too many rows', `name,email\n${'a,b\n'.repeat(50_001)}`, 'too-many-rows'],
  ])('%s is no such file, and the reason is told', async (_what, csv, reason) => {
    expect(await read(csv)).toMatchObject({ status: 422, problem: 'not-csv', body: { reason } })
  })
})

describe('the preview', () => {
  test('says of each row what would become of it, and writes nothing', async () => {
    await addProfile(backend.db, acme, { crm: ['view'] }, 'Ventas Ñ')
    const person = await addPerson(backend.db, acme, { name: 'Bea' })
    const before = await countUsers()
    const twice = newEmail()
    const rows: [string, string | string[]][] = [
      [`Ana,${newEmail()},Agente,ventas n,Español`, 'new'],
      [`Ana,${newEmail()},administrador,,en`, 'new'],
      [`Bea,${person.email},,,`, 'unchanged'],
      [`Beatriz,${person.email.toUpperCase()},,,`, ['email-twice']],
      [`,${newEmail()},,,`, ['name-missing']],
      [`${'x'.repeat(300)},${newEmail()},,,`, ['name-too-long']],
      ['Ana,,,,', ['email-missing']],
      ['Ana,ana@,,,', ['email-invalid']],
      [
        `Ana,${newEmail()},jefe,nada,klingon`,
        ['role-unknown', 'language-unknown', 'profile-unknown'],
      ],
      [`Ana,${twice},,,`, 'new'],
      [`Ana,${twice},,,`, ['email-twice']],
      ['Otro nombre,owner@acme.test,,,', ['self']],
    ]
    expect(await outcomes(file(rows.map(([line]) => line)))).toEqual(rows.map(([, it]) => it))
    expect(await countUsers()).toBe(before)
  })

  test('the owner’s row may stay as it is', async () => {
    expect(await outcomes(file(['owner,owner@acme.test,owner,,en']))).toEqual(['unchanged'])
  })

  test('lines are told as an editor counts them', async () => {
    const csv = 'name,email\n"Ana\nMaría",a@line.test\n\n"Bea",b@line.test\nCarla,c@'
    const { rows } = await preview(file([], { csv, columns: { name: 0, email: 1 } }))
    expect(rows.map(({ line, name }) => [line, name])).toEqual([
      [2, 'Ana María'],
      [5, 'Bea'],
      [6, 'Carla'],
    ])
  })

  test('a column that the file has not is refused', async () => {
    const input = file(['Ana,a@x.test,,,'], { columns: { name: 0, email: 9 } })
    expect(await owner('imports.preview', input)).toMatchObject({ problem: 'invalid-input' })
  })

  test('who may only create changes nobody, and hands out nothing they do not have', async () => {
    const access: AccessInput = { kind: 'custom', grants: { users: ['view', 'create'] } }
    const maker = await addPerson(backend.db, acme, { access })
    const ask = await as(backend.url, maker.email)
    const colleague = await addPerson(backend.db, acme)
    await addProfile(backend.db, acme, { pbx: ['view'] }, 'Beyond')
    const rows = [
      `Ana,${newEmail()},,,`,
      `Renamed,${colleague.email},,,`,
      `Ana,${newEmail()},administrator,,`,
      `Ana,${newEmail()},,beyond,`,
      `Me,${maker.email},,,`,
      'Chief,owner@acme.test,,,',
    ]
    expect(await outcomes(file(rows), ask)).toEqual([
      'new',
      ['beyond-own-rights'],
      ['role-above'],
      ['beyond-own-rights'],
      ['self'],
      ['owner'],
    ])
  })
})

describe('the import', () => {
  test('writes the valid rows and invites the new ones; what a row does not say stays', async () => {
    const access: AccessInput = { kind: 'custom', grants: { crm: ['view'] } }
    const person = await addPerson(backend.db, acme, { name: 'Old', access })
    const [one, two] = [newEmail(), newEmail()]
    const rows = [`Ana,${one},,,`, `New,${person.email},,,pt-BR`, `Eva,${two},admin,,en`, 'Bad,,,,']
    const answer = await run(file(rows))
    expect(answer.body).toEqual({ created: 2, changed: 1, unchanged: 0, left: 1 })
    expect((await owner('users.show', { id: person.id })).body).toMatchObject({
      ...{ name: 'New', language: 'pt-BR', access, version: 2, state: 'active' },
    })
    const { body } = await owner('users.list', { search: two })
    expect(body['rows']).toMatchObject([{ role: 'administrator', state: 'invited' }])
    const links = await backend.db
      .selectFrom('mail_links as l')
      .innerJoin('users as u', 'u.id', 'l.user_id')
      .select('l.kind')
      .where('u.email', 'in', [one, two])
      .execute()
    expect(links).toEqual([{ kind: 'invitation' }, { kind: 'invitation' }])
  })

  test('10,000 rows with five that are broken take seconds, and tell how far they are', async () => {
    const stream = await openStream(backend.url, owner.token)
    const rows = many(9_995)
    for (const [index, bad] of ['x,', ',a@b.test', 'y,no', 'z,z@', 'w,@w'].entries())
      rows.splice(index * 1999, 0, `${bad},,,`)
    const input = file(rows)
    const id = randomUUID()
    const started = performance.now()
    const { digest } = await preview(input)
    const answer = await run(input, digest, owner, id)
    const seconds = (performance.now() - started) / 1000
    console.info(`10,000 rows: ${seconds.toFixed(1)} s`)
    expect(answer.body).toEqual({ created: 9_995, changed: 0, unchanged: 0, left: 5 })
    expect(seconds).toBeLessThan(20)
    await eventually(() =>
      expect(stream.events).toContainEqual({
        kind: 'import-progress',
        id,
        done: 9995,
        total: 9995,
      }),
    )
    expect(await outcomes(file(rows.slice(100, 103)))).toEqual([
      'unchanged',
      'unchanged',
      'unchanged',
    ])
  })

  test('of a file other than the previewed, or other users, nothing is written', async () => {
    const email = newEmail()
    const input = file([`Ana,${email},,,`])
    const { digest } = await preview(input)
    const before = await countUsers()
    expect(await run(file([`Eva,${email},,,`]), digest)).toMatchObject({
      status: 409,
      problem: 'import-changed',
    })
    const person = await addPerson(backend.db, acme)
    const about = file([`Renamed,${person.email},,,`])
    const judged = await preview(about)
    const ids = { ids: [person.id], preview: false }
    await owner('users.change', { ...ids, change: { kind: 'deactivate' } })
    expect(await run(about, judged.digest)).toMatchObject({ problem: 'import-changed' })
    expect(await countUsers()).toBe(before + 1)
  })

  test('two imports of the same people at once: one writes them, the other is told', async () => {
    const input = file(many(300))
    const { digest } = await preview(input)
    const answers = await Promise.all([run(input, digest), run(input, digest)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(answers.map(({ problem }) => problem)).toContain('import-changed')
  })

  test('cancelled from another process it leaves nothing', async () => {
    const second = await spawnBackend({ DATABASE_URL: backend.databaseUrl })
    onTestFinished(async () => {
      await second.stop()
    })
    const stream = await openStream(backend.url, owner.token)
    const elsewhere = await as(second.url, 'owner@acme.test')
    const input = file(many(5_000))
    const { digest } = await preview(input)
    const [before, id] = [await countUsers(), randomUUID()]
    const running = run(input, digest, owner, id)
    await eventually(() => expect(stream.events.at(-1)).toMatchObject({ kind: 'import-progress' }))
    expect((await elsewhere('imports.cancel', { id })).status).toBe(200)
    expect(await running).toMatchObject({ status: 409, problem: 'import-cancelled' })
    expect(await countUsers()).toBe(before)
    expect(await backend.db.selectFrom('imports').selectAll().execute()).toEqual([])
    expect((await run(input, digest, owner, id)).status).toBe(200)
  })

  test('one that is cancelled before it is heard of does not begin', async () => {
    const input = file([`Ana,${newEmail()},,,`])
    const id = randomUUID()
    await owner('imports.cancel', { id })
    expect(await run(input, undefined, owner, id)).toMatchObject({ problem: 'import-cancelled' })
  })

  test('a profile that is deleted meanwhile is told', async () => {
    const profileId = await addProfile(backend.db, acme, {})
    const input = file([`Ana,${newEmail()},,,`], { defaults: { ...defaults, profileId } })
    const { digest } = await preview(input)
    await owner('profiles.delete', { id: profileId, version: 1, moveTo: null })
    expect(await run(input, digest)).toMatchObject({ problem: 'no-such-profile' })
  })
})

describe('the export', () => {
  const exported = async (filter: Record<string, unknown> = {}) =>
    contract['users.export'].output.parse((await owner('users.export', filter)).body)

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '=HYPERLINK("http://x","y")'])(
    'the name “%s” is no formula any more, and comes back as it was',
    async (name) => {
      const { email, id } = await addPerson(backend.db, acme, { name })
      const { csv, rows } = await exported({ search: email })
      expect(rows).toBe(1)
      expect(csv).toContain(name.includes('"') ? `"'${name.replaceAll('"', '""')}"` : `'${name}`)
      expect(csv).not.toMatch(/(^|[\n,])"?[=+@-]/)
      const { rows: judged } = await preview(file([], { csv, columns: { name: 0, email: 1 } }))
      expect(judged).toMatchObject([{ outcome: 'unchanged', name, email }])
      await owner('users.delete', { ids: [id], preview: false })
    },
  )

  test('has the users of the list, and what it writes is read again', async () => {
    const profileId = await addProfile(backend.db, acme, { crm: ['view'] }, 'Quotes "and", commas')
    const access = { kind: 'profile', profileId } as const
    await addPerson(backend.db, acme, { name: 'Ñandú; "el", rápido', access })
    const { csv, rows } = await exported({ profileId })
    expect(rows).toBe(1)
    expect(csv.startsWith('\uFEFFname,email,role,profile,language,')).toBe(true)
    const { body } = await owner('imports.read', { csv })
    expect(body['proposed']).toEqual(columns)
    expect(body['sample']).toMatchObject([
      { 0: 'Ñandú; "el", rápido', 2: 'agent', 3: 'Quotes "and", commas', 4: 'en', 5: 'profile' },
    ])
    expect(await outcomes(file([], { csv }))).toEqual(['unchanged'])
  })
})
