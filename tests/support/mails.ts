import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import {} from 'vitest'
import { eventually } from './eventually.ts'

/** The mails in an outbox, as a reader understands them. */
async function outbox(dataDir: string): Promise<Email[]> {
  const folder = join(dataDir, 'outbox')
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.eml'))
  return Promise.all(
    files.sort().map(async (file) => PostalMime.parse(await readFile(join(folder, file)))),
  )
}

/** The newest mail to somebody, once it is there. */
export const mailTo = (dataDir: string, address: string, subject: RegExp = /./): Promise<Email> =>
  eventually(async () => {
    const found = (await outbox(dataDir)).filter(
      (mail) => mail.to?.[0]?.address === address && subject.test(mail.subject ?? ''),
    )
    const newest = found.at(-1)
    if (!newest) throw new Error('no mail yet')
    return newest
  })

export const countMails = async (dataDir: string, address: RegExp) =>
  (await outbox(dataDir)).filter((mail) => address.test(mail.to?.[0]?.address ?? '')).length

/** The address that a mail links to. */
export function linkIn({ text = '' }: Email): string {
  const link = /^https?:\S+$/m.exec(text)?.[0]
  if (!link) throw new Error(`no link in: ${text}`)
  return link
}

export interface MailServer {
  /** For SMTP_URL. */
  url: string
  received: Email[]
  /** Answers the next mails with a temporary failure. */
  refuse: (times: number) => void
  close: () => Promise<void>
}

/** A mail server that speaks real SMTP and keeps what it is given. */
export async function startMailServer(port = 0): Promise<MailServer> {
  const received: Email[] = []
  let refusals = 0
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onMailFrom: (_from, _session, done) => {
      refusals -= 1
      if (refusals >= 0) done(Object.assign(new Error('come back later'), { responseCode: 451 }))
      else done()
    },
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        void PostalMime.parse(Buffer.concat(chunks)).then((mail) => {
          received.push(mail)
          done()
        })
      })
    },
  })
  server.on('error', () => undefined)
  const listening = server.listen(port, '127.0.0.1')
  await new Promise((resolve) => listening.once('listening', resolve))
  const address = listening.address()
  const own = typeof address === 'object' && address ? address.port : 0
  return {
    url: `smtp://127.0.0.1:${own}`,
    received,
    refuse: (times) => {
      refusals = times
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}
