import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openEmbedded } from '../../backend/db/embedded.ts'
import { temporaryFolder } from '../support/backend.ts'
import { eventually } from '../support/eventually.ts'

const source = JSON.stringify(join(import.meta.dirname, '../../backend/db/embedded.ts'))

/** Another process that opens the database of a folder and holds it. */
async function ownerProcess(dataDir: string): Promise<ChildProcess> {
  const script = `
    const { openEmbedded } = await import(${source})
    await openEmbedded(${JSON.stringify(dataDir)})
    console.log('open')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

const query = async (url: string, text: string) => {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}
const serverPid = async (dataDir: string) =>
  Number((await readFile(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0])
/** A process that ended and that the system has not cleared away yet is not alive. */
const isAlive = async (pid: number) => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return status !== '' && !/^State:\s+Z/m.test(status)
}

describe('embedded database', () => {
  test('is made on first use, keeps its data, starts fast, and leaves no process', async () => {
    const dataDir = await temporaryFolder()
    const first = await openEmbedded(dataDir)
    await query(first.url, 'create table kept (it text)')
    const pid = await serverPid(dataDir)
    await first.close()
    await eventually(async () => expect(await isAlive(pid)).toBe(false))

    const start = performance.now()
    const second = await openEmbedded(dataDir)
    // 0.15 s on an idle machine; the tests share theirs.
    expect(performance.now() - start).toBeLessThan(2000)
    expect(await query(second.url, 'select * from kept')).toEqual([])
    await second.close()
  })

  test('speaks UTF-8 and sorts alike on every machine', async () => {
    const { url, close } = await openEmbedded(await temporaryFolder())
    const [row] = await query(
      url,
      `select current_setting('server_encoding') as encoding, upper('ñandú') as upper, datlocale as locale
       from pg_database where datname = current_database()`,
    )
    await close()
    expect(row).toEqual({ encoding: 'UTF8', upper: 'ÑANDÚ', locale: 'C.UTF-8' })
  })

  test('listens on this machine alone, and lets nobody in without the password', async () => {
    const dataDir = await temporaryFolder()
    const { url, close } = await openEmbedded(dataDir)
    const [row] = await query(url, 'show listen_addresses')
    const stranger = new URL(url)
    stranger.password = 'guess'
    await expect(query(stranger.href, 'select')).rejects.toThrow('password authentication failed')
    const { mode } = await stat(join(dataDir, 'postgres/password'))
    await close()
    expect(row).toEqual({ listen_addresses: '127.0.0.1' })
    expect(mode & 0o777).toBe(0o600)
  })

  test('a server left running by a killed owner is taken over with its data', async () => {
    const dataDir = await temporaryFolder()
    const owner = await ownerProcess(dataDir)
    const pid = await serverPid(dataDir)
    await kill(owner)
    expect(await isAlive(pid)).toBe(true)

    const { close } = await openEmbedded(dataDir)
    expect(await serverPid(dataDir)).toBe(pid)
    await close()
    await eventually(async () => expect(await isAlive(pid)).toBe(false))
  })

  test('a second owner is refused, and the first is not disturbed', async () => {
    const dataDir = await temporaryFolder()
    const { url, close } = await openEmbedded(dataDir)
    await expect(openEmbedded(dataDir)).rejects.toThrow(`Another Atalaya uses ${dataDir}`)
    const guest = await openEmbedded(dataDir, { share: true })
    await guest.close()
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
    await close()
  })

  test('two first starts at once: one owns it, the other is refused', async () => {
    const dataDir = await temporaryFolder()
    const starts = await Promise.allSettled([openEmbedded(dataDir), openEmbedded(dataDir)])
    const opened = starts.filter((it) => it.status === 'fulfilled')
    const refused = starts.filter((it) => it.status === 'rejected')
    for (const { value } of opened) await value.close()
    expect(opened).toHaveLength(1)
    expect(String(refused[0]?.reason)).toContain('Another Atalaya')
  })

  test('a process id that now belongs to somebody else does not stop it, and stays alive', async () => {
    const dataDir = await temporaryFolder()
    const first = await openEmbedded(dataDir)
    const file = join(dataDir, 'postgres/data/postmaster.pid')
    const recorded = await readFile(file, 'utf8')
    await first.close()
    const bystander = spawn('sleep', ['60'])
    onTestFinished(() => void bystander.kill('SIGKILL'))
    await writeFile(file, recorded.replace(/^\d+/, String(bystander.pid)))

    const second = await openEmbedded(dataDir)
    await second.close()
    expect(bystander.exitCode).toBeNull()
  })

  test('a folder that cannot be written says what to do', async () => {
    const file = join(await temporaryFolder(), 'file')
    await writeFile(file, '')
    const opening = openEmbedded(join(file, 'data'))
    await expect(opening).rejects.toThrow(/Cannot write to .*ENOTDIR.*[^]*DATA_DIR.*DATABASE_URL/)
  })

  test('a server that does not start shows the end of its log', async () => {
    const dataDir = await temporaryFolder()
    const first = await openEmbedded(dataDir)
    await first.close()
    await writeFile(join(dataDir, 'postgres/data/postgresql.conf'), 'nonsense = on')
    await expect(openEmbedded(dataDir)).rejects.toThrow(/does not start[^]*nonsense/)
  })
})

describe.runIf(process.getuid?.() === 0)('embedded database of root', () => {
  test('works below a folder that nobody else may enter', async () => {
    const closed = await mkdtemp(join(tmpdir(), 'atalaya-closed-'))
    const dataDir = join(closed, 'data')
    const { url, close } = await openEmbedded(dataDir)
    const place = await realpath(join(dataDir, 'postgres'))
    onTestFinished(async () => {
      await rm(place, { recursive: true })
      await rm(closed, { recursive: true })
    })
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
    await close()
    const again = await openEmbedded(dataDir)
    await again.close()
    expect(place).not.toContain(closed)
    expect(await realpath(join(dataDir, 'postgres'))).toBe(place)
  })
})
