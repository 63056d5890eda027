import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { State } from '../../electron/state-file.ts'
import { enter } from './fixtures.ts'
import {
  ends,
  expect,
  expectAtWork,
  expectEnded,
  expectOver,
  machineTells,
  pass,
  pastDeadline,
  someone,
  startKeptWork,
  startWork,
  test,
} from './faults.ts'

/** As if somebody had set the clock on the wall while the app was closed. */
function moveWallInFile(userData: string, ms: number): void {
  const path = join(userData, 'state.json')
  // The app itself has written it.
  const { session, ...rest } = JSON.parse(readFileSync(path, 'utf8')) as State
  if (!session) throw new Error('No session is kept')
  for (const stamp of [session.signedIn, session.lastInput]) stamp.wall -= ms
  writeFileSync(path, JSON.stringify({ ...rest, session }))
}

test.describe('the clock', () => {
  test.slow()

  for (const hours of [2, -2])
    test(`set ${hours > 0 ? 'forward' : 'back'} by two hours ends no session, and puts off no end`, async ({
      openDesktop,
      database,
    }) => {
      const ms = hours * 3_600_000
      const first = await openDesktop()
      await startKeptWork(first)
      await first.app.evaluate((_electron, moved) => {
        const { now } = Date
        Date.now = () => now() + moved
      }, ms)
      await machineTells(first, 'unlock-screen')
      await expectAtWork(first)
      await first.kill()

      moveWallInFile(first.userData, ms)
      const second = await openDesktop({ userData: first.userData })
      await expectAtWork(second)
      expect(await ends(database)).toEqual([null])
      await second.app.evaluate((_electron, moved) => {
        const { now } = Date
        Date.now = () => now() + moved
      }, -ms)
      await pass(second, pastDeadline)
      await expectOver(second, 'idle')
      await expectEnded(database, 'idle')
    })

  test('of the machine an hour further: the next call is refused already', async ({
    desktop,
    database,
  }) => {
    await startKeptWork(desktop)
    await pass(desktop, pastDeadline)
    const reply = await desktop.page.evaluate(() => window.atalaya.call('account.show', {}))
    expect(reply).toMatchObject({
      ok: false,
      problem: { type: 'urn:atalaya:problem:not-signed-in' },
    })
    await expectOver(desktop, 'idle')
    expect(desktop.isKept()).toBe(false)
    await expectEnded(database, 'idle')
  })
})

test.describe('the sleep of the machine', () => {
  test.slow()

  test('that is told late, twice or in the wrong order ends a session once', async ({
    desktop,
    database,
  }) => {
    await startKeptWork(desktop)
    await machineTells(desktop, 'resume', 'resume')
    await expectAtWork(desktop)

    await machineTells(desktop, 'resume', 'suspend', 'suspend', 'resume', 'resume')
    await expectOver(desktop, 'suspended')
    await expectEnded(database, 'suspended')

    await enter(desktop.page, someone.email)
    await machineTells(desktop, 'resume', 'resume')
    await expectAtWork(desktop)
    expect(await ends(database)).toEqual(['suspended', null])
  })

  test('that nobody told of, past the deadline: the session is over at the waking', async ({
    desktop,
    database,
  }) => {
    await startWork(desktop)
    await pass(desktop, pastDeadline)
    await machineTells(desktop, 'resume', 'suspend', 'resume')
    await expectOver(desktop, 'idle')
    await expectEnded(database, 'idle')
  })
})
