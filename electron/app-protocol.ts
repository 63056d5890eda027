import { protocol } from 'electron'
import { isOwnPage, refuse, respond, scheme, serveFile } from './page-files.ts'

/** Serves what the development server has, as if it were ours. */
async function serveFrom(server: URL, request: Request): Promise<Response> {
  if (!isOwnPage(request.url)) return refuse(404)
  const { pathname, search } = new URL(request.url)
  const answer = await fetch(new URL(pathname + search, server), { headers: request.headers })
  if (!answer.ok) return refuse(404)
  const type = answer.headers.get('content-type') ?? 'application/octet-stream'
  return respond(Buffer.from(await answer.arrayBuffer()), type, `ws://${server.host}`)
}

/** Has to run before Electron is ready. */
export function declareScheme(): void {
  protocol.registerSchemesAsPrivileged([
    // Electron 25 does not know `codeCache` and ignores it.
    {
      scheme,
      privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
    },
  ])
}

/** Serves the page from a folder, or from the development server. */
export function servePage(folder: string, devServer: URL | null): void {
  protocol.handle(scheme, (request) =>
    devServer ? serveFrom(devServer, request) : serveFile(folder, request),
  )
}
