import { pathToFileURL } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { health, type LogOptions, mountFeatures, newServer } from './app.ts'
import { forgetOldFailures } from './attempts.ts'
import { z } from '../contract/zod.ts'
import { type Config, readConfig } from './config.ts'
import { createCountdown } from './countdown.ts'
import { createWorkspaceCommand, howToCreateWorkspace } from './create-workspace.ts'
import { type Database, openDatabase } from './db/database.ts'
import { openEmbedded } from './db/embedded.ts'
import { forgetOldSamples, sampleSeats } from './db/licences.ts'
import { migrate } from './db/migrate.ts'
import { forgetOldTickets } from './db/tickets.ts'
import { forgetOldWebhooks } from './db/webhooks.ts'
import { eraseDue, removeOrphanMails } from './erase.ts'
import { mailReset } from './forgotten.ts'
import { type Forgotten, type SendMail, startJobs, type WebhookJob } from './jobs.ts'
import { serveLive } from './live.ts'
import { createDeliver, type KeptMail } from './mail.ts'
import { forgetOldLinks } from './mail-links.ts'
import { forgetOldAnswers } from './once.ts'
import { howToSetLicences, setLicencesCommand } from './set-licences.ts'
import { firstSignal, forceEndLater } from './signals.ts'
import { codeOfError, StartError } from './start-error.ts'
import { endOverdue, keepHours, repeat, sweepInterval, tidyInterval } from './sweep.ts'
import { destinationOf, networksOf } from './webhook-address.ts'
import { sendWebhook } from './webhook-send.ts'

export interface Backend {
  url: string
  close: () => Promise<void>
}

interface Options {
  /** Runs once the tables are there, before the first request (the demo's seed). */
  prepare?: (db: Database) => Promise<void>
  log?: LogOptions['stream']
  /** Told of every mail that is written to the outbox, with its link: for a console, not for a log. */
  mailKept?: (mail: KeptMail) => void
}

/**
 * Starts the backend. Throws StartError for what an operator can put right; whatever was opened by
 * then is closed again.
 */
export async function startBackend(config: Config, options: Options = {}): Promise<Backend> {
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    return { url: await start(config, options, closers), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Pushes on `closers` what undoes each step, so that closing goes backwards. */
async function start(config: Config, options: Options, closers: (() => Promise<unknown>)[]) {
  const app = newServer({
    log: { level: config.LOG_LEVEL, ...(options.log && { stream: options.log }) },
    trustProxy: config.TRUST_PROXY,
  })
  const failed = (what: string) => (error: unknown) => app.log.error({ err: error }, what)

  const databaseUrl = config.DATABASE_URL ?? (await embedded(config.DATA_DIR, closers))
  const db = openDatabase(databaseUrl, failed('a database connection was lost'))
  closers.push(() => db.destroy())
  await migrate(db).catch(explainDatabase)
  await options.prepare?.(db)

  let publicUrl = config.PUBLIC_URL?.replace(/\/+$/, '')
  const networks = networksOf(config.WEBHOOK_NETWORKS)
  const reach = (address: string) => destinationOf(address, networks)
  const work = {
    deliver: createDeliver(config, { publicUrl: () => publicUrl, onKept: options.mailKept }),
    mailReset: (it: Forgotten, sendMail: SendMail) => mailReset(db, it, sendMail),
    sendWebhook: (it: WebhookJob, last: boolean) => sendWebhook(db, reach, it, last),
  }
  const jobs = startJobs(db, work, (error, what) => failed(what)(error))
  closers.push(jobs.stop)
  const live = serveLive(app, db, databaseUrl, failed('the live connection failed'))
  closers.push(() => app.close())
  closers.push(live.close)
  const { sendMail, sendWebhooks, forgot } = jobs
  await mountFeatures(app, { db, reach, sendMail, sendWebhooks, forgot })

  const sweep = async () => {
    await endOverdue(db)
    await keepHours(db)
    await live.closeAway()
    await sampleSeats(db)
  }
  const sweeping = repeat(sweepInterval, sweep, failed('the sweep failed'))
  closers.push(sweeping.stop)
  const tidy = async () => {
    const steps = [forgetOldFailures, forgetOldTickets, forgetOldLinks, forgetOldSamples]
    // One that fails keeps none of the others from its work.
    for (const forget of [...steps, forgetOldAnswers, forgetOldWebhooks])
      await forget(db).catch(failed('tidying failed'))
    await removeOrphanMails(db, config.DATA_DIR)
  }
  const tidying = repeat(tidyInterval, tidy, failed('tidying failed'))
  closers.push(tidying.stop)
  const countDown = createCountdown(db)
  const erase = async (stopping: AbortSignal) => {
    await countDown()
    if ((await eraseDue(db, stopping)) > 0) await removeOrphanMails(db, config.DATA_DIR)
  }
  const erasing = repeat(sweepInterval, erase, failed('erasing failed'))
  closers.push(erasing.stop)
  const url = await listen(app, config)
  publicUrl ??= url
  return url
}

async function embedded(dataDir: string, closers: (() => Promise<unknown>)[]): Promise<string> {
  const { url, close } = await openEmbedded(dataDir)
  closers.push(close)
  return url
}

function explainDatabase(error: unknown): never {
  if (!/^(ECONN|ENOTFOUND|ETIMEDOUT|28|3D)/.test(codeOfError(error))) throw error
  const reason = error instanceof Error ? error.message : ''
  throw new StartError(`The database cannot be used: ${reason}\nCheck DATABASE_URL.`)
}

async function listen(app: FastifyInstance, { HOST: host, PORT: port }: Config): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    if (codeOfError(error) !== 'EADDRINUSE') throw error
    const url = `http://${host}:${port}`
    const who = (await isAtalaya(url)) ? 'Atalaya already runs at' : 'Another program uses'
    throw new StartError(`${who} ${url}. Stop it, or set PORT to another number.`)
  }
}

async function isAtalaya(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) })
    .then((response): Promise<unknown> => response.json())
    .catch(() => undefined)
  return z.object({ name: z.literal(health.name) }).safeParse(answer).success
}

async function greetIfEmpty(db: Database): Promise<void> {
  const first = await db.selectFrom('workspaces').select('id').limit(1).executeTakeFirst()
  if (!first) console.log(`There is no workspace yet. ${howToCreateWorkspace}`)
}

/** Closes the backend at Ctrl-C or SIGTERM, also one that is still starting; then nothing keeps the process. */
export function closeOnSignal(starting: Promise<Backend>): void {
  void firstSignal(['SIGINT', 'SIGTERM']).then(async () => {
    forceEndLater()
    // Whoever awaits the start tells why it failed.
    const backend = await starting.catch(() => undefined)
    await backend?.close()
  })
}

async function main(): Promise<void> {
  const config = readConfig(process.env)
  const [command, ...args] = process.argv.slice(2)
  if (command === 'create-workspace') return createWorkspaceCommand(config, args)
  if (command === 'licences') return setLicencesCommand(config, args)
  if (command)
    throw new StartError(
      `There is no command “${command}”. ${howToCreateWorkspace}\n${howToSetLicences}`,
    )

  const starting = startBackend(config, { prepare: greetIfEmpty })
  // From the first moment on: a start that is cut off must not leave its database running.
  closeOnSignal(starting)
  await starting
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  main().catch((error: unknown) => {
    console.error(error instanceof StartError ? error.message : error)
    process.exitCode = 1
  })
}
