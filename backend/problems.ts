import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { type ProblemCode, ProblemError, problem } from '../contract/problem.ts'
import { codeOfError } from './start-error.ts'

/** What Fastify itself refuses, before a handler runs. */
const ofFastify: Record<string, ProblemCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'not-json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'bad-json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'bad-json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'bad-json',
  FST_ERR_BAD_URL: 'not-found',
}

/**
 * Connections refused, lost, or waited for in vain; PostgreSQL classes 08 (connection), 57P (shutting
 * down) and 53 (out of resources), and statements that took too long.
 */
const databaseIsAway = (error: Error) =>
  /^(ECONN|EPIPE|ENOTFOUND|ETIMEDOUT|08|57P|57014|53)/.test(codeOfError(error)) ||
  /^(timeout exceeded when trying to connect|Connection terminated)/.test(error.message)

/** Answers every failure as problem details (RFC 9457); what nobody foresaw is logged under the id it shows. */
export function sendProblem(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const it = asProblem(error, request)
  if (typeof it['retryAfterSeconds'] === 'number')
    reply.header('retry-after', it['retryAfterSeconds'])
  return reply.status(it.status).type('application/problem+json').send(it)
}

function asProblem(error: Error, request: FastifyRequest) {
  if (error instanceof ProblemError) return error.problem
  const code = ofFastify[codeOfError(error)]
  if (code) return problem(code)
  if (error instanceof SyntaxError && 'statusCode' in error) return problem('bad-json')
  if (databaseIsAway(error)) {
    request.log.error({ err: error }, 'the database cannot be reached')
    return problem('unavailable')
  }
  request.log.error({ err: error }, 'unexpected failure')
  return problem('internal', { id: request.id })
}
