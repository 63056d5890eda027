import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { hashToken } from '../../backend/tokens.ts'
import { migrate } from '../../backend/db/migrate.ts'
import { openDatabase } from '../../backend/db/database.ts'
import { seedDemo } from '../../backend/db/seed.ts'
import { verifyPassword } from '../../backend/passwords.ts'
import {
  addWorkspace,
  call,
  newDatabase,
  password,
  signIn,
  spawnBackend,
  spawnServer,
  startTestBackend,
  temporaryFolder,
  trySignIn,
} from '../support/backend.ts'
import { eventually } from '../support/eventually.ts'

const createArgs = [
  'create-workspace',
  '--link=first',
  '--name=First Team',
  '--owner-email=Ana@First.test',
  '--owner-name=Ana',
]

describe('the backend as a process', () => {
  test('starts empty, says how to create the first workspace, and does so while it runs', async () => {
    const DATA_DIR = await temporaryFolder()
    const backend = await spawnBackend({ DATA_DIR })
    onTestFinished(() => void backend.child.kill('SIGKILL'))
    expect(backend.output()).toContain('npm run backend -- create-workspace --link')

    const command = spawnServer({ DATA_DIR }, [...createArgs, '--email=Team@First.test'])
    command.child.stdin.end(`${password}\n`)
    expect(await command.exited, command.output()).toBe(0)
    const owner = { workspace: 'first', email: 'ana@first.test' }
    const { token } = await signIn(backend.url, owner)
    expect(await call(backend.url, 'finder.show', {}, token)).toMatchObject({
      body: { visible: false, email: 'team@first.test' },
    })
    expect(await trySignIn(backend.url, owner)).toMatchObject({
      body: { person: { name: 'Ana', role: 'owner' } },
    })
    expect(await backend.stop()).toBe(0)
  })

  test.each([
    ['a weak password', createArgs, 'weak', 'The password needs'],
    ['a common password', createArgs, 'Password1', 'one of the most common ones'],
    ['the address as a password', createArgs, 'Ana@first.test1', 'the name or the e-mail address'],
    ['an unknown flag', [...createArgs, '--password=x'], password, 'Unknown option'],
    ['no link', ['create-workspace'], password, '--link'],
    ['a team address that is none', [...createArgs, '--email=x'], password, '--email'],
    ['no licences', [...createArgs, '--licences=0'], password, '--licences'],
    ['an unknown command', ['destroy'], password, 'There is no command “destroy”'],
  ])('%s is refused, and nothing is created', async (_what, args, input, message) => {
    const { url: DATABASE_URL, db } = await newDatabase()
    const command = spawnServer({ DATABASE_URL }, args)
    command.child.stdin.end(`${input}\n`)
    expect(await command.exited).toBe(1)
    expect(command.output()).toContain(message)
    expect(command.output()).not.toContain('    at ')
    expect(await db.selectFrom('workspaces').selectAll().execute()).toEqual([])
    await db.destroy()
  })

  test('a link that is taken is refused', async () => {
    const { url: DATABASE_URL, db } = await newDatabase()
    await addWorkspace(db, { link: 'first' })
    const command = spawnServer({ DATABASE_URL }, createArgs)
    command.child.stdin.end(`${password}\n`)
    expect(await command.exited).toBe(1)
    expect(command.output()).toContain('exists already')
    await db.destroy()
  })

  test('no password, token or mail text is in the log, at its most talkative', async () => {
    const { url: DATABASE_URL, db } = await newDatabase()
    await addWorkspace(db)
    const DATA_DIR = await temporaryFolder()
    const backend = await spawnBackend({ DATABASE_URL, DATA_DIR, LOG_LEVEL: 'trace' })
    onTestFinished(() => void backend.child.kill('SIGKILL'))
    const next = 'Another-horse-9'
    const { token } = await signIn(backend.url)
    await trySignIn(backend.url, { password: 'Mistyped-horse-9' })
    await call(
      backend.url,
      'account.changePassword',
      { current: password, next, key: randomUUID() },
      token,
    )
    await call(backend.url, 'sessions.current', { token }, token)
    await fetch(`${backend.url}/me?token=${token}`)
    await backend.stop()
    await db.destroy()

    expect(backend.output()).toContain('"path":"/me/password"')
    expect(backend.output()).not.toMatch(/horse-9|argon2|password of your account/)
    expect(backend.output()).not.toContain(token)
    expect(backend.output()).not.toContain(hashToken(token).toString('hex'))
  })

  test('a database that cannot be reached is a clear message', async () => {
    const { exited, output } = spawnServer({ DATABASE_URL: 'postgres://u:hidden@127.0.0.1:1/d' })
    expect(await exited).toBe(1)
    expect(output()).toContain('Check DATABASE_URL')
    expect(output()).not.toMatch(/hidden| {4}at /)
  })

  test('SIGTERM ends it cleanly while a stream is open', async () => {
    const { url: DATABASE_URL, db } = await newDatabase()
    await addWorkspace(db)
    const backend = await spawnBackend({ DATABASE_URL })
    onTestFinished(() => void backend.child.kill('SIGKILL'))
    const { token } = await signIn(backend.url)
    const stream = await eventually(async () => {
      const it = await fetch(`${backend.url}/events`, {
        headers: { authorization: `Bearer ${token}` },
      })
      expect(it.status).toBe(200)
      return it
    })
    const start = performance.now()
    const exit = backend.stop()
    await stream.text()
    expect(await exit).toBe(0)
    expect(performance.now() - start).toBeLessThan(3000)
    await db.destroy()
  })
})

