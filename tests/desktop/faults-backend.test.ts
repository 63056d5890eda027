import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { asOwner } from '../support/as-owner.ts'
import {
  ends,
  expect,
  expectAtWork,
  expectEnded,
  expectOver,
  pass,
  passOnBackend,
  pastDeadline,
  startKeptWork,
  startWork,
  test as base,
} from './faults.ts'

interface Nonsense {
  port: number
  /** What everybody is answered from now on. */
  say: (status: number, type: string, body: string) => void
}

/** A server in the backend's place, as a proxy or a hotel's portal puts one there. */
const test = base.extend<{ nonsense: Nonsense }>({
  nonsense: async ({}, use) => {
    let answer = { status: 500, type: 'text/html', body: '' }
    const server = createServer((_request, response) => {
      response.writeHead(answer.status, { 'content-type': answer.type, connection: 'close' })
      response.end(answer.body)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    await use({
      // Listening on a port, it has an address of this kind.
      port: (server.address() as AddressInfo).port,
      say: (status, type, body) => (answer = { status, type, body }),
    })
    server.closeAllConnections()
    server.close()
  },
})

const page = '<!doctype html><title>Portal</title><h1>Sign in to the network</h1>'
const internal = JSON.stringify({
  type: 'urn:atalaya:problem:internal',
  title: 'Something failed on our side',
  status: 500,
})
const answers = [
  [500, 'text/html', page, /^bad-answer$/],
  [500, 'application/problem+json', internal, /^internal$/],
  [200, 'text/html', page, /^bad-answer$/],
  [401, 'text/html', page, /^bad-answer$/],
  [200, 'application/json', '{}', /^bad-answer$/],
] as const

test.describe('a backend', () => {
  test.slow()

  test('that answers errors and pages ends no session, and puts off no end', async ({
    openDesktop,
    network,
    nonsense,
    backend,
    database,
  }) => {
    const desktop = await openDesktop({ backend: network.address })
    await startKeptWork(desktop)
    for (const [status, type, body, answer] of answers) {
      nonsense.say(status, type, body)
      network.lead(nonsense.port)
      await expectAtWork(desktop, answer)
    }
    const own = Number(new URL(backend.address).port)
    network.lead(own)
    await expectAtWork(desktop)
    expect(await ends(database)).toEqual([null])

    nonsense.say(500, 'text/html', page)
    network.lead(nonsense.port)
    await pass(desktop, pastDeadline)
    await expectOver(desktop, 'idle')
    network.lead(own)
    await expectEnded(database, 'idle')
  })

  test('that is restarted past the deadline is told of the end', async ({
    desktop,
    backend,
    database,
  }) => {
    await startKeptWork(desktop)
    await backend.stop()
    await pass(desktop, pastDeadline)
    await expectOver(desktop, 'idle')
    expect(await ends(database)).toEqual([null])
    await backend.start()
    await expectEnded(database, 'idle')
  })

  test('whose own deadline passed while it was down ends the session', async ({
    desktop,
    backend,
    database,
  }) => {
    await startKeptWork(desktop)
    await backend.stop()
    await passOnBackend(database, pastDeadline)
    await expectAtWork(desktop, /^offline$/)
    await backend.start()
    await expectOver(desktop, 'idle')
    await expectEnded(database, 'idle')
  })

  test('whose database is restarted ends no session, and still tells what changes', async ({
    desktop,
    backend,
    database,
  }) => {
    await startWork(desktop)
    await expectAtWork(desktop)
    const cut = await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    )
    expect(cut.length).toBeGreaterThan(1)
    await expectAtWork(desktop)
    expect(await ends(database)).toEqual([null])

    // Ten minutes without a hand on the desktop, which only a shorter policy makes too many.
    await pass(desktop, 600)
    await passOnBackend(database, 600)
    await expectAtWork(desktop)
    await asOwner(backend.address, 'PUT', '/workspace/idle', { minutes: 5 })
    await expectOver(desktop, 'idle')
    await expectEnded(database, 'idle')
  })
})
