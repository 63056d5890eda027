import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http'
import { Webhook } from 'standardwebhooks'
import {} from 'vitest'
import { z } from '../../contract/zod.ts'
import { eventually } from './eventually.ts'

export interface Received {
  headers: IncomingHttpHeaders
  body: string
}

/** What the dialler or ACD is told. */
const Message = z.object({
  type: z.string(),
  timestamp: z.iso.datetime(),
  data: z.looseObject({
    workspace: z.object({ id: z.string(), link: z.string() }),
    module: z.string().optional(),
    users: z
      .array(
        z.object({
          id: z.string(),
          name: z.string(),
          email: z.string(),
          agentMode: z.boolean(),
          attending: z.boolean(),
        }),
      )
      .optional(),
  }),
})

export interface Receiver {
  url: string
  received: Received[]
  /** How it answers from now on; at first with 204. */
  answer: (status: number, headers?: Record<string, string>) => void
  close: () => Promise<void>
}

/** A dialler: a real HTTP server on this machine that keeps what it is told. */
export async function startReceiver(
  create: (listener: RequestListener) => Server = createServer,
): Promise<Receiver> {
  const received: Received[] = []
  let status = 204
  let answered: Record<string, string> = {}
  const server = create((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
      response.writeHead(status, answered).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/atalaya`,
    received,
    answer: (next, headers = {}) => {
      status = next
      answered = headers
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** What a message says, if the secret signed it; throws otherwise. */
export const verified = ({ headers, body }: Received, secret: string) =>
  Message.parse(new Webhook(secret).verify(body, headers as Record<string, string>))

/** The messages of a receiver, once there are as many. */
export const messages = (receiver: Receiver, secret: string, count = 1) =>
  eventually(() => {
    if (receiver.received.length < count) throw new Error(`${receiver.received.length} so far`)
    return receiver.received.map((it) => verified(it, secret))
  })
