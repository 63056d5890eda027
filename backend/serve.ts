import type { FastifyInstance, FastifyRequest } from 'fastify'
import { meets } from '../contract/permissions.ts'
import { fieldErrors, ProblemError } from '../contract/problem.ts'
import { fromQuery, type Route } from '../contract/route.ts'
import {
  type Output,
  type Parsed,
  type RouteName,
  type Routes,
  routes,
} from '../contract/routes.ts'
import type { z } from '../contract/zod.ts'
import { authenticate, type Caller } from './caller.ts'
import type { Database } from './db/database.ts'
import type { Jobs } from './jobs.ts'

/** What every handler may use, whoever calls. */
export interface Services extends Pick<Jobs, 'sendMail' | 'forgot'> {
  db: Database
}

/** What a handler is given. A route that anyone may call knows no caller. */
export interface Context<R extends RouteName> extends Services {
  caller: Routes[R]['need'] extends 'anyone' ? null : Caller
  input: Parsed<R>
  /** Network address of the request. */
  address: string
}

/** One handler for each route: a missing one does not compile. */
export type Handlers = { [R in RouteName]: (context: Context<R>) => Promise<Output<R>> }

/** The handlers of one feature, from its part of the route table. */
export type HandlersOf<Part> = Pick<Handlers, keyof Part & RouteName>

/** Signing out has to work for a session that has lost its seat. */
const seatless: ReadonlySet<RouteName> = new Set<RouteName>(['sessions.end'])

/** All that is answered to a session that was signed in with a one-time password (U2). */
const beforePasswordChange: ReadonlySet<RouteName> = new Set<RouteName>([
  'account.show',
  'account.changePassword',
  'sessions.current',
  'sessions.report',
  'sessions.end',
])

/** Binds the route table to its handlers. */
export function serve(app: FastifyInstance, handlers: Handlers, services: Services): void {
  // Object.keys forgets what it lists.
  for (const name of Object.keys(routes) as RouteName[]) mount(app, name, handlers, services)
}

function mount<R extends RouteName>(
  app: FastifyInstance,
  name: R,
  handlers: Pick<Handlers, R>,
  services: Services,
): void {
  const route: Route = routes[name]
  app.route({
    method: route.method,
    url: route.path,
    ...(route.bodyLimit && { bodyLimit: route.bodyLimit }),
    handler: async (request) => {
      const caller = await admit(name, route, request, services.db)
      const output = await handlers[name]({
        ...services,
        // `admit` and `parse` follow the table entry that these types are derived from.
        caller: caller as Context<R>['caller'],
        input: parse(route, request) as Parsed<R>,
        address: request.ip,
      })
      return route.output.parse(output)
    },
  })
}

/** The bearer token of a request (RFC 6750). */
export const bearerToken = (request: FastifyRequest): string | undefined =>
  /^Bearer +([\w~+/.-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1]

async function admit(
  name: RouteName,
  { need }: Route,
  request: FastifyRequest,
  db: Database,
): Promise<Caller | null> {
  if (need === 'anyone') return null
  const options = { seatless: seatless.has(name) }
  const caller = await authenticate(db, bearerToken(request), request.ip, options)
  if (caller.person.mustChangePassword && !beforePasswordChange.has(name))
    throw new ProblemError('password-change-needed')
  const { allowed, because } = meets(caller.person, need)
  if (!allowed) throw new ProblemError('forbidden', { because })
  return caller
}

/** Path, and query or body, as one input; whatever the schema does not name is refused. */
function parse(route: Route, { params, query, body }: FastifyRequest): unknown {
  const inQuery = route.method === 'GET' || route.method === 'DELETE'
  const [given = {}, unexpected] = inQuery ? [fromQueries(route, query), body] : [body, query]
  if (isRecord(unexpected) && Object.keys(unexpected).length > 0) {
    const path = inQuery ? 'body' : 'query'
    throw invalidInput([{ path, message: `this operation takes no ${path}` }])
  }
  const parsed = route.input.safeParse(
    isRecord(given) && isRecord(params) ? { ...given, ...params } : given,
  )
  if (!parsed.success) throw invalidInput(fieldErrors(parsed.error))
  return parsed.data
}

/** A query carries text only; what a field is comes from its schema. */
function fromQueries({ input }: Route, query: unknown): unknown {
  if (!isRecord(query)) return query
  const shape: Record<string, z.ZodType> = input.shape
  const fields = Object.entries(query).map(([name, value]) => [
    name,
    // A field that is named twice comes as a list, and is refused as one.
    typeof value === 'string' ? fromQuery(shape[name], value) : value,
  ])
  return Object.fromEntries(fields) as unknown
}

const invalidInput = (errors: ReturnType<typeof fieldErrors>) =>
  new ProblemError('invalid-input', { errors })

const isRecord = (it: unknown): it is Record<string, unknown> =>
  typeof it === 'object' && it !== null && !Array.isArray(it)
