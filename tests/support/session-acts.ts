import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import { mountFeatures, newServer } from '../../backend/app.ts'
import { system } from '../../backend/db/audit.ts'
import type { Database } from '../../backend/db/database.ts'
import { endSessions, overdue, reportActivity } from '../../backend/db/sessions.ts'
import type { EndCause } from '../../contract/sessions.ts'
import { call } from './backend.ts'
import { type Deed, left, reportInput } from './session-stories.ts'
import { type Act, type Place, setPolicies } from './session-world.ts'

type Doing = Parameters<Act>[0][number]

const end = async (db: Database, doings: readonly Doing[], cause: EndCause) => {
  if (doings.length === 0) return
  const ids = doings.map(({ place }) => place.id)
  await db.transaction().execute((tx) => endSessions(tx, ids, cause, system))
}

const isAsking = ({ deed }: Doing) =>
  deed.kind === 'report' || deed.kind === 'request' || deed.kind === 'sign-out'

/** What no workstation asks for. */
async function actOfOthers(db: Database, doings: readonly Doing[]): Promise<void> {
  const policies = doings.flatMap(({ place, deed }) =>
    deed.kind === 'policy' ? [{ place, minutes: deed.minutes }] : [],
  )
  await setPolicies(
    db,
    policies.map(({ place }) => place),
    policies.map((it) => it.minutes),
  )
  await end(
    db,
    doings.filter(({ deed }) => deed.kind === 'ended-by-other'),
    'ended-by-other',
  )
}

/** The deeds of thousands at once, by the backend's own statements. */
export const together =
  (db: Database): Act =>
  async (doings) => {
    await actOfOthers(db, doings)
    const answers = await report(db, doings)
    const unanswered = doings.filter((it) => isAsking(it) && !answers.has(it.place.id))
    for (const [id, cause] of await look(db, unanswered)) answers.set(id, `ended: ${cause}`)
    const leaving = unanswered.filter(
      ({ place, deed }) => deed.kind === 'sign-out' && !answers.has(place.id),
    )
    await end(db, leaving, 'signed-out')
    return doings.map(({ place, deed }) => answers.get(place.id) ?? otherwise(deed))
  }

const otherwise = (deed: Deed) =>
  deed.kind === 'report' && !reportInput(deed.idle) ? 'refused' : 'done'

/** The reports that pass the border, by session. Nobody has looked at it just before: the statement has to. */
async function report(db: Database, doings: readonly Doing[]): Promise<Map<string, string>> {
  const reports = doings.flatMap(({ place, deed }) => {
    const input = deed.kind === 'report' ? reportInput(deed.idle) : undefined
    return input ? [{ sessionId: place.id, ...input }] : []
  })
  const taken = await reportActivity(db, reports)
  return new Map(
    taken.map((it) => [it.sessionId, left(Math.round(it.remaining * 1000), it.minutes)]),
  )
}

/** Does for many what `authenticate` does for one: ends what is overdue, and says how it ended. */
async function look(db: Database, doings: readonly Doing[]): Promise<Map<string, EndCause>> {
  if (doings.length === 0) return new Map()
  const ids = doings.map(({ place }) => place.id)
  const due = await db
    .selectFrom('sessions as s')
    .innerJoin('workspaces as w', 'w.id', 's.workspace_id')
    .select(['s.id', overdue.as('cause')])
    .where('s.ended_at', 'is', null)
    .where(sql<boolean>`s.id = any(${ids}::uuid[])`)
    .execute()
  for (const cause of ['idle', 'expired'] as const) {
    const over = new Set(due.filter((it) => it.cause === cause).map(({ id }) => id))
    await end(
      db,
      doings.filter(({ place }) => over.has(place.id)),
      cause,
    )
  }
  const ended = await db
    .selectFrom('sessions')
    .select(['id', 'ended_cause'])
    .where(sql<boolean>`id = any(${ids}::uuid[])`)
    .where('ended_at', 'is not', null)
    .execute()
  return new Map(ended.flatMap((it) => (it.ended_cause ? [[it.id, it.ended_cause]] : [])))
}

/** A backend without its sweep: the story says when it sweeps. */
export async function startStill(db: Database): Promise<{ url: string; close: () => unknown }> {
  const app = newServer({ log: { level: 'silent' }, trustProxy: undefined })
  const never = () => Promise.reject(new Error('nobody asked for this'))
  const services = { reach: never, sendMail: never, sendWebhooks: never, forgot: never }
  await mountFeatures(app, { db, ...services })
  await app.listen({ port: 0, host: '127.0.0.1' })
  // It listens on a port.
  const { port } = app.server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => app.close() }
}

/** The deeds of some, each by a request of its own. */
export const overHttp =
  (db: Database, url: string): Act =>
  async (doings) => {
    await actOfOthers(db, doings)
    return Promise.all(
      doings.map((it) => (isAsking(it) ? ask(url, it.place, it.deed) : Promise.resolve('done'))),
    )
  }

async function ask(url: string, { token }: Place, deed: Deed): Promise<string> {
  const { status, problem, body } =
    deed.kind === 'report'
      ? await call(url, 'sessions.report', { idleSeconds: deed.idle / 1000 }, token)
      : deed.kind === 'sign-out'
        ? await call(url, 'sessions.end', { cause: 'signed-out' }, token)
        : await call(url, 'sessions.current', {}, token)
  if (problem === 'invalid-input') return 'refused'
  if (problem === 'session-ended') return `ended: ${String(body['cause'])}`
  if (status !== 200) return `${status} ${problem ?? ''}`
  if (deed.kind !== 'report') return 'done'
  return left(Math.round(Number(body['remainingSeconds']) * 1000), Number(body['idleMinutes']))
}
