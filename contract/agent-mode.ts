import { managers, moduleStates, roles } from './permissions.ts'
import { route } from './route.ts'
import { z } from './zod.ts'

/** Whether the caller is among those who attend mass actions: queues and strategies (S2). */
export const AgentMode = z.object({
  /** The switch, as the person left it. */
  on: z.boolean(),
  /** State of the module Workspace: unless it is active the switch has no effect and cannot be moved (S3). */
  module: z.enum(moduleStates),
})
export type AgentMode = z.infer<typeof AgentMode>

/** Somebody who attends mass actions now. */
export const Attendant = z.object({
  id: z.uuid(),
  name: z.string(),
  email: z.string(),
  role: z.enum(roles),
  /** Agents attend by their role; owner and administrators because their agent mode is on. */
  because: z.enum(['role', 'agent-mode']),
  /** Has a session that takes a seat. */
  online: z.boolean(),
  /** Last human input in one of the open sessions (ISO 8601); `null`: not signed in. */
  lastActivityAt: z.iso.datetime().nullable(),
})
export type Attendant = z.infer<typeof Attendant>

export const agentMode = {
  'agentMode.show': route({
    method: 'GET',
    path: '/me/agent-mode',
    need: managers,
    summary: 'The caller’s agent mode (S2).',
    input: z.strictObject({}),
    output: AgentMode,
  }),

  'agentMode.set': route({
    method: 'PUT',
    path: '/me/agent-mode',
    need: managers,
    summary:
      'Turns the caller’s agent mode on or off; refused while the module Workspace is not active (S3).',
    input: z.strictObject({ on: z.boolean() }),
    output: AgentMode,
  }),

  'massActions.attendants': route({
    method: 'GET',
    path: '/mass-actions/attendants',
    need: { module: 'supervision', action: 'view' },
    summary:
      'Who attends mass actions now, with presence; nobody while the module Workspace is not active (S2, S3).',
    input: z.strictObject({
      /** Goes on behind this one: `next` of the page before. */
      after: z.uuid().optional(),
      limit: z.int().min(1).max(1000).default(500),
    }),
    output: z.object({
      module: z.enum(moduleStates),
      attendants: z.array(Attendant),
      /** `null`: that was the last page. */
      next: z.uuid().nullable(),
    }),
  }),
}
