import { request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { WebhookDelivery } from '../contract/webhooks.ts'
import { codeOfError } from './start-error.ts'
import { AddressRefused, type Destination } from './webhook-address.ts'

/** How long an answer is waited for, ms. */
const answerPatience = 10_000

/** What became of one attempt. */
export interface Answer {
  /** `null`: there was no answer. */
  status: number | null
  error: WebhookDelivery['error']
}

/** Sends a body once and follows no redirect; of the answer only the status is read. */
export async function post(
  reach: () => Promise<Destination>,
  headers: Record<string, string>,
  body: string,
  patience = answerPatience,
): Promise<Answer> {
  try {
    const signal = AbortSignal.timeout(patience)
    const status = await statusOf(await reach(), headers, body, signal)
    return { status, error: status >= 300 && status < 400 ? 'redirect' : null }
  } catch (error) {
    return { status: null, error: wordFor(error) }
  }
}

function statusOf(
  { url, agent }: Destination,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
): Promise<number> {
  const request = url.protocol === 'https:' ? secureRequest : plainRequest
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', agent, headers, signal }, (answer) => {
      resolve(answer.statusCode ?? 0)
      // However long it is: nobody reads on.
      answer.destroy()
    })
      .on('error', reject)
      .end(body)
  })
}

function wordFor(error: unknown): NonNullable<Answer['error']> {
  if (error instanceof AddressRefused)
    return error.reason === 'unknown-host' || error.reason === 'private-address'
      ? error.reason
      : 'other'
  const code = codeOfError(error)
  if (code === 'ABORT_ERR' || code === 'ETIMEDOUT') return 'timeout'
  if (code === 'ECONNREFUSED') return 'refused'
  // UNABLE_TO_VERIFY_LEAF_SIGNATURE, UNABLE_TO_GET_ISSUER_CERT, CERT_HAS_EXPIRED, …
  return /CERT|SIGNATURE|HOSTNAME_MISMATCH/.test(code) ? 'certificate' : 'other'
}
