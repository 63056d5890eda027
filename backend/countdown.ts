import { sql } from 'kysely'
import type { Database } from './db/database.ts'

interface Counted {
  id: string
  /** As text: with its microseconds. */
  counted_at: string
}

/**
 * Counts down the time that is left to the workspaces that are being deleted (S7); 0 is the end, from
 * which nothing comes back. Counted is what passed on the clock of this process, which nobody sets, and
 * on the clock of the database, whichever is less. So a step of the wall clock deletes nothing early,
 * and time in which no backend runs does not count. `clock` tells milliseconds and only goes forward.
 */
export function createCountdown(db: Database, clock = () => performance.now()) {
  /** The last count that this process knows of, and when it saw it. */
  let seen = new Map<string, Counted & { at: number }>()

  return async (): Promise<void> => {
    const asked = await db
      .selectFrom('workspaces')
      .select(['id', sql<string>`deletion_counted_at::text`.as('counted_at')])
      .where('deletes_at', 'is not', null)
      .where('deletion_seconds_left', '>', 0)
      .execute()
    const at = clock()
    const known = asked.flatMap((row) => {
      const before = seen.get(row.id)
      // Another process counts: what it counted may not be counted again.
      return before?.counted_at === row.counted_at ? [before] : []
    })
    const counted = known.length > 0 ? await count(db, known, at) : []
    const fresh = [...asked.filter(({ id }) => !known.some((it) => it.id === id)), ...counted]
    seen = new Map(fresh.map((row) => [row.id, { ...row, at }]))
  }
}

/** Where another process was faster, nothing. */
async function count(db: Database, known: (Counted & { at: number })[], now: number) {
  const ids = known.map(({ id }) => id)
  const seen = known.map((it) => it.counted_at)
  const seconds = known.map(({ at }) => (now - at) / 1000)
  const passed = sql`extract(epoch from clock_timestamp() - w.deletion_counted_at)::float`
  const left = sql`w.deletion_seconds_left - greatest(least(it.seconds, ${passed}), 0)`
  // The end has come when both clocks say so.
  const least = sql`case when w.deletes_at <= clock_timestamp() then 0 else 1 end`
  const { rows } = await sql<Counted>`
    update workspaces w set
      deletion_seconds_left = greatest(${left}, ${least}),
      deletion_counted_at = clock_timestamp()
    from unnest(${ids}::uuid[], ${seen}::timestamptz[], ${seconds}::float[])
      as it (id, counted_at, seconds)
    where w.id = it.id and w.deletion_counted_at = it.counted_at and w.deletion_seconds_left > 0
    returning w.id, w.deletion_counted_at::text as counted_at`.execute(db)
  return rows
}
