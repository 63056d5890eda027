import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Database } from '../../backend/db/database.ts'
import { addDeliveries } from '../../backend/db/webhooks.ts'
import { type Jobs, startJobs } from '../../backend/jobs.ts'
import { addWorkspace, newDatabase } from '../support/backend.ts'

/** Far more than a second, which is how often the queue is looked at. */
const within = { timeout: 8000, interval: 20 }
const slots = 10

let db: Database
let jobs: Jobs
let acme: string
let other: string
/** The messages that were begun, in order. */
let begun: string[]
/** What ends a message that was begun: at first nobody answers. */
let ends: Map<string, () => void>
/** What else happens while a message is sent. */
let meanwhile: (id: string) => Promise<void>

beforeEach(async () => {
  ;({ db } = await newDatabase())
  acme = await addWorkspace(db)
  other = await addWorkspace(db, { link: 'other' })
  begun = []
  ends = new Map()
  meanwhile = () => Promise.resolve()
  const nothing = () => Promise.resolve()
  const sendWebhook = async ({ id }: { id: string }) => {
    begun.push(id)
    await meanwhile(id)
    await new Promise<void>((resolve) => ends.set(id, resolve))
    await sql`update webhook_deliveries set state = 'delivered' where id = ${id}`.execute(db)
  }
  jobs = startJobs(db, { deliver: nothing, mailReset: nothing, sendWebhook }, () => undefined)
})
afterEach(async () => {
  const stopped = jobs.stop()
  for (const end of ends.values()) end()
  await stopped
  await db.destroy()
})

/** Puts messages of a workspace in the queue; answers their ids. */
async function send(workspaceId: string, count = 1): Promise<string[]> {
  const messages = Array.from({ length: count }, () => ({
    type: 'webhook.test' as const,
    data: {},
  }))
  return db.transaction().execute(async (tx) => {
    const ids = (await addDeliveries(tx, workspaceId, messages)).map(({ id }) => id)
    await jobs.sendWebhooks(tx, workspaceId, ids)
    return ids
  })
}
const haveBegun = (count: number) => vi.waitFor(() => expect(begun).toHaveLength(count), within)
const end = (id: string | undefined) => ends.get(id ?? '')?.()

describe('a workspace whose receiver does not answer', () => {
  test('holds up nobody else while slots are left', async () => {
    await send(acme, slots - 1)
    await haveBegun(slots - 1)
    for (let turn = 0; turn < 2; turn += 1) {
      const [id] = await send(other)
      await haveBegun(slots + turn)
      expect(begun.at(-1)).toBe(id)
      end(id)
    }
  })

  test('leaves the next free slot to who has less on the way, however much it has in the queue', async () => {
    await send(acme, slots)
    await haveBegun(slots)
    await send(acme, 5)
    const [id] = await send(other)
    end(begun[0])
    await haveBegun(slots + 1)
    expect(begun.at(-1)).toBe(id)
  })
})

test('a message that is put in the queue again while it is being done is done again', async () => {
  const again = (id: string) => db.transaction().execute((tx) => jobs.sendWebhooks(tx, acme, [id]))
  meanwhile = async (id) => {
    if (begun.length === 1) await again(id)
  }
  // Done in an instant, which is less than the queue takes to look again.
  vi.spyOn(ends, 'set').mockImplementation((_id, resolve) => (resolve(), ends))
  const [id] = await send(acme)
  await haveBegun(2)
  expect(begun).toEqual([id, id])
})
