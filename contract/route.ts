import type { Need } from './permissions.ts'
import type { z } from './zod.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * One operation of the backend, declared once: `serve.ts` answers it, `electron/backend.ts` calls it,
 * OpenAPI is printed from it, and the screens hide what it forbids.
 */
export interface Route<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodType = z.ZodType,
> {
  method: Method
  /** Names in `:braces` are taken from the input; the rest travels as query (GET, DELETE) or as JSON body. */
  path: `/${string}`
  /** Who may call it. */
  need: Need
  input: Input
  output: Output
  /** One sentence for the API documentation. */
  summary: string
  /** Bytes of the body, where the usual 64 kB are too few. */
  bodyLimit?: number
  /** Its answer is a file, streamed as it is written, and no JSON; then `output` is `never`. */
  answers?: 'zip'
  /**
   * Must not happen twice: its input has a `key`, made for one deed. A repetition with the same key is
   * answered as the first was, also to a caller who may not ask any more, and changes nothing.
   */
  once?: true
  /** Asked by main alone (it carries a token or a report); the renderer is refused. */
  mainOnly?: true
}

/** Declares a route without losing its types. */
export const route = <const R extends Route>(it: R): R => it

/** The names that stand as `:name` in a path. */
export const pathNames = (path: string): string[] =>
  Array.from(path.matchAll(/:(\w+)/g), (match) => match[1] ?? '')

/**
 * A query carries text only: what is not text stands in it as JSON. Reading goes by the schema, so
 * that a search for `123` stays a text.
 */
export const toQuery = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)

export function fromQuery(schema: z.ZodType | undefined, text: string): unknown {
  if (!schema || schema.safeParse(text).success) return text
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
