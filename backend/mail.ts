import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import type { Config } from './config.ts'
import { type Mail, textOf } from './mail-texts.ts'

/** Sends one mail; `id` is the same when it is tried again. */
export type Deliver = (mail: Mail, id: string) => Promise<void>

type MailConfig = Pick<Config, 'SMTP_URL' | 'MAIL_FROM' | 'DATA_DIR'>

/** Over SMTP, or into `<DATA_DIR>/outbox` as .eml files where no server is set. */
export function createDeliver(config: MailConfig): Deliver {
  const message = (mail: Mail, id: string) => ({
    from: config.MAIL_FROM,
    to: { name: mail.name, address: mail.to },
    // Lets a receiver see that a mail tried twice is one mail.
    messageId: `<${id}@atalaya>`,
    // RFC 3834: nobody's out-of-office note should answer.
    headers: { 'Auto-Submitted': 'auto-generated' },
    ...textOf(mail),
  })

  if (config.SMTP_URL) {
    const smtp = createTransport(config.SMTP_URL)
    return async (mail, id) => {
      await smtp.sendMail(message(mail, id))
    }
  }

  const outbox = join(config.DATA_DIR, 'outbox')
  const printer = createTransport({ streamTransport: true, buffer: true })
  return async (mail, id) => {
    const printed = await printer.sendMail(message(mail, id))
    // The outbox holds links that let people in; the folder around it may be anybody's to enter.
    await mkdir(config.DATA_DIR, { recursive: true })
    await mkdir(outbox, { recursive: true, mode: 0o700 })
    const file = join(outbox, `${mail.at.replaceAll(':', '-')}-${id}.eml`)
    await writeFile(`${file}.part`, printed.message)
    await rename(`${file}.part`, file)
  }
}
