/** Bytes of one file: what the contract allows in characters, each of two bytes at most in these scripts. */
const most = 16_000_000

export type ReadFile = { csv: string } | { error: 'empty' | 'too-large' | 'not-text' }

/**
 * A spreadsheet's CSV as text: UTF-8, with or without its mark, and what Excel writes without
 * asking (windows-1252) where it is not that.
 */
export async function readCsv(file: Blob): Promise<ReadFile> {
  if (file.size === 0) return { error: 'empty' }
  if (file.size > most) return { error: 'too-large' }
  const bytes = new Uint8Array(await file.arrayBuffer())
  // No text has one; a PDF, a picture or an .xlsx does.
  if (bytes.subarray(0, 4096).includes(0)) return { error: 'not-text' }
  const csv = decode(bytes)
  return csv.trim() ? { csv } : { error: 'empty' }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}
