import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../backend/db/database.ts'
import {
  addWorkspace,
  type BackendProcess,
  call,
  newDatabase,
  newDevice,
  spawnBackend,
  trySignIn,
} from '../support/backend.ts'

/**
 * Random supervisors against a model of a few lines: three processes, one database. Time passes in
 * steps of 30 s, by moving what the database remembers; a lease is three of them.
 */
const step = 30
const lease = 3
const people = 7

let db: Database
let processes: BackendProcess[]
beforeAll(async () => {
  const made = await newDatabase()
  db = made.db
  processes = await Promise.all([1, 2, 3].map(() => spawnBackend({ DATABASE_URL: made.url })))
})
afterAll(async () => {
  await Promise.all(processes.map(({ stop }) => stop()))
  await db.destroy()
})

/** mulberry32: the same seed, the same story. */
function chance(seed: number) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let it = Math.imul(state ^ (state >>> 15), 1 | state)
    it = (it + Math.imul(it ^ (it >>> 7), 61 | it)) ^ it
    return ((it ^ (it >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    below,
    one: <T>(list: readonly T[]): T | undefined => list[below(list.length)],
  }
}

interface Desk {
  person: number
  token: string
  /** Steps since the last report. */
  age: number
  /** Switched off, or cut off for good: it never reports again. */
  crashed: boolean
}
interface Place {
  person: number
  ticket: string
}

/** The reference: who has a seat, who is in line, and who may come in. */
class Model {
  licences: number
  /** By person and device. */
  desks = new Map<string, Desk>()
  line: Place[] = []
  constructor(licences: number) {
    this.licences = licences
  }
  seated = () =>
    new Set([...this.desks.values()].filter(({ age }) => age < lease).map(({ person }) => person))
  /** People in line before this one. */
  ahead(person: number): number {
    const seated = this.seated()
    const own = this.line.findIndex((it) => it.person === person)
    const before = own < 0 ? this.line : this.line.slice(0, own)
    return new Set(before.map((it) => it.person).filter((it) => it !== person && !seated.has(it)))
      .size
  }
  hasRoom(person: number): boolean {
    const seated = this.seated()
    return seated.has(person) || this.licences - seated.size > this.ahead(person)
  }
}

class Story {
  readonly link: string
  readonly workspaceId: string
  readonly model: Model
  readonly random: ReturnType<typeof chance>
  readonly devices = Array.from({ length: people * 2 }, newDevice)
  /** Told when it goes wrong. */
  readonly log: string[] = []

  constructor(link: string, workspaceId: string, licences: number, seed: number) {
    this.link = link
    this.workspaceId = workspaceId
    this.model = new Model(licences)
    this.random = chance(seed)
  }

  url = () => this.random.one(processes)?.url ?? ''

  async signIn(person: number) {
    const device = person * 2 + this.random.below(2)
    const expected = this.model.hasRoom(person)
    const answer = await trySignIn(this.url(), {
      workspace: this.link,
      email: `agent${person}@${this.link}.test`,
      device: this.devices[device] ?? newDevice(),
    })
    this.log.push(`person ${person} signs in: ${answer.status}`)
    expect(answer.status).toBe(expected ? 200 : 409)
    if (expected) this.sit(person, device, String(answer.body['token']))
    else this.tickets.set(`${person} ${device}`, String(answer.body['ticket']))
  }

  /** Tickets of those who are not in line, by person and device. */
  tickets = new Map<string, string>()

  sit(person: number, device: number, token: string) {
    this.model.desks.set(`${person} ${device}`, { person, token, age: 0, crashed: false })
  }

  async signOut() {
    const [key, desk] = this.random.one([...this.model.desks]) ?? []
    if (!key || !desk || desk.crashed) return
    const answer = await call(this.url(), 'sessions.end', { cause: 'signed-out' }, desk.token)
    this.log.push(`person ${desk.person} signs out: ${answer.status}`)
    expect(answer.status).toBe(200)
    this.model.desks.delete(key)
  }

  crash() {
    const desk = this.random.one([...this.model.desks.values()])
    if (!desk) return
    this.log.push(`a desk of person ${desk.person} crashes`)
    desk.crashed = true
  }

  /** Time passes; those who are there report, unless the network is gone for the moment. */
  async step() {
    await sql`update sessions set last_report_at = last_report_at - ${step} * interval '1 second'
      where workspace_id = ${this.workspaceId}`.execute(db)
    const networkGone = this.random.below(4) === 0
    this.log.push(`30 seconds pass${networkGone ? ', without a network' : ''}`)
    for (const desk of this.model.desks.values()) desk.age += 1
    if (networkGone) return
    for (const desk of this.model.desks.values()) if (!desk.crashed) await this.report(desk)
  }

  async report(desk: Desk) {
    const expected = desk.age < lease || this.model.hasRoom(desk.person)
    const answer = await call(this.url(), 'sessions.report', { idleSeconds: 0 }, desk.token)
    this.log.push(`person ${desk.person} reports after ${desk.age}: ${answer.status}`)
    expect(answer.status).toBe(expected ? 200 : 409)
    if (expected) desk.age = 0
  }

  async setLicences() {
    this.model.licences = 1 + this.random.below(4)
    this.log.push(`there are ${this.model.licences} licences`)
    await db
      .updateTable('workspaces')
      .set({ licences: this.model.licences })
      .where('id', '=', this.workspaceId)
      .execute()
  }

  async getInLine() {
    const [key, ticket] = this.random.one([...this.tickets]) ?? []
    if (!key || !ticket) return
    this.tickets.delete(key)
    const [person = 0] = key.split(' ').map(Number)
    // A new ticket of the same desk made the one before worthless, also where that one was in line.
    this.model.line.push({ person, ticket })
    await this.ask({ person, ticket })
  }

  async ask(place: Place | undefined = this.random.one(this.model.line)) {
    if (!place) return
    const expected = this.model.hasRoom(place.person)
    const answer = await call(this.url(), 'seats.wait', { ticket: place.ticket })
    this.log.push(`person ${place.person} asks: ${answer.status} ${String(answer.body['status'])}`)
    if (answer.problem === 'ticket-expired') {
      // Signed in, or refused, again from the same desk.
      expect(await this.exists(place.ticket)).toBe(false)
      this.leaveLine(place)
      return
    }
    expect(answer.body['status']).toBe(expected ? 'admitted' : 'waiting')
    if (!expected) {
      expect(answer.body['waiting']).toBe(this.model.ahead(place.person))
      return
    }
    this.leaveLine(place)
    const token = String(answer.body['token'])
    const device = await this.deviceOf((answer.body['session'] as { id: string }).id)
    this.sit(place.person, device, token)
  }

  leaveLine(place: Place) {
    this.model.line = this.model.line.filter((it) => it !== place && it.ticket !== place.ticket)
  }

  async exists(ticket: string) {
    const hash = createHash('sha256').update(ticket).digest()
    const rows = await db
      .selectFrom('seat_tickets')
      .select('id')
      .where('token_hash', '=', hash)
      .execute()
    return rows.length > 0
  }

  async deviceOf(sessionId: string) {
    const { device_id: id } = await db
      .selectFrom('sessions')
      .select('device_id')
      .where('id', '=', sessionId)
      .executeTakeFirstOrThrow()
    return this.devices.findIndex((device) => device.id === id)
  }

  /** By leaving, or by closing the window without a word. */
  async giveUp() {
    const place = this.random.one(this.model.line)
    if (!place) return
    this.log.push(`person ${place.person} gives up`)
    this.leaveLine(place)
    if (this.random.below(2) === 0) await call(this.url(), 'seats.leave', { ticket: place.ticket })
    else
      await sql`delete from seat_tickets where token_hash =
      ${createHash('sha256').update(place.ticket).digest()}`.execute(db)
  }

  /** Everybody at once; what each is told has to fit together. */
  async storm() {
    const before = this.model.seated().size
    const attempts = await Promise.all(
      Array.from({ length: people }, async (_, person) => {
        const device = person * 2
        const answer = await trySignIn(processes[person % 3]?.url ?? '', {
          workspace: this.link,
          email: `agent${person}@${this.link}.test`,
          device: this.devices[device] ?? newDevice(),
        })
        return { person, device, answer }
      }),
    )
    this.log.push(`a storm: ${attempts.map(({ answer }) => answer.status).join(' ')}`)
    for (const { person, device, answer } of attempts) {
      expect([200, 409]).toContain(answer.status)
      if (answer.status === 200) this.sit(person, device, String(answer.body['token']))
      else this.tickets.set(`${person} ${device}`, String(answer.body['ticket']))
    }
    const after = this.model.seated().size
    expect(after).toBeLessThanOrEqual(Math.max(before, this.model.licences))
    await this.forgetLostTickets()
    const waiting = new Set(this.model.line.map(({ person }) => person)).size
    if (attempts.some(({ answer }) => answer.status === 409))
      expect(after + waiting).toBeGreaterThanOrEqual(this.model.licences)
  }

  /** A refusal at a desk replaces its ticket, also one that was in line. */
  async forgetLostTickets() {
    for (const place of [...this.model.line])
      if (!(await this.exists(place.ticket))) this.leaveLine(place)
  }

  /** Those in line ask every 3 s; the story is slower. */
  keepAsking = () =>
    sql`update seat_tickets set asked_at = now() where workspace_id = ${this.workspaceId}
      and queued_at is not null`.execute(db)

  /** Seats as the database has them, asked in other words than the backend's. */
  async taken(): Promise<number> {
    const { rows } = await sql<{ taken: number }>`
      select count(*)::int as taken from users u where exists (
        select from sessions s where s.user_id = u.id and s.ended_at is null
          and now() - s.last_report_at < interval '90 seconds')
        and u.workspace_id = ${this.workspaceId}`.execute(db)
    return rows[0]?.taken ?? -1
  }

  async turn() {
    const deeds: (() => unknown)[] = [
      ...Array.from({ length: 5 }, () => () => this.signIn(this.random.below(people))),
      ...Array.from({ length: 2 }, () => () => this.signOut()),
      ...Array.from({ length: 3 }, () => () => this.ask()),
      ...Array.from({ length: 2 }, () => () => this.getInLine()),
      () => this.crash(),
      () => this.step(),
      () => this.step(),
      () => this.setLicences(),
      () => this.giveUp(),
      () => this.storm(),
    ]
    await this.keepAsking()
    await this.random.one(deeds)?.()
    await this.forgetLostTickets()
    expect(await this.taken()).toBe(this.model.seated().size)
  }

  /** When everybody is gone, every seat can be had again. */
  async nothingIsLost() {
    await sql`update sessions set last_report_at = last_report_at - interval '95 seconds'
      where workspace_id = ${this.workspaceId}`.execute(db)
    await sql`update seat_tickets set asked_at = now() - interval '20 seconds'
      where workspace_id = ${this.workspaceId}`.execute(db)
    const { licences } = this.model
    for (let person = 0; person <= licences; person += 1) {
      const answer = await trySignIn(this.url(), {
        workspace: this.link,
        email: `agent${person}@${this.link}.test`,
      })
      expect(answer.status).toBe(person < licences ? 200 : 409)
    }
  }
}

describe('seats against their model', () => {
  const first = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
  test.each([0, 1, 2, 3])(
    'never more than the limit, none lost, first come first served (%i)',
    async (index) => {
      const seed = first + index
      const link = `story-${seed}`
      const licences = 1 + (seed % 4)
      const id = await addWorkspace(db, { link, licences, agents: people })
      const story = new Story(link, id, licences, seed)
      const end = performance.now() + 15_000
      try {
        for (let turn = 0; turn < 80 && performance.now() < end; turn += 1) await story.turn()
        await story.nothingIsLost()
      } catch (error) {
        const told = story.log.slice(-25).join('\n')
        throw new Error(`SEED=${seed}\n${told}`, { cause: error })
      }
    },
    60_000,
  )
})
