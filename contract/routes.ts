import { account } from './account.ts'
import { agentMode } from './agent-mode.ts'
import { deletion } from './deletion.ts'
import { finder } from './finder.ts'
import { imports } from './imports.ts'
import { licences } from './licences.ts'
import { modules } from './modules.ts'
import { ownership } from './ownership.ts'
import { profiles } from './profiles.ts'
import { seats } from './seats.ts'
import { sessions } from './sessions.ts'
import { users } from './users.ts'
import { webhooks } from './webhooks.ts'
import { workspace } from './workspace.ts'
import type { z } from './zod.ts'

/** Every operation of the backend. A feature adds its own file and a line here. */
export const routes = {
  ...sessions,
  ...seats,
  ...account,
  ...agentMode,
  ...webhooks,
  ...ownership,
  ...workspace,
  ...finder,
  ...deletion,
  ...modules,
  ...users,
  ...imports,
  ...profiles,
  ...licences,
}

export type Routes = typeof routes
export type RouteName = keyof Routes
/** What a caller gives, before parsing. */
export type Input<R extends RouteName> = z.input<Routes[R]['input']>
/** What a handler receives, after parsing. */
export type Parsed<R extends RouteName> = z.output<Routes[R]['input']>
export type Output<R extends RouteName> = z.output<Routes[R]['output']>
/** The routes whose answer is a file. */
export type FileRoute = {
  [R in RouteName]: Routes[R] extends { answers: string } ? R : never
}[RouteName]
