import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import pg from 'pg'
import { heartbeat, type LiveEvent, livePath } from '../contract/live.ts'
import { ProblemError } from '../contract/problem.ts'
import { authenticate, type Caller } from './caller.ts'
import type { Database } from './db/database.ts'
import { liveChannel, Notice } from './db/notify.ts'
import { isAway } from './db/sessions.ts'
import { bearerToken } from './serve.ts'

/** Bytes that a stream may lag behind before its reader is dropped; it connects again and asks anew. */
const longestLag = 64 * 1024

/** One open stream. */
interface Reader {
  caller: Caller
  tell: (event: LiveEvent) => void
  close: () => void
}

export interface Live {
  /** Closes the streams of sessions that are away. */
  closeAway: () => Promise<void>
  close: () => Promise<void>
}

/** Server-sent events: what any process changes reaches the streams of all (LISTEN/NOTIFY). */
export function serveLive(
  app: FastifyInstance,
  db: Database,
  databaseUrl: string,
  onFailure: (error: unknown) => void,
): Live {
  const readers = new Set<Reader>()
  const closeAll = () => {
    for (const reader of [...readers]) reader.close()
  }
  // Without the listener a change could be missed: the desktops have to connect again and ask anew.
  const listener = listen(databaseUrl, (notice) => pass(notice, readers), closeAll, onFailure)

  app.get(livePath, { schema: { hide: true } }, async (request, reply) => {
    const token = bearerToken(request)
    const caller = await authenticate(db, token, request.ip)
    if (!listener.connected()) throw new ProblemError('unavailable')

    const { reader, start } = prepare(caller, readers, reply.raw)
    readers.add(reader)
    try {
      // Again, now that no event can slip by between looking and listening.
      const { workspace } = await authenticate(db, token, request.ip)
      reply.hijack()
      start(reply.getHeaders(), { kind: 'idle-policy', minutes: workspace.idleMinutes })
    } catch (error) {
      readers.delete(reader)
      throw error
    }
  })

  return {
    closeAway: () => closeAway(db, readers),
    close: async () => {
      closeAll()
      await listener.close()
    },
  }
}

function pass({ workspaceId, userId, sessionId, event }: Notice, readers: Set<Reader>): void {
  for (const reader of [...readers]) {
    const { workspace, person, session } = reader.caller
    if (workspace.id !== workspaceId) continue
    if (userId !== undefined && userId !== person.id) continue
    if (sessionId !== undefined && sessionId !== session.id) continue
    reader.tell(event)
    if (event.kind === 'session-ended') reader.close()
  }
}

async function closeAway(db: Database, readers: Set<Reader>): Promise<void> {
  if (readers.size === 0) return
  const ids = [...readers].map(({ caller }) => caller.session.id)
  const away = await db
    .selectFrom('sessions as s')
    .select('s.id')
    .where('s.id', 'in', ids)
    // Those that have ended close when they are told so.
    .where('s.ended_at', 'is', null)
    .where(isAway)
    .execute()
  const leave = new Set(away.map(({ id }) => id))
  for (const reader of [...readers]) if (leave.has(reader.caller.session.id)) reader.close()
}

/** A reader that keeps what it is told until `start` sends the headers. */
function prepare(caller: Caller, readers: Set<Reader>, response: ServerResponse) {
  const early: LiveEvent[] = []
  let beat: NodeJS.Timeout | undefined
  const write = (text: string) => {
    response.write(text)
    if (response.writableLength > longestLag) response.destroy()
  }
  const send = (event: LiveEvent) => write(`data: ${JSON.stringify(event)}\n\n`)
  const reader: Reader = {
    caller,
    tell: (event) => (response.headersSent ? send(event) : early.push(event)),
    close: () => {
      readers.delete(reader)
      clearInterval(beat)
      if (response.headersSent) response.end()
    },
  }

  // From the first moment: whoever leaves before the stream starts is not heard of afterwards.
  response.on('close', reader.close)

  const start = (headers: Record<string, unknown>, first: LiveEvent) => {
    if (response.destroyed) return
    for (const [name, value] of Object.entries(headers))
      if (typeof value === 'string') response.setHeader(name, value)
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
    for (const event of [first, ...early]) send(event)
    beat = setInterval(() => write(': alive\n\n'), heartbeat)
    if (early.some(({ kind }) => kind === 'session-ended') || !readers.has(reader)) reader.close()
  }
  return { reader, start }
}

/** A connection of its own that listens, and connects again when it is lost. */
function listen(
  databaseUrl: string,
  onNotice: (notice: Notice) => void,
  onLost: () => void,
  onFailure: (error: unknown) => void,
) {
  const closing = new AbortController()
  let current: pg.Client | undefined

  const once = async () => {
    const client = new pg.Client({
      connectionString: databaseUrl,
      keepAlive: true,
      connectionTimeoutMillis: 5000,
      application_name: 'atalaya live',
    })
    const lost = new Promise<void>((resolve) => client.on('end', resolve))
    client.on('error', onFailure)
    client.on('notification', ({ payload = '' }) => {
      try {
        onNotice(Notice.parse(JSON.parse(payload)))
      } catch (error) {
        // Of a newer version, during an upgrade: its event is not known here.
        onFailure(error)
      }
    })
    await client.connect()
    await client.query(`listen ${liveChannel}`)
    current = client
    if (closing.signal.aborted) await client.end()
    await lost
  }

  const loop = async () => {
    while (!closing.signal.aborted) {
      await once().catch(onFailure)
      current = undefined
      onLost()
      await delay(500, undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }
  const running = loop()
  return {
    connected: () => current !== undefined,
    close: async () => {
      closing.abort()
      await current?.end()
      await running
    },
  }
}