describe('a port that is taken', () => {
  test('by Atalaya: says that it already runs there', async () => {
    const first = await startTestBackend()
    onTestFinished(first.close)
    const PORT = Number(new URL(first.url).port)
    await expect(startTestBackend({ settings: { PORT } })).rejects.toThrow(
      'Atalaya already runs at',
    )
  })

  test('by another program: says so', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n<html>')).listen(
      0,
      '127.0.0.1',
    )
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const address = other.address()
    const PORT = typeof address === 'object' && address ? address.port : 0
    await expect(startTestBackend({ settings: { PORT } })).rejects.toThrow('Another program uses')
  })
})

describe('the first start', () => {
  test('several processes bring one empty database up to date at once', async () => {
    const { url, db } = await newDatabase()
    const { default: pg } = await import('pg')
    const client = new pg.Client(url)
    await client.connect()
    await client.query('drop schema public cascade')
    await client.query('create schema public')
    await client.end()
    const pools = Array.from({ length: 4 }, () => openDatabase(url, () => undefined))
    await Promise.all(pools.map(migrate))
    expect(await db.selectFrom('workspaces').selectAll().execute()).toEqual([])
    await Promise.all([...pools, db].map((it) => it.destroy()))
  })

  test('the demo is seeded once, also by two at a time, and never again', async () => {
    const { db } = await newDatabase()
    await Promise.all([seedDemo(db, password), seedDemo(db, password)])
    await db.updateTable('workspaces').set({ name: 'Renamed' }).execute()
    await seedDemo(db, 'Another-horse-9')

    const workspaces = await db.selectFrom('workspaces').selectAll().execute()
    const users = await db.selectFrom('users').selectAll().execute()
    await db.destroy()
    expect(workspaces).toMatchObject([
      { link: 'demo', name: 'Renamed', licences: 5, idle_minutes: 30 },
    ])
    expect(workspaces).toMatchObject([{ email: 'equipo@demo.test', findable: false }])
    expect(users).toHaveLength(23)
    expect(users.map(({ email }) => email)).toEqual(
      expect.arrayContaining(['owner@demo.test', 'admin@demo.test', 'agent@demo.test']),
    )
    expect(new Set(users.map((it) => it.password_hash)).size).toBe(23)
    expect(await verifyPassword(users[22]?.password_hash, password)).toBe(true)
  })
})
