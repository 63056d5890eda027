import { demoPassword } from '../../backend/db/seed.ts'
import type { NetworkFault } from '../support/tcp-proxy.ts'
import {
  ends,
  expect,
  expectAtWork,
  expectEnded,
  expectOver,
  pass,
  pastDeadline,
  seen,
  someone,
  startKeptWork,
  startWork,
  test,
} from './faults.ts'
import { type Desktop, fillSignIn } from './fixtures.ts'
import { words } from './words.ts'

/** What a call meets during each of them. */
const faults: [fault: NetworkFault, what: string, answer: RegExp][] = [
  ['silence', 'in which nothing gets through', /^nothing$/],
  ['delay', 'in which everything takes five seconds', /^nothing$/],
  ['half-open', 'whose other end is gone unnoticed', /^nothing$/],
  ['reset', 'that cuts everybody off', /^offline$/],
]

const status = ({ page }: Desktop, state: string) =>
  page.getByRole('status').filter({ hasText: words(`connection.${state}`) })

interface Dns {
  lookup: (host: string, options: unknown, callback: (error: Error | null) => void) => void
  real?: Dns['lookup']
}

/** Whether main finds the address of any name: the system's own answers cannot be changed from here. */
const knowNames = ({ app }: Desktop, known: boolean) =>
  app.evaluate((_electron, found) => {
    // As in `pass`.
    const { mainModule } = process as unknown as { mainModule: { require: (name: 'dns') => Dns } }
    const dns = mainModule.require('dns')
    dns.real ??= dns.lookup
    dns.lookup = found
      ? dns.real
      : (host, _options, callback) => {
          const error = new Error(`getaddrinfo ENOTFOUND ${host}`)
          process.nextTick(() => callback(Object.assign(error, { code: 'ENOTFOUND' })))
        }
  }, known)

test.describe('a network', () => {
  test.slow()

  for (const [fault, what, answer] of faults)
    test(`${what} ends no session, and puts off no end`, async ({
      openDesktop,
      network,
      database,
    }) => {
      const desktop = await openDesktop({ backend: network.address })
      await startKeptWork(desktop)
      network.suffer(fault)
      await expectAtWork(desktop, answer)
      // The app finds out by itself that its stream is dead.
      if (fault === 'half-open')
        await expect(status(desktop, 'online')).toHaveCount(0, { timeout: 60_000 })
      network.suffer('none')
      await expect(status(desktop, 'online')).toBeVisible({ timeout: 30_000 })
      await expectAtWork(desktop)
      expect(await ends(database)).toEqual([null])

      network.suffer(fault)
      await pass(desktop, pastDeadline)
      await expectOver(desktop, 'idle')
      network.suffer('none')
      await expectEnded(database, 'idle')
    })

  test('that is away at a restart: nobody is shown, and the session ends in time', async ({
    openDesktop,
    network,
    database,
  }) => {
    const first = await openDesktop({ backend: network.address })
    await startKeptWork(first)
    await first.kill()
    network.suffer('reset')

    const second = await openDesktop({ backend: network.address, userData: first.userData })
    await expect(second.page.getByText(words('session.resuming'))).toBeVisible()
    const waiting = await seen(second)
    expect(waiting).toMatchObject({ status: 'resuming', answer: 'not-signed-in' })
    expect(waiting?.text).not.toContain(someone.name)

    await pass(second, pastDeadline)
    await expectOver(second, 'idle')
    network.suffer('none')
    await expectEnded(database, 'idle')
  })

  test('that knows the backend’s name no more ends no session, and puts off no end', async ({
    openDesktop,
    network,
    database,
  }) => {
    const desktop = await openDesktop({ backend: network.address })
    await startWork(desktop)
    await knowNames(desktop, false)
    network.suffer('reset')
    network.suffer('none')
    await expectAtWork(desktop, /^offline$/)
    await pass(desktop, pastDeadline)
    await expectOver(desktop, 'idle')
    expect(await ends(database)).toEqual([null])
    await knowNames(desktop, true)
    await expectEnded(database, 'idle')
  })

  test('that never knew it is told in words, and the window goes on', async ({ openDesktop }) => {
    const { page } = await openDesktop({ backend: 'https://backend.atalaya.invalid' })
    await fillSignIn(page, someone.email, demoPassword)
    await expect(page.getByText(words('problems.offline'))).toBeVisible({ timeout: 60_000 })
    await expect(page.getByRole('button', { name: words('sign-in.submit') })).toBeEnabled()
  })
})
