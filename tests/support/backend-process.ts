import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../scripts/demo-backend.ts', import.meta.url))

/** A real backend in a process of its own, with the demo workspace. */
export interface BackendProcess {
  address: string
  /** Its own; mails are below it, in `outbox/`. */
  dataDir: string
  /** All that it has written. */
  log: () => string
  /** Ends it, as an operator does; the address stays its own. */
  stop: () => Promise<void>
  /** Starts it again at the same address. */
  start: () => Promise<void>
}

/** Starts one over a database, on a port that nobody uses. */
export async function startBackendProcess(databaseUrl: string): Promise<BackendProcess> {
  let child: ChildProcess | null = null
  let log = ''
  const dataDir = mkdtempSync(join(tmpdir(), 'atalaya-data-'))
  process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }))
  const backend: BackendProcess = {
    address: '',
    dataDir,
    log: () => log,
    stop: async () => {
      if (child?.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
    start: async () => {
      const port = backend.address ? new URL(backend.address).port : '0'
      const started = spawn(process.execPath, [program], {
        env: {
          ...process.env,
          DATABASE_URL: databaseUrl,
          DATA_DIR: dataDir,
          PORT: port,
          LOG_LEVEL: 'debug',
          // The diallers of the tests are on this machine.
          WEBHOOK_NETWORKS: 'loopback',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      child = started
      backend.address = await new Promise<string>((resolve, reject) => {
        const hear = (chunk: Buffer) => {
          log += chunk.toString()
          const address = /^Atalaya backend on (\S+)$/m.exec(chunk.toString())?.[1]
          if (address) resolve(address)
        }
        started.stdout.on('data', hear)
        started.stderr.on('data', hear)
        started.once('exit', (code) => reject(new Error(`The backend ended with ${code}:\n${log}`)))
      })
    },
  }
  await backend.start()
  return backend
}
