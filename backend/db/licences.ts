import { sql } from 'kysely'
import type { Output, Parsed } from '../../contract/routes.ts'
import type { Database, Tx } from './database.ts'
import { notifyAll } from './notify.ts'
import { holdsSeat } from './sessions.ts'

/** Held by the process that takes the sample. */
const sampleLock = 4_610_004

/** How long samples are kept. */
const kept = sql`interval '13 months'`

type Range = Parsed<'licences.history'>['range']
type Points = Output<'licences.history'>['points']

/** How far back a range goes, and the length of its stretches: at most 400 of them. */
const ranges: Record<Range, { length: string; stretch: string }> = {
  day: { length: '1 day', stretch: '4 minutes' },
  week: { length: '7 days', stretch: '30 minutes' },
  month: { length: '31 days', stretch: '2 hours' },
  year: { length: '366 days', stretch: '1 day' },
}

/** The use of the licences over a range, oldest first. Minutes in which no backend ran have no sample. */
export async function history(db: Database, workspaceId: string, range: Range): Promise<Points> {
  const { length, stretch } = ranges[range]
  const { rows } = await sql<Omit<Points[number], 'at'> & { at: Date }>`
    select date_bin(${stretch}::interval, at, 'epoch'::timestamptz) as at,
      avg(taken)::float as mean, max(taken) as peak,
      max(licences) as licences, sum(refused)::int as refused
    from seat_samples
    where workspace_id = ${workspaceId} and at > now() - ${length}::interval
    group by 1 order by 1`.execute(db)
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }))
}

/** Seats taken now, the limit, and the refusals of the last 24 hours. */
export async function currentUse(db: Database, workspaceId: string) {
  const { rows } = await sql<{ licences: number; taken: number; refused: number }>`
    select w.licences,
      (select count(distinct s.user_id)::int from sessions s
        where s.workspace_id = w.id and ${holdsSeat}) as taken,
      (select coalesce(sum(refused), 0)::int from seat_samples it
        where it.workspace_id = w.id and it.at > now() - interval '24 hours') as refused
    from workspaces w where w.id = ${workspaceId}`.execute(db)
  return rows[0] ?? { licences: 0, taken: 0, refused: 0 }
}

/**
 * Samples the use of all licences into the current minute, and tells those who watch a workspace
 * where it is another one than at the sample before. One process at a time; the others leave it.
 */
export const sampleSeats = (db: Database): Promise<void> =>
  db.transaction().execute(async (tx) => {
    if (!(await tryLock(tx))) return
    // All parts of the statement see the samples as they were before it.
    const { rows } = await sql<{ workspaceId: string }>`
      with use as (
        select w.id, w.licences, count(distinct s.user_id) filter (where ${holdsSeat}) as taken
        from workspaces w left join sessions s on s.workspace_id = w.id and s.ended_at is null
        group by w.id),
      sample as (
        insert into seat_samples (workspace_id, at, taken, licences)
        select id, date_trunc('minute', now()), taken, licences from use
        on conflict (workspace_id, at) do update
          set taken = excluded.taken, licences = excluded.licences)
      select use.id as "workspaceId" from use
      join lateral (
        select taken, licences from seat_samples it
        where it.workspace_id = use.id order by at desc limit 1) before
      on (before.taken, before.licences) is distinct from (use.taken, use.licences)`.execute(tx)
    const event = { kind: 'changed', topic: 'licences' } as const
    await notifyAll(
      tx,
      rows.map(({ workspaceId }) => ({ workspaceId, event })),
    )
  })

async function tryLock(tx: Tx): Promise<boolean> {
  const { rows } = await sql<{ ours: boolean }>`
    select pg_try_advisory_xact_lock(${sampleLock}) as ours`.execute(tx)
  return rows[0]?.ours ?? false
}

/** For the sweep: samples that are too old. */
export async function forgetOldSamples(db: Database): Promise<void> {
  await db
    .deleteFrom('seat_samples')
    .where('at', '<', sql<Date>`now() - ${kept}`)
    .execute()
}
