import { ProblemError } from '../contract/problem.ts'
import type { SaveFile } from './save-file.ts'
import type { Session } from './session.ts'

/** Saves everything that the workspace holds where the person says (S7). Throws as `save` does. */
export const createExport =
  (session: Pick<Session, 'shown' | 'download'>, save: SaveFile['save']) =>
  (): Promise<{ saved: boolean }> => {
    const now = session.shown().session
    if (now.status !== 'signed-in') throw new ProblemError('not-signed-in')
    const day = new Date().toISOString().slice(0, 10)
    const name = `atalaya-${now.who.workspace.link}-${day}.zip`
    const open = (signal: AbortSignal) => session.download('deletion.export', {}, signal)
    return save(name, async (signal) => wholeZip(await open(signal)))
  }

/** What every ZIP archive without a comment ends in, bytes (APPNOTE 6.3.10, 4.3.16). */
const endLength = 22
const endSignature = 'PK\x05\x06'

/**
 * Throws `offline` where the archive has no end: a proxy that speaks HTTP/1.0 with the backend cannot
 * tell a connection that broke from an answer that is through.
 */
async function* wholeZip(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let end: Buffer = Buffer.alloc(0)
  for await (const piece of pieces) {
    end = Buffer.concat([end, piece.subarray(-endLength)]).subarray(-endLength)
    yield piece
  }
  if (!end.toString('latin1').startsWith(endSignature)) throw new ProblemError('offline')
}
