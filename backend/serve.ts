import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { meets } from '../contract/permissions.ts'
import { fieldErrors, ProblemError } from '../contract/problem.ts'
import { fromQuery, type Route } from '../contract/route.ts'
import {
  type FileRoute,
  type Output,
  type Parsed,
  type RouteName,
  type Routes,
  routes,
} from '../contract/routes.ts'
import type { z } from '../contract/zod.ts'
import { authenticate, type Caller } from './caller.ts'
import type { Database, Tx } from './db/database.ts'
import type { Jobs } from './jobs.ts'
import { answeredBefore, deedOf, remember } from './once.ts'
import { recordRefused } from './refused.ts'
import type { Reach } from './webhook-address.ts'

/** What every handler may use, whoever calls. */
export interface Services extends Pick<Jobs, 'sendMail' | 'sendWebhooks' | 'forgot'> {
  db: Database
  reach: Reach
}

/** What a handler is given. A route that anyone may call knows no caller. */
export interface Context<R extends RouteName> extends Services {
  caller: Routes[R]['need'] extends 'anyone' ? null : Caller
  input: Parsed<R>
  /** Network address of the request. */
  address: string
  /** Keeps the answer for a repetition; called in the transaction of what must not happen twice. */
  remember: Routes[R] extends { once: true } ? Remember<R> : never
}

type Remember<R extends RouteName> = (tx: Tx, output: Output<R>) => Promise<void>

type Answer<R extends RouteName> = R extends FileRoute ? Readable : Output<R>

/** One handler for each route: a missing one does not compile. */
export type Handlers = { [R in RouteName]: (context: Context<R>) => Promise<Answer<R>> }

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
    handler: async (request, reply) => {
      const { db } = services
      const caller = await callerOf(name, route, request, db)
      const deed = route.once && caller ? deedOf(caller, name, request.body) : undefined
      const answered = deed && (await answeredBefore(db, deed))
      if (answered !== undefined) return route.output.parse(answered)

      const remembering: Remember<R> = (tx, output) =>
        deed ? remember(tx, deed, output) : Promise.resolve()
      try {
        admit(name, route, caller)
        const context = {
          ...services,
          // `callerOf` and `parse` follow the table entry that these types are derived from.
          caller: caller as Context<R>['caller'],
          input: parse(route, request) as Parsed<R>,
          address: request.ip,
          remember: remembering as Context<R>['remember'],
        }
        const answer = await handlers[name](context)
        if (route.answers) return await reply.type(`application/${route.answers}`).send(answer)
        return route.output.parse(answer)
      } catch (error) {
        // Of two repetitions at the same moment one fails, and is answered as the other.
        const meanwhile = deed && (await answeredBefore(db, deed))
        if (meanwhile !== undefined) return route.output.parse(meanwhile)
        if (caller && route.method !== 'GET') await recordRefused(db, caller, name, error)
        throw error
      }
    },
  })
}

/** The bearer token of a request (RFC 6750). */
export const bearerToken = (request: FastifyRequest): string | undefined =>
  /^Bearer +([\w~+/.-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1]

async function callerOf(
  name: RouteName,
  { need }: Route,
  request: FastifyRequest,
  db: Database,
): Promise<Caller | null> {
  if (need === 'anyone') return null
  const options = { seatless: seatless.has(name) }
  return authenticate(db, bearerToken(request), request.ip, options)
}

/** Throws `password-change-needed` or `forbidden`. */
function admit(name: RouteName, { need }: Route, caller: Caller | null): void {
  if (!caller) return
  if (caller.person.mustChangePassword && !beforePasswordChange.has(name))
    throw new ProblemError('password-change-needed')
  const { allowed, because } = meets(caller.person, need)
  if (!allowed) throw new ProblemError('forbidden', { because })
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
