import swagger, { type StaticDocumentSpec } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RouteOptions,
} from 'fastify'
import { sql } from 'kysely'
import manifest from '../package.json' with { type: 'json' }
import { ProblemError } from '../contract/problem.ts'
import { account } from './features/account.ts'
import { agentMode } from './features/agent-mode.ts'
import { deletion } from './features/deletion.ts'
import { finder } from './features/finder.ts'
import { imports } from './features/imports.ts'
import { licences } from './features/licences.ts'
import { modules } from './features/modules.ts'
import { ownership } from './features/ownership.ts'
import { profiles } from './features/profiles.ts'
import { seats } from './features/seats.ts'
import { sessions } from './features/sessions.ts'
import { users } from './features/users.ts'
import { webhooks } from './features/webhooks.ts'
import { workspace } from './features/workspace.ts'
import { openApi } from './openapi.ts'
import { mountPages, withoutToken } from './pages/pages.ts'
import { sendProblem } from './problems.ts'
import { serve, type Services } from './serve.ts'

/** How a backend says who it is, at `/health`. */
export const health = { status: 'ok', name: manifest.name, version: manifest.version }

export interface LogOptions {
  level: string
  /** Where log lines go; absent: standard output. */
  stream?: { write: (line: string) => void }
}

/** For every answer; the pages of `/docs` bring a policy of their own. */
const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}

/** The page of the documentation: its own files, asking its own server. */
const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The server without its features: limits, headers, problems, log. */
export function newServer(options: {
  log: LogOptions
  trustProxy: string | undefined
}): FastifyInstance {
  const { level, stream } = options.log
  const app = fastify({
    bodyLimit: 64 * 1024,
    requestTimeout: 30_000,
    trustProxy: options.trustProxy ?? false,
    // Ending the process does not wait for browsers that keep their connection open.
    forceCloseConnections: true,
    // Refused before any hook runs: a path that cannot be decoded.
    frameworkErrors: (error, request, reply) => {
      void reply.headers(securityHeaders)
      sendProblem(error, request, reply)
    },
    logger: {
      level,
      ...(stream && { stream }),
      // Belt and braces: nothing logs headers or bodies.
      redact: ['*.authorization', '*.password', '*.token', '*.current', '*.next', '*.text'],
      serializers: {
        req: ({ method, url, ip }) => ({ method, path: withoutToken(url.split('?')[0] ?? ''), ip }),
      },
    },
  })
  app.removeContentTypeParser('text/plain')
  const known: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    // The pages of the documentation end in a wildcard, which answers to everything below it.
    if (!route.url.includes('*')) known.push(route)
  })
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(securityHeaders)
    // Before the body is read: an unknown address is one whatever is sent to it.
    if (request.is404) refuseUnknown(known, request, reply)
  })
  app.setErrorHandler(sendProblem)
  app.setNotFoundHandler(() => {
    throw new ProblemError('not-found')
  })
  return app
}

/** Tells an unknown address from a known one that was asked in the wrong way (RFC 9110 §15.5.6). */
function refuseUnknown(known: RouteOptions[], request: FastifyRequest, reply: FastifyReply): never {
  const [path = ''] = request.url.split('?')
  const allowed = known
    .filter(({ url }) => new RegExp(`^${url.replaceAll(/:\w+/g, '[^/]+')}$`).test(path))
    .flatMap(({ method }) => method)
  if (allowed.length === 0) throw new ProblemError('not-found')
  reply.header('allow', allowed.join(', '))
  throw new ProblemError('method-not-allowed', { allowed })
}

/** Everything that answers: the features, top to bottom, then what describes them. */
export async function mountFeatures(app: FastifyInstance, services: Services): Promise<void> {
  const people = { ...users, ...imports, ...profiles, ...modules }
  const own = { ...account, ...agentMode }
  const team = { ...workspace, ...ownership, ...finder, ...webhooks, ...deletion }
  serve(app, { ...sessions, ...seats, ...own, ...team, ...people, ...licences }, services)

  await mountPages(app, services)
  app.get('/health', async () => {
    await sql`select`.execute(services.db)
    return health
  })
  const document = openApi(health.version)
  app.get('/openapi.json', () => document)
  // The plugin's types stop at OpenAPI 3.0; it hands the document on as it is.
  const specification = { document } as unknown as StaticDocumentSpec
  await app.register(swagger, { mode: 'static', specification })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    transformStaticCSP: () => docsPolicy,
  })
}
