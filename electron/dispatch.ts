import { localCalls, type LocalCalls, type LocalName, type LocalOutputs } from '../contract/ipc.ts'
import { fieldErrors, problem, ProblemError, type Reply } from '../contract/problem.ts'
import type { Route } from '../contract/route.ts'
import { type Parsed, type RouteName, routes } from '../contract/routes.ts'
import type { z } from '../contract/zod.ts'

/** What main answers itself, call by call. */
export type LocalHandlers = {
  [C in LocalName]: (input: z.output<LocalCalls[C]>) => LocalOutputs[C] | Promise<LocalOutputs[C]>
}

export type Dispatch = (name: unknown, input: unknown) => Promise<Reply<unknown>>

export interface DispatchOptions {
  local: LocalHandlers
  ask: (name: RouteName, input: Parsed<RouteName>) => Promise<Reply<unknown>>
  /** Runs before each call: a session that is over answers nothing. */
  check: () => void
}

const has = <T extends object>(table: T, name: unknown): name is keyof T =>
  typeof name === 'string' && Object.hasOwn(table, name)

/** Throws `invalid-input`. */
function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input)
  if (!parsed.success)
    throw new ProblemError('invalid-input', { errors: fieldErrors(parsed.error) })
  return parsed.data
}

/**
 * Answers the calls of the page: name, input, then main itself or the backend. Nothing is thrown,
 * because Electron keeps only an error's message.
 */
export function createDispatch({ local, ask, check }: DispatchOptions): Dispatch {
  function answerLocally(name: LocalName, input: unknown): unknown {
    // Its own schema parses what it is given, which TypeScript cannot follow through a union.
    const handler = local[name] as (input: unknown) => unknown
    return handler(parse<unknown>(localCalls[name], input))
  }

  async function answer(name: unknown, input: unknown): Promise<Reply<unknown>> {
    check()
    if (has(localCalls, name)) return { ok: true, data: await answerLocally(name, input) }
    if (!has(routes, name)) throw new ProblemError('unknown-call')
    const route: Route = routes[name]
    if (route.mainOnly) throw new ProblemError('unknown-call')
    // As above: the schema of this very name has parsed it.
    return ask(name, parse<unknown>(route.input, input) as Parsed<RouteName>)
  }

  return async (name, input) => {
    try {
      return await answer(name, input)
    } catch (error) {
      if (error instanceof ProblemError) return { ok: false, problem: error.problem }
      // What went wrong may speak of secrets; the page and the log learn only that it did.
      console.error(`A call failed: ${String(name)}: ${error instanceof Error ? error.name : ''}`)
      return { ok: false, problem: problem('internal') }
    }
  }
}
