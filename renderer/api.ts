import type { CallInput, CallName, CallOutput, EventName, Events } from '../contract/ipc.ts'
import type { Problem, Reply } from '../contract/problem.ts'

/** A call that main refused or that failed on the way, with the problem as it came (RFC 9457). */
export class CallFailed extends Error {
  readonly problem: Problem
  /** The short name of the problem: the last part of its type. */
  readonly code: string
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title)
    this.name = 'CallFailed'
    this.problem = problem
    this.code = problem.type.slice(problem.type.lastIndexOf(':') + 1)
  }

  /** A number that the problem tells beside its standard members; 0 where it does not. */
  number(member: string): number {
    const value = this.problem[member]
    return typeof value === 'number' ? value : 0
  }
}

/** Asks main. Throws `CallFailed`, and nothing else. */
export async function call<C extends CallName>(
  name: C,
  input: CallInput<C>,
): Promise<CallOutput<C>> {
  const reply = await window.atalaya.call(name, plain(input)).catch(() => noAnswer)
  if (!reply.ok) throw new CallFailed(reply.problem)
  return reply.data as CallOutput<C> // main parsed it by the same contract
}

/** Listens to main; answers the function that stops listening. */
export function on<E extends EventName>(event: E, listener: (payload: Events[E]) => void) {
  return window.atalaya.on(event, (payload) => listener(payload as Events[E])) // as above
}

/** Vue's proxies cannot cross to main. Inputs are JSON by contract, so a round trip loses nothing. */
const plain = (input: unknown): unknown => JSON.parse(JSON.stringify(input))

/** Main answers failures as data; a rejected call means that it could not even do that. */
const noAnswer: Reply<never> = {
  ok: false,
  problem: { type: 'urn:atalaya:problem:internal', title: 'Main did not answer', status: 500 },
}
