import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { hashToken } from '../../backend/tokens.ts'
import { type Database, openDatabase } from '../../backend/db/database.ts'
import { endOverdue } from '../../backend/sweep.ts'
import { newDatabase } from './backend.ts'
import type { Deed, Story } from './session-stories.ts'

/** A database whose clock stands still, so that nothing is ever a matter of a millisecond. */
export async function frozenDatabase(): Promise<Database> {
  const { url, db } = await newDatabase()
  const name = new URL(url).pathname.slice(1)
  await sql`create schema frozen`.execute(db)
  await sql`create function frozen.now() returns timestamptz language sql immutable
    as $$ select timestamptz '2026-03-02T10:00:00Z' $$`.execute(db)
  // Asked before the one of PostgreSQL by every connection from now on.
  await sql`alter database ${sql.ref(name)} set search_path = frozen, pg_catalog, public`.execute(
    db,
  )
  await db.destroy()
  return openDatabase(url, () => undefined)
}

/** One session, in a workspace of its own. */
export interface Place {
  workspaceId: string
  userId: string
  id: string
  token: string
}

/** So many workspaces, each with one person. */
export async function addPlaces(db: Database, count: number): Promise<Place[]> {
  const { rows } = await sql<{ workspaceId: string; userId: string }>`
    with w as (
      insert into workspaces (link, name, licences)
      select 'w' || n, 'w' || n, 1 from generate_series(1, ${count}) n returning id)
    insert into users (workspace_id, email, name, role, language, password_hash)
    select id, 'owner@w.test', 'Owner', 'owner', 'en', 'none' from w
    returning workspace_id as "workspaceId", id as "userId"`.execute(db)
  await sql`analyze workspaces, users`.execute(db)
  return rows.map((it) => ({ ...it, id: '', token: '' }))
}

/** Signs everybody in anew; what was before is forgotten. */
export async function begin(
  db: Database,
  places: readonly Place[],
  stories: readonly Story[],
): Promise<Place[]> {
  const begun = places.slice(0, stories.length).map((it) => {
    const id = randomUUID()
    return { ...it, id, token: id }
  })
  await sql`truncate sessions`.execute(db)
  await sql`insert into sessions (id, workspace_id, user_id, token_hash, device_id, device_name,
      device_platform, device_version, address, created_at, last_activity_at, last_report_at, expires_at)
    select s.id, w, u, hash, s.id, 'desk', 'linux', '1', '::1', now(), now(), now(),
      now() + life * interval '1 millisecond'
    from unnest(${begun.map(({ id }) => id)}::uuid[], ${begun.map((it) => it.workspaceId)}::uuid[],
      ${begun.map(({ userId }) => userId)}::uuid[], ${begun.map(({ token }) => hashToken(token))}::bytea[],
      ${stories.map(({ lifeLeft }) => lifeLeft)}::float[]) as s (id, w, u, hash, life)`.execute(db)
  // As the autovacuum may or may not do it meanwhile: the plans are to be those of a full table.
  await sql`analyze sessions`.execute(db)
  await setPolicies(
    db,
    begun,
    stories.map((it) => it.minutes),
  )
  return begun
}

export async function setPolicies(
  db: Database,
  places: readonly Place[],
  minutes: readonly number[],
): Promise<void> {
  if (places.length === 0) return
  await sql`update workspaces w set idle_minutes = p.minutes
    from unnest(${places.map((it) => it.workspaceId)}::uuid[], ${minutes}::int[]) as p (id, minutes)
    where w.id = p.id`.execute(db)
}

/** Lets time pass for each session, milliseconds: its moments are moved into the past. */
export async function passEach(
  db: Database,
  places: readonly Place[],
  milliseconds: readonly number[],
): Promise<void> {
  await sql`update sessions s set
      created_at = created_at - p.time, last_activity_at = last_activity_at - p.time,
      last_report_at = last_report_at - p.time, expires_at = expires_at - p.time
    from (select id, ms * interval '1 millisecond' as time
      from unnest(${places.map(({ id }) => id)}::uuid[], ${milliseconds}::float[]) as u (id, ms)) p
    where s.id = p.id and s.ended_at is null`.execute(db)
}

/** All that is overdue: a sweep of the backend takes some hundreds. */
export async function sweepAll(db: Database, sessions: number): Promise<void> {
  for (let swept = 0; swept < sessions; swept += 500) await endOverdue(db)
}

export interface Row {
  cause: string | null
  /** Milliseconds since the last known touch, and until the end of its life. */
  idle: number
  life: number
}

/** The first session that does not stand as expected. */
export async function firstOdd(
  db: Database,
  places: readonly Place[],
  expected: readonly Row[],
): Promise<{ id: string; row: Row } | undefined> {
  const { rows } = await sql<{ id: string } & Row>`
    select s.id, s.ended_cause as cause,
      extract(epoch from now() - s.last_activity_at)::float * 1000 as idle,
      extract(epoch from s.expires_at - now())::float * 1000 as life
    from unnest(${places.map(({ id }) => id)}::uuid[], ${expected.map(({ cause }) => cause)}::text[],
      ${expected.map(({ idle }) => idle)}::float[], ${expected.map(({ life }) => life)}::float[]
    ) as e (id, cause, idle, life)
    left join sessions s on s.id = e.id
    where s.ended_cause is distinct from e.cause
      or s.last_activity_at is distinct from now() - e.idle * interval '1 millisecond'
      or s.expires_at is distinct from now() + e.life * interval '1 millisecond'
    limit 1`.execute(db)
  const [odd] = rows
  return odd && { id: odd.id, row: { cause: odd.cause, idle: odd.idle, life: odd.life } }
}

/** How the ledger says that sessions ended, by session: once for each, if all is well. */
export async function writtenEnds(db: Database, since: string): Promise<Map<string, string[]>> {
  const { rows } = await sql<{ id: string; cause: string }>`
    select target as id, after ->> 'cause' as cause from audit
    where id > ${since} and kind = 'session.ended'`.execute(db)
  const ends = new Map<string, string[]>()
  for (const { id, cause } of rows) ends.set(id, [...(ends.get(id) ?? []), cause])
  return ends
}

/** The last row of the ledger. */
export async function lastWritten(db: Database): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select coalesce(max(id), 0)::text as id from audit`.execute(db)
  return rows[0]?.id ?? '0'
}

/** How the deeds of one step are done; the answers in their order, in the words of `Telling`. */
export type Act = (deeds: readonly { place: Place; deed: Deed }[]) => Promise<string[]>
