import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { z } from '../contract/zod.ts'
import { StartError } from './start-error.ts'

const port = z.coerce
  .number('has to be a number from 0 to 65535')
  .int('has to be a whole number')
  .min(0, 'has to be 0 or more')
  .max(65_535, 'has to be at most 65535')

const url = (protocol: RegExp, example: string) =>
  z.url({ protocol, error: `has to be an address such as ${example}` }).optional()

/** An address, or a network such as 10.0.0.0/8. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  )
}

/** A list of networks, of which some may go by a name. */
const networks = (names: readonly string[]) =>
  z
    .string()
    .refine(
      (text) =>
        text
          .split(',')
          .map((part) => part.trim())
          .every((part) => names.includes(part) || isNetwork(part)),
      {
        error:
          'has to be a list of addresses or networks, such as loopback or 10.0.0.0/8,192.168.1.7',
      },
    )
    .optional()

const Environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(4610),
  /** Absent: the embedded PostgreSQL in DATA_DIR. */
  DATABASE_URL: url(/^postgres(ql)?$/, 'postgres://user:password@host:5432/atalaya'),
  DATA_DIR: z.string().default('.data'),
  /** How people reach the backend, for links in mails; absent: the address it listens on. */
  PUBLIC_URL: url(/^https?$/, 'https://atalaya.example.com'),
  /** Absent: mails are written to DATA_DIR/outbox. */
  SMTP_URL: url(/^smtps?$/, 'smtp://user:password@host:587'),
  MAIL_FROM: z.string().default('Atalaya <no-reply@localhost>'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'has to be fatal, error, warn, info, debug, trace or silent',
    })
    .default('info'),
  /** Proxies whose X-Forwarded-For is believed; from anybody else it would be a forged address. */
  TRUST_PROXY: networks(['loopback', 'linklocal', 'uniquelocal']),
  /** Private networks that a webhook may lead into; absent: none. */
  WEBHOOK_NETWORKS: networks(['loopback']),
})

export type Config = z.output<typeof Environment>

/** The settings of the process; an empty variable counts as absent. Throws StartError naming every bad one. */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.entries(environment).filter(([, value]) => value !== '')
  const parsed = Environment.safeParse(Object.fromEntries(given))
  if (parsed.success) return { ...parsed.data, DATA_DIR: resolve(parsed.data.DATA_DIR) }

  // The value is left out: DATABASE_URL and SMTP_URL carry passwords.
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')} ${issue.message}`)
  throw new StartError(`The environment is not usable:\n${lines.join('\n')}`)
}
