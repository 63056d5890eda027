import type { Readable } from 'node:stream'
import type { AxiosRequestConfig, AxiosResponse } from 'axios'
import { Problem, problem, ProblemError, type Reply } from '../contract/problem.ts'
import { pathNames, type Route, toQuery } from '../contract/route.ts'
import {
  type FileRoute,
  type Output,
  type Parsed,
  type RouteName,
  routes,
} from '../contract/routes.ts'
import { parseUrl } from './address.ts'

interface AskOptions {
  token?: string | undefined
  /** Milliseconds for the whole exchange. */
  timeout?: number
}

/** The backend as main sees it: every answer is a `Reply`, nothing is thrown. */
export interface Backend {
  ask<R extends RouteName>(
    name: R,
    input: Parsed<R>,
    options?: AskOptions,
  ): Promise<Reply<Output<R>>>
  /** Opens an answer that does not end. */
  stream: (path: string, token: string, signal: AbortSignal) => Promise<Reply<Readable>>
  /** Opens an answer that is a file. Reading it throws `offline` where it breaks before its end. */
  download: <R extends FileRoute>(
    name: R,
    input: Parsed<R>,
    options: DownloadOptions,
  ) => Promise<Reply<AsyncIterable<Uint8Array>>>
}

interface DownloadOptions {
  token: string
  signal: AbortSignal
  /** Milliseconds without a byte after which the file is given up. */
  silence?: number
}

/** The list of 100,000 users as CSV takes a fifth of it. */
const largestAnswer = 64 * 1024 * 1024

/** Milliseconds for the exchange of a route: a file of many thousand rows takes its time. */
const patience = (name: RouteName): number => {
  const { bodyLimit, mainOnly }: Route = routes[name]
  if (bodyLimit) return 300_000
  return mainOnly ? 10_000 : 30_000
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)

/** Checks an address of a backend. A token travels encrypted, or not beyond this machine (ASVS 5.0, 12.2.1). */
export function backendAddress(text: string): URL {
  const url = parseUrl(text)
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
    throw new Error(`ATALAYA_BACKEND is not an http(s) address: ${text}`)
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw new Error(`ATALAYA_BACKEND has to be an https address: ${text}`)
  return url
}

/** The request that a route and its input stand for. */
export function requestOf(
  name: RouteName,
  input: Record<string, unknown>,
): { method: string; path: string; body: string | undefined } {
  const { method, path } = routes[name]
  const inPath = pathNames(path)
  const rest = Object.entries(input).filter(
    ([key, value]) => !inPath.includes(key) && value !== undefined,
  )
  const filled = path.replace(/:(\w+)/g, (_all, key: string) =>
    encodeURIComponent(String(input[key])),
  )
  if (method !== 'GET' && method !== 'DELETE')
    return { method, path: filled, body: JSON.stringify(Object.fromEntries(rest)) }
  const query = new URLSearchParams(
    rest.map(([key, value]): [string, string] => [key, toQuery(value)]),
  ).toString()
  return { method, path: query ? `${filled}?${query}` : filled, body: undefined }
}

const fail = (code: 'offline' | 'bad-answer'): Reply<never> => ({
  ok: false,
  problem: problem(code),
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads an answer. What is neither the route's output nor problem details came from somebody else. */
function readAnswer(name: RouteName, response: AxiosResponse<string>): Reply<unknown> {
  const type = String(response.headers['content-type'] ?? '')
  const body = parseJson(response.data)
  if (type.startsWith('application/problem+json')) {
    const parsed = Problem.safeParse(body)
    return parsed.success ? { ok: false, problem: parsed.data } : fail('bad-answer')
  }
  if (response.status < 200 || response.status > 299) return fail('bad-answer')
  const parsed = routes[name].output.safeParse(response.status === 204 ? {} : body)
  return parsed.success ? { ok: true, data: parsed.data } : fail('bad-answer')
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestAnswer) break
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** A file as it comes, given up when nothing of it comes for so long, milliseconds. */
async function* pieces(file: Readable, silence: number): AsyncGenerator<Uint8Array> {
  const watchdog = setTimeout(() => file.destroy(), silence)
  try {
    for await (const piece of file as AsyncIterable<Buffer>) {
      watchdog.refresh()
      yield piece
    }
    // One that was given up before it was read ends without an error.
    if (!file.readableEnded) throw new Error('it broke')
  } catch {
    throw new ProblemError('offline')
  } finally {
    clearTimeout(watchdog)
  }
}

/** Talks to the backend at an address. axios is loaded with the first request, not at the start of the app. */
export function createBackend(address: URL): Backend {
  const common: AxiosRequestConfig = {
    baseURL: address.href.replace(/\/+$/, ''),
    adapter: 'http',
    // An answer from elsewhere is no answer, and a token is never carried there.
    maxRedirects: 0,
    proxy: false,
    maxContentLength: largestAnswer,
    validateStatus: () => true,
    transformResponse: (data: unknown) => data,
  }
  const request = async <T>(config: AxiosRequestConfig): Promise<AxiosResponse<T>> => {
    const { default: axios } = await import('axios')
    return axios.request<T>({ ...common, ...config })
  }
  const bearer = (token: string | undefined) => (token ? { authorization: `Bearer ${token}` } : {})

  async function ask(
    name: RouteName,
    input: Record<string, unknown>,
    { token, timeout = patience(name) }: AskOptions = {},
  ): Promise<Reply<unknown>> {
    const { method, path, body } = requestOf(name, input)
    try {
      const response = await request<string>({
        method,
        url: path,
        data: body,
        responseType: 'text',
        headers: {
          accept: 'application/json, application/problem+json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...bearer(token),
        },
        signal: AbortSignal.timeout(timeout),
      })
      return readAnswer(name, response)
    } catch {
      // An error of axios holds the request, with its token: it goes no further.
      return fail('offline')
    }
  }

  /** Opens an answer of that media type, of any length. */
  async function open(
    type: string,
    token: string,
    config: AxiosRequestConfig,
  ): Promise<Reply<Readable>> {
    try {
      const response = await request<Readable>({
        ...config,
        responseType: 'stream',
        headers: {
          accept: `${type}, application/problem+json`,
          ...(config.data === undefined ? {} : { 'content-type': 'application/json' }),
          ...bearer(token),
        },
        maxContentLength: -1,
      })
      const given = String(response.headers['content-type'] ?? '')
      if (response.status === 200 && given.startsWith(type))
        return { ok: true, data: response.data }
      const parsed = Problem.safeParse(parseJson(await textOf(response.data)))
      return parsed.success ? { ok: false, problem: parsed.data } : fail('bad-answer')
    } catch {
      return fail('offline')
    }
  }

  return {
    // `readAnswer` has parsed the data with the output schema of this very route.
    ask: ask as Backend['ask'],
    stream: (path, token, signal) => open('text/event-stream', token, { url: path, signal }),
    async download(name, input, { token, signal, silence = 60_000 }) {
      const { method, path, body } = requestOf(name, input)
      const config = { method, url: path, data: body, signal, timeout: silence }
      const reply = await open(`application/${routes[name].answers}`, token, config)
      return reply.ok ? { ok: true, data: pieces(reply.data, silence) } : reply
    },
  }
}
