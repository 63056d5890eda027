import { account } from './account.ts'
import { sessions } from './sessions.ts'
import { workspace } from './workspace.ts'
import type { z } from './zod.ts'

/** Every operation of the backend. A feature adds its own file and a line here. */
export const routes = { ...sessions, ...account, ...workspace }

export type Routes = typeof routes
export type RouteName = keyof Routes
/** What a caller gives, before parsing. */
export type Input<R extends RouteName> = z.input<Routes[R]['input']>
/** What a handler receives, after parsing. */
export type Parsed<R extends RouteName> = z.output<Routes[R]['input']>
export type Output<R extends RouteName> = z.output<Routes[R]['output']>
