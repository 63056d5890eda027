import type { CallName, CallOutput, EventName, Events, Pipe } from '../../contract/ipc.ts'
import { problem, type ProblemCode, type Reply } from '../../contract/problem.ts'

type Answer = (input: unknown) => Reply<unknown> | Promise<Reply<unknown>>

/** Main, as the page sees it: says what a test tells it to say, and remembers what it was asked. */
export class FakePipe implements Pipe {
  readonly calls: { name: string; input: unknown }[] = []
  private readonly answers = new Map<string, Answer>()
  private readonly listeners = new Map<string, Set<(payload: unknown) => void>>()

  answer<C extends CallName>(name: C, data: CallOutput<C>): void {
    this.answers.set(name, () => ({ ok: true, data }))
  }

  /** The call waits until its answer is given. */
  hold<C extends CallName>(name: C): (data: CallOutput<C>) => void {
    let give: (reply: Reply<unknown>) => void = () => undefined
    const reply = new Promise<Reply<unknown>>((resolve) => (give = resolve))
    this.answers.set(name, () => reply)
    return (data) => give({ ok: true, data })
  }

  refuse(name: CallName, code: ProblemCode, members?: Record<string, unknown>): void {
    this.answers.set(name, () => ({ ok: false, problem: problem(code, members) }))
  }

  call(name: string, input: unknown): Promise<Reply<unknown>> {
    // As Electron does: what cannot be cloned, a Vue proxy for one, is refused.
    this.calls.push({ name, input: structuredClone(input) })
    const answer = this.answers.get(name)
    return answer
      ? Promise.resolve(answer(input))
      : Promise.reject(new Error(`The test does not say what ${name} answers`))
  }

  on(event: string, listener: (payload: unknown) => void): () => void {
    const listeners = this.listeners.get(event) ?? new Set()
    this.listeners.set(event, listeners.add(listener))
    return () => listeners.delete(listener)
  }

  emit<E extends EventName>(event: E, payload: Events[E]): void {
    this.listeners.get(event)?.forEach((listener) => listener(payload))
  }

  inputsOf(name: CallName): unknown[] {
    return this.calls.filter((it) => it.name === name).map(({ input }) => input)
  }
}

/** The one that stands at `window.atalaya` in this test. */
export const pipe = (): FakePipe => {
  if (window.atalaya instanceof FakePipe) return window.atalaya
  throw new Error('tests/renderer/setup.ts puts a fake pipe before each test')
}
