import { managers } from './permissions.ts'
import { route } from './route.ts'
import { z } from './zod.ts'

/** What is told to the dialler or ACD of the workspace (Standard Webhooks). */
export const WebhookType = z.enum(['agent-mode.changed', 'webhook.test'])
export type WebhookType = z.infer<typeof WebhookType>

export const Webhook = z.object({
  /** `null`: nobody is told. */
  url: z.string().nullable(),
  /** Until when messages are signed with the secret before the last rotation, too (ISO 8601). */
  formerSecretUntil: z.iso.datetime().nullable(),
  /** Who changed it last and when. */
  changed: z.object({ by: z.string(), at: z.iso.datetime() }).nullable(),
})
export type Webhook = z.infer<typeof Webhook>

/** A secret is answered once, when it is made. */
const secret = z.string().startsWith('whsec_')

export const WebhookDelivery = z.object({
  /** `webhook-id` of the message; the same at every attempt. */
  id: z.string(),
  type: WebhookType,
  createdAt: z.iso.datetime(),
  /** `waiting`: not tried yet, or to be tried again. `failed`: given up. */
  state: z.enum(['waiting', 'delivered', 'failed']),
  attempts: z.int(),
  lastAttemptAt: z.iso.datetime().nullable(),
  /** HTTP status of the last answer; `null`: there was none. */
  status: z.int().nullable(),
  /** What kept the last attempt from an answer. */
  error: z
    .enum([
      'refused',
      'timeout',
      'unknown-host',
      'certificate',
      'private-address',
      'redirect',
      'other',
    ])
    .nullable(),
})
export type WebhookDelivery = z.infer<typeof WebhookDelivery>

export const webhooks = {
  'webhook.show': route({
    method: 'GET',
    path: '/webhook',
    need: managers,
    summary: 'Where changes of agent mode are told to.',
    input: z.strictObject({}),
    output: Webhook,
  }),

  'webhook.set': route({
    method: 'PUT',
    path: '/webhook',
    need: managers,
    once: true,
    summary:
      'Sets the address; https only, except to this machine itself, and no private network that the operator did not allow. The first one makes a secret, which is answered once.',
    input: z.strictObject({
      url: z.string().trim().min(1).max(2000).nullable(),
      key: z.uuid(),
    }),
    output: z.object({ webhook: Webhook, secret: secret.nullable() }),
  }),

  'webhook.rotateSecret': route({
    method: 'POST',
    path: '/webhook/secret',
    need: managers,
    once: true,
    summary:
      'Makes a new secret, which is answered once; for 24 hours messages are signed with the one before, too.',
    input: z.strictObject({ key: z.uuid() }),
    output: z.object({ webhook: Webhook, secret }),
  }),

  'webhook.test': route({
    method: 'POST',
    path: '/webhook/test',
    need: managers,
    once: true,
    summary:
      'Sends a message of type `webhook.test`; one that still waits is tried at once instead.',
    input: z.strictObject({ key: z.uuid() }),
    output: WebhookDelivery,
  }),

  'webhook.deliveries': route({
    method: 'GET',
    path: '/webhook/deliveries',
    need: managers,
    summary: 'The newest messages (30 days at most), with what became of them.',
    input: z.strictObject({ limit: z.int().min(1).max(200).default(50) }),
    output: z.object({ deliveries: z.array(WebhookDelivery) }),
  }),

  'webhook.redeliver': route({
    method: 'POST',
    path: '/webhook/deliveries/:id',
    need: managers,
    summary:
      'Sends a message again that was given up; one that still waits is tried at once, every 5 seconds at most.',
    input: z.strictObject({ id: z.string().max(100) }),
    output: WebhookDelivery,
  }),
}
