import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Stop } from './commands.ts'
import { pngOf } from './picture.ts'
import { hasTool } from './system.ts'

export const hasDisplay = () =>
  process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'])

export interface Display {
  /** For `DISPLAY`. */
  name: string
  /** What it shows at this moment, as an X window dump. */
  dump: () => Buffer
  /** The same as PNG; `null` while it is all of one colour. */
  picture: () => Buffer | null
  stop: () => void
}

/** An X server without a screen (Xvfb), on a display number that nobody uses, closed to the network. */
export async function virtualDisplay(): Promise<Display> {
  const folder = mkdtempSync(join(tmpdir(), 'atalaya-display-'))
  // It writes the number it found to its stream 3, and what it shows to a file in `folder`.
  const xvfb = [
    '-displayfd',
    '3',
    '-screen',
    '0',
    '1280x800x24',
    '-nolisten',
    'tcp',
    // It would start anew whenever its last window closes, and refuse the one that opens meanwhile.
    '-noreset',
    '-fbdir',
    folder,
  ]
  // util-linux: ends it with this process, however that ends.
  const tie = hasTool('setpriv')
  const server = spawn(
    tie ? 'setpriv' : 'Xvfb',
    tie ? ['--pdeathsig', 'TERM', 'Xvfb', ...xvfb] : xvfb,
    // Detached: Ctrl-C is not for it, the window has to be closed first.
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'], detached: true },
  )
  const stop = () => {
    // Not SIGKILL: it removes the lock of its display number.
    server.kill('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', stop)

  const number = await new Promise<string>((resolve, reject) => {
    const told = server.stdio[3] as Readable
    told.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()))
    server.once('error', reject)
    server.once('exit', () => reject(new Stop('Xvfb, the virtual display, did not start.')))
  })
  const dump = () => readFileSync(join(folder, 'Xvfb_screen0'))
  return { name: `:${number}`, dump, picture: () => pngOf(dump()), stop }
}
