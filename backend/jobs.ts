import { setTimeout as delay } from 'node:timers/promises'
import { CompiledQuery, sql } from 'kysely'
import PgBoss from 'pg-boss'
import { ProblemError } from '../contract/problem.ts'
import type { Database, Tx } from './db/database.ts'
import type { Deliver } from './mail.ts'
import type { Mail } from './mail-texts.ts'

/** Puts a mail on its way if, and only if, the transaction commits. */
export type SendMail = (tx: Tx, mail: Mail) => Promise<void>

export interface Jobs {
  sendMail: SendMail
  stop: () => Promise<void>
}

const queue = 'mail'

/** Tried again for about two days, at growing distances of at most an hour. */
const retries = { retryLimit: 60, retryDelay: 2, retryBackoff: true, retryDelayMax: 3600 }

const startLock = 4_610_003

/** pg-boss speaks to the database through ours, so that a job can belong to a transaction. */
const through = (db: Database | Tx): PgBoss.Db => ({
  executeSql: async (text, values?: unknown[]) => {
    const { rows } = await db.executeQuery<unknown>(CompiledQuery.raw(text, values ?? []))
    return { rows }
  },
})

/** The same outside of one: pg-boss brings `begin` and `commit` in its text, and leaves what failed open. */
const throughPool = (db: Database): PgBoss.Db => ({
  executeSql: (text, values?: unknown[]) =>
    db.connection().execute(async (connection) => {
      try {
        return await through(connection).executeSql(text, values ?? [])
      } catch (error) {
        await sql`rollback`.execute(connection)
        throw error
      }
    }),
})

/** One process at a time: two that create the same queue are in each other's way. */
const oneAtATime = (db: Database, task: () => Promise<void>) =>
  db.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(${startLock})`.execute(connection)
    try {
      await task()
    } finally {
      await sql`select pg_advisory_unlock(${startLock})`.execute(connection)
    }
  })

/**
 * The queue of mails, kept in the database: a crash loses none. Starting takes a moment, for which
 * nothing but the first mail waits.
 */
export function startJobs(
  db: Database,
  deliver: Deliver,
  onFailure: (error: unknown, what: string) => void,
): Jobs {
  const stopping = new AbortController()
  const work = async ([job]: PgBoss.Job<Mail>[]) => {
    if (job) await deliver(job.data, job.id)
  }

  const open = async (boss: PgBoss) => {
    await boss.start()
    await boss.createQueue(queue, { ...retries, deleteAfterSeconds: 86_400 })
    await boss.work<Mail>(queue, { pollingIntervalSeconds: 1 }, (jobs) =>
      work(jobs).catch((error: unknown) => {
        onFailure(error, 'a mail was not delivered, and will be tried again')
        throw error
      }),
    )
  }
  const start = async () => {
    while (!stopping.signal.aborted) {
      const boss = new PgBoss({ db: throughPool(db), schedule: false })
      boss.on('error', (error) => onFailure(error, 'the job queue failed'))
      try {
        await oneAtATime(db, () => open(boss))
        return boss
      } catch (error) {
        onFailure(error, 'the job queue does not start, and will be tried again')
        await boss.stop({ graceful: false }).catch(() => undefined)
        await delay(1000, undefined, { signal: stopping.signal }).catch(() => undefined)
      }
    }
    return undefined
  }
  const started = start()

  return {
    sendMail: async (tx, mail) => {
      const boss = await started
      if (!boss) throw new ProblemError('unavailable')
      await boss.send(queue, mail, { db: through(tx) })
    },
    stop: async () => {
      stopping.abort()
      await (await started)?.stop({ graceful: true, timeout: 5000 })
    },
  }
}
