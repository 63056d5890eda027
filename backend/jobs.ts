import { setTimeout as delay } from 'node:timers/promises'
import { CompiledQuery, sql } from 'kysely'
import PgBoss from 'pg-boss'
import { ProblemError } from '../contract/problem.ts'
import type { Database, Tx } from './db/database.ts'
import { countWaiting } from './db/webhooks.ts'
import type { Deliver } from './mail.ts'
import type { Mail } from './mail-texts.ts'

/** Puts mails on their way if, and only if, the transaction commits. */
export type SendMail = (tx: Tx, ...mails: Mail[]) => Promise<void>

/** Somebody says that they forgot the password of this account, which need not exist (U3). */
export interface Forgotten {
  workspaceId: string
  email: string
}

/** A message of the table `webhook_deliveries`; the job has the same id. */
export interface WebhookJob {
  workspaceId: string
  id: string
}

export interface Jobs {
  sendMail: SendMail
  /**
   * Sends messages of a workspace at once if, and only if, the transaction commits: also those that
   * wait for later. They come behind those of whoever has fewer on the way.
   */
  sendWebhooks: (tx: Tx, workspaceId: string, ids: readonly string[]) => Promise<void>
  forgot: (it: Forgotten) => Promise<void>
  stop: () => Promise<void>
}

/** For a workspace that is erased (S7): whatever waits to be done for it, in every queue and state. */
export async function forgetJobs(tx: Tx, workspaceId: string): Promise<void> {
  const { rows } = await sql`select where to_regclass('pgboss.job') is not null`.execute(tx)
  // The queue has never been started on this database.
  if (rows.length === 0) return
  await sql`delete from pgboss.job where data ->> 'workspaceId' = ${workspaceId}`.execute(tx)
}

/** What is done outside of the request that asked for it. */
export interface Work {
  deliver: Deliver
  mailReset: (it: Forgotten, sendMail: SendMail) => Promise<void>
  /** Throws where it has to be tried again; at the `last` attempt it does not. */
  sendWebhook: (it: WebhookJob, last: boolean) => Promise<void>
}

const queues = { mail: 'mail', forgotten: 'forgotten', webhook: 'webhook' } as const

/** Tried again for about two days, at growing distances of at most an hour. */
const retries = { retryLimit: 60, retryDelay: 2, retryBackoff: true, retryDelayMax: 3600 }

/**
 * Tried again for about a day, at distances that double from seconds to ten hours. The limit of the
 * queue is further off: an attempt that a crash cuts off counts there, and must not be the last.
 */
const webhookAttempts = 17
const webhookRetries = { ...retries, retryLimit: webhookAttempts + 3, retryDelayMax: 10 * 3600 }

interface Manner {
  retrying: typeof retries
  /** Each takes the next jobs when it is done with its own. */
  workers: number
  /** Jobs that a worker does at the same time. */
  batchSize: number
}

/** An import may invite thousands; all go to the same server, as fast as that one is. */
const together: Manner = { retrying: retries, workers: 1, batchSize: 10 }

/** Receivers are as slow as they like: nobody waits for the slowest of ten. */
const oneByOne: Manner = { retrying: webhookRetries, workers: 10, batchSize: 1 }

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

/** How long a mail waits for the queue to start before its request is refused, ms. */
const startPatience = 3000

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
 * The queues, kept in the database: a crash loses no job. Starting takes a moment, for which nothing
 * but the first job waits.
 */
export function startJobs(
  db: Database,
  work: Work,
  onFailure: (error: unknown, what: string) => void,
): Jobs {
  const stopping = new AbortController()
  const open = async (boss: PgBoss) => {
    await boss.start()
    const serve = serveQueue(db, boss, onFailure)
    await serve<Mail>(queues.mail, together, ({ data, id }) => work.deliver(data, id))
    await serve<Forgotten>(queues.forgotten, together, ({ data }) => work.mailReset(data, sendMail))
    await serve<WebhookJob>(queues.webhook, oneByOne, (job) =>
      work.sendWebhook(job.data, job.retryCount + 1 >= webhookAttempts),
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
  /** Whoever asks holds a connection meanwhile: one that waited for good would be lost to the others. */
  const running = async () => {
    const late = delay(startPatience, undefined, { ref: false })
    const boss = await Promise.race([started, late])
    if (!boss) throw new ProblemError('unavailable')
    return boss
  }
  const sendMail: SendMail = async (tx, ...mails) => {
    const jobs = mails.map((data) => ({ name: queues.mail, data }))
    await (await running()).insert(queues.mail, jobs, { db: through(tx) })
  }

  const sendWebhooks: Jobs['sendWebhooks'] = async (tx, workspaceId, ids) => {
    if (ids.length === 0) return
    const boss = await running()
    const priority = -(await countWaiting(tx, workspaceId))
    const jobs = ids.map((id) => ({
      id,
      name: queues.webhook,
      priority,
      data: { workspaceId, id },
    }))
    await boss.deleteJob(queues.webhook, [...ids], { db: through(tx) })
    await boss.insert(queues.webhook, jobs, { db: through(tx) })
  }

  return {
    sendMail,
    sendWebhooks,
    forgot: async (it) => {
      await (await running()).send(queues.forgotten, it)
    },
    stop: async () => {
      stopping.abort()
      await (await started)?.stop({ graceful: true, timeout: 5000 })
    },
  }
}

/** Does the jobs of a queue. One that is done is deleted: a mail may carry a link that is a secret. */
const serveQueue =
  (db: Database, boss: PgBoss, onFailure: (error: unknown, what: string) => void) =>
  async <Data extends object>(
    queue: string,
    { retrying, workers, batchSize }: Manner,
    work: (job: PgBoss.JobWithMetadata<Data>) => Promise<void>,
  ): Promise<void> => {
    await boss.createQueue(queue, { ...retrying, deleteAfterSeconds: 86_400 })
    const options = { pollingIntervalSeconds: 1, batchSize, includeMetadata: true as const }
    const doJobs = async (jobs: PgBoss.JobWithMetadata<Data>[]) => {
      const results = await Promise.allSettled(
        jobs.map(async (job) => {
          await work(job)
          await forgetDone(db, queue, job.id)
        }),
      )
      const failures = results.filter((result) => result.status === 'rejected')
      for (const { reason } of failures)
        onFailure(reason, `a job (${queue}) was not done, and will be tried again`)
      // Fails those of them that are left.
      if (failures[0]) throw failures[0].reason
    }
    for (let worker = 0; worker < workers; worker += 1)
      await boss.work<Data>(queue, options, doJobs)
  }

/** Not one that was put there again while it was being done: that one is not active. */
const forgetDone = (db: Database, queue: string, id: string) =>
  sql`delete from pgboss.job where name = ${queue} and id = ${id} and state = 'active'`.execute(db)
