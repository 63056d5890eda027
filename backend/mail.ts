import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import type { Config } from './config.ts'
import { html } from './html.ts'
import { type Letter, letterOf, type Mail } from './mail-texts.ts'

/** Sends one mail; `id` is the same when it is tried again. */
export type Deliver = (mail: Mail, id: string) => Promise<void>

/** A mail that was written to the outbox instead of being sent. */
export interface KeptMail {
  file: string
  to: string
  subject: string
  /** The address that it invites to; a secret. */
  link: string | null
}

interface Options {
  /** How people reach the backend; not known before it listens. */
  publicUrl: () => string | undefined
  /** Told of mails in the outbox; never of those that are sent. */
  onKept?: ((mail: KeptMail) => void) | undefined
}

type MailConfig = Pick<Config, 'SMTP_URL' | 'MAIL_FROM' | 'DATA_DIR'>

/** Where mails are kept that are not sent. */
export const outboxIn = (dataDir: string) => join(dataDir, 'outbox')

/** In the order of time; names the workspace, whose mails go when it goes (`erase.ts`). */
const outboxName = ({ at, workspaceId }: Mail, id: string) =>
  `${at.replaceAll(':', '-')}_${workspaceId}_${id}.eml`

/** The workspace that a file of the outbox is about, also one that is not written to its end. */
export const workspaceOf = (file: string): string | undefined =>
  /_([\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12})_/.exec(file)?.[1]

/** Over SMTP, or into `<DATA_DIR>/outbox` as .eml files where no server is set. */
export function createDeliver(config: MailConfig, { publicUrl, onKept }: Options): Deliver {
  const address = () => {
    const url = publicUrl()
    if (url === undefined) throw new Error('the backend does not listen yet')
    return url
  }
  const compose = (mail: Mail, id: string) => {
    const letter = letterOf(mail)
    const link = 'path' in mail ? `${address()}${mail.path}` : null
    const message = {
      from: config.MAIL_FROM,
      to: { name: mail.name, address: mail.to },
      // Lets a receiver see that a mail tried twice is one mail.
      messageId: `<${id}@atalaya>`,
      // RFC 3834: nobody's out-of-office note should answer.
      headers: { 'Auto-Submitted': 'auto-generated' },
      subject: letter.subject,
      text: asText(letter, link),
      html: asHtml(mail, letter, link),
    }
    return { message, letter, link }
  }

  if (config.SMTP_URL) {
    const smtp = createTransport(config.SMTP_URL)
    return async (mail, id) => {
      // The mail server was away for longer than the link works.
      if ('until' in mail && Date.parse(mail.until) < Date.now()) return
      await smtp.sendMail(compose(mail, id).message)
    }
  }

  const outbox = outboxIn(config.DATA_DIR)
  const printer = createTransport({ streamTransport: true, buffer: true })
  return async (mail, id) => {
    const { message, letter, link } = compose(mail, id)
    const printed = await printer.sendMail(message)
    // The outbox holds links that let people in; the folder around it may be anybody's to enter.
    await mkdir(config.DATA_DIR, { recursive: true })
    await mkdir(outbox, { recursive: true, mode: 0o700 })
    const file = join(outbox, outboxName(mail, id))
    await writeFile(`${file}.part`, printed.message, { mode: 0o600 })
    await rename(`${file}.part`, file)
    onKept?.({ file, to: mail.to, subject: letter.subject, link })
  }
}

function asText({ paragraphs, action, after = [] }: Letter, link: string | null): string {
  const call = action && link ? [`${action}:\n${link}`] : []
  return `${[...paragraphs, ...call, ...after].join('\n\n')}\n`
}

const page = 'margin:0;padding:24px;background:#f3f5f5;color:#1b2526;'
const font = 'font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;'
const card = 'max-width:560px;margin:0 auto;padding:32px;background:#ffffff;border-radius:12px;'
const button =
  'display:inline-block;padding:12px 20px;background:#0a6570;color:#ffffff;border-radius:8px;text-decoration:none;'

/** Styles stand on the elements: many readers of mail know no others. */
function asHtml({ language }: Mail, letter: Letter, link: string | null): string {
  const { subject, paragraphs, action, after = [] } = letter
  const lines = (texts: string[]) => texts.map((text) => html`<p>${text}</p>`)
  const call =
    action &&
    link &&
    html`<p><a href="${link}" style="${button}">${action}</a></p>
      <p style="color:#566466;font-size:14px;word-break:break-all">${link}</p>`
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${subject}</title>
      </head>
      <body style="${page}${font}">
        <div style="${card}">${lines(paragraphs)}${call}${lines(after)}</div>
      </body>
    </html> `.text
}
