import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { parseUrl } from './address.ts'

export const scheme = 'app'
const host = 'atalaya'
/** Where the page is. */
export const pageAddress = `${scheme}://${host}/`

/** As in `build/vite.renderer.ts`, which writes it into the page. */
export const noncePlaceholder = '__CSP_NONCE__'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

/** Whether an address is of our own page. */
export const isOwnPage = (address: string): boolean => {
  const url = parseUrl(address)
  return url?.protocol === `${scheme}:` && url.host === host
}

/** The path of the file that an address names, below the folder of the page; `null`: none can be. */
export function filePath(address: string): string | null {
  if (!isOwnPage(address)) return null
  let path: string
  try {
    path = decodeURIComponent(new URL(address).pathname)
  } catch {
    return null
  }
  // Checked after decoding: `%2e%2e%2f` and `%5c` are ways out as well.
  const parts = path.split('/').slice(1)
  if (/[\\\0:]/.test(path) || parts.includes('..') || parts.includes('.')) return null
  return path === '/' ? 'index.html' : parts.join('/')
}

/** The content security policy of the page (ASVS 5.0, 3.4.3). `connect` is for the development server alone. */
const contentPolicy = (nonce: string, connect = "'none'"): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ')

/** An answer with the headers that every answer has; a page gets a nonce of its own on each load. */
export function respond(body: Buffer, type: string, connect?: string): Response {
  const nonce = randomBytes(16).toString('base64')
  const isPage = type.startsWith('text/html')
  const text = () => body.toString('utf8').replaceAll(noncePlaceholder, nonce)
  return new Response(isPage ? text() : new Uint8Array(body), {
    headers: {
      'content-type': type,
      'content-security-policy': contentPolicy(nonce, connect),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': isPage ? 'no-store' : 'no-cache',
    },
  })
}

export const refuse = (status: 404 | 405): Response => new Response(null, { status })

/** Serves the files of a folder. */
export async function serveFile(folder: string, request: Request): Promise<Response> {
  if (request.method !== 'GET') return refuse(405)
  const path = filePath(request.url)
  const type = path === null ? undefined : types[extname(path)]
  if (path === null || type === undefined) return refuse(404)
  try {
    return respond(await readFile(join(folder, path)), type)
  } catch {
    return refuse(404)
  }
}
