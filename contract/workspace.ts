import { idleMinutes } from './idle.ts'
import { managers } from './permissions.ts'
import { route } from './route.ts'
import { WorkspaceLink } from './sessions.ts'
import { z } from './zod.ts'

export const IdlePolicy = z.object({
  minutes: z.int(),
  /** Who changed it last and when; `null`: never since the workspace was created. */
  changed: z.object({ by: z.string(), at: z.iso.datetime() }).nullable(),
})
export type IdlePolicy = z.infer<typeof IdlePolicy>

export const workspace = {
  'workspace.find': route({
    method: 'GET',
    path: '/workspaces/:link',
    need: 'anyone',
    summary: 'The name of the workspace that has this link.',
    input: z.strictObject({ link: WorkspaceLink }),
    output: z.object({ link: z.string(), name: z.string() }),
  }),

  'workspace.showIdle': route({
    method: 'GET',
    path: '/workspace/idle',
    need: managers,
    summary: 'The idle sign-out of the caller’s workspace.',
    input: z.strictObject({}),
    output: IdlePolicy,
  }),

  'workspace.setIdle': route({
    method: 'PUT',
    path: '/workspace/idle',
    need: managers,
    summary: 'Sets the idle sign-out (S6); it applies to every open session at once.',
    input: z.strictObject({ minutes: z.int().min(idleMinutes.min).max(idleMinutes.max) }),
    output: IdlePolicy,
  }),

  'workspace.idleEffect': route({
    method: 'GET',
    path: '/workspace/idle/effect',
    need: managers,
    summary: 'How many open sessions a new idle sign-out would end at once.',
    input: z.strictObject({ minutes: z.int().min(idleMinutes.min).max(idleMinutes.max) }),
    output: z.object({ sessions: z.int() }),
  }),
}
