import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes under a folder; what disappears while it is counted is left out. */
function bytesIn(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).reduce((sum, entry) => {
      const stat = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })
      return sum + (stat?.isFile() ? stat.size : 0)
    }, 0)
  } catch {
    return 0
  }
}

interface Watch {
  label: string
  /** Where the bytes arrive. */
  folder: string
  /** Bytes, where known beforehand. */
  total?: number
  /** Called when nothing has arrived for so many milliseconds. */
  stall?: { after: number; then: () => void }
}

/**
 * Shows how a download grows, by looking at the folder that the downloading tool writes to: neither npm
 * nor Electron's installer tells. One line rewritten on a terminal, a line every 10 s elsewhere.
 */
export function watchDownload({ label, folder, total, stall }: Watch): { done: () => void } {
  const before = bytesIn(folder)
  const terminal = process.stdout.isTTY
  let [seen, grownAt, printedAt] = [0, Date.now(), 0]

  const look = () => {
    const now = Date.now()
    const bytes = Math.max(0, bytesIn(folder) - before)
    if (bytes > seen) grownAt = now
    seen = Math.max(seen, bytes)
    if (stall && now - grownAt > stall.after) stall.then()
    if (seen === 0 || (!terminal && now - printedAt < 10_000)) return
    printedAt = now
    const text = `${label}: ${megabytes(seen)}${total ? ` of ${megabytes(total)}` : ''} MB`
    process.stdout.write(terminal ? `\r${text}` : `${text}\n`)
  }
  const timer = setInterval(look, 300)
  return {
    done: () => {
      clearInterval(timer)
      if (terminal && seen > 0) process.stdout.write('\n')
    },
  }
}

const megabytes = (bytes: number) => Math.round(bytes / 1_000_000)
