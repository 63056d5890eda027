import { join } from 'node:path'
import { readConfig } from '../backend/config.ts'
import { demoPassword, demoPeople, seedDemo } from '../backend/db/seed.ts'
import { closeOnSignal, startBackend } from '../backend/server.ts'
import { script } from './commands.ts'

export interface DemoBackend {
  url: string
  dataDir: string
  /** Where mails go, for the console. */
  mails: string
  close: () => Promise<void>
}

const password = process.env['ATALAYA_DEMO_PASSWORD'] || demoPassword

/** The backend as it is deployed, with the demo workspace (made on the first run) and a quiet log. */
export async function startDemoBackend(): Promise<DemoBackend> {
  const config = readConfig({ LOG_LEVEL: 'warn', ...process.env })
  const { url, close } = await startBackend(config, {
    prepare: (db) => seedDemo(db, password),
    // Nobody else reads this console, and nobody delivers the mail.
    mailKept: ({ to, subject, link, file }) =>
      console.log(`Mail to ${to}: ${subject}\n  ${link ?? file}`),
  })
  return {
    url,
    close,
    dataDir: config.DATA_DIR,
    mails: config.SMTP_URL
      ? `sent through ${new URL(config.SMTP_URL).host}`
      : `kept as files in ${join(config.DATA_DIR, 'outbox')}`,
  }
}

/** One of each role and how many more there are, for the console. */
export function aboutPeople(): string {
  const examples = demoPeople.filter(({ email }) => /^(owner|admin|agent)@/.test(email))
  const lines = examples.map(({ email, role }) => `  ${email.padEnd(17)} ${password}   ${role}`)
  return [...lines, `  and ${demoPeople.length - examples.length} more agents`].join('\n')
}

if (import.meta.main)
  await script(async () => {
    const starting = startDemoBackend()
    closeOnSignal(starting)
    console.log(`Atalaya backend on ${(await starting).url}`)
  })
