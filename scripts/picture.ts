import { crc32, deflateSync } from 'node:zlib'

/** What Xvfb keeps (an X window dump, XWDFile.h), 32 bits a pixel. */
function read(dump: Buffer) {
  // The header's own size, then 25 words of which these matter.
  const word = (index: number) => dump.readUInt32BE(index * 4)
  const [headerSize, width, height, bytesPerLine, colours] = [0, 4, 5, 12, 19].map(word) as [
    number,
    number,
    number,
    number,
    number,
  ]
  return { width, height, bytesPerLine, pixels: dump.subarray(headerSize + colours * 12) }
}

export interface Box {
  x: number
  y: number
  width: number
  height: number
}

/** The pixels of a part of it, in whole numbers. */
export function partOf(dump: Buffer, { x, y, width, height }: Box): Buffer {
  const { bytesPerLine, pixels } = read(dump)
  const line = (at: number) =>
    pixels.subarray((y + at) * bytesPerLine + x * 4, (y + at) * bytesPerLine + (x + width) * 4)
  return Buffer.concat(Array.from({ length: height }, (_, at) => line(at)))
}

/** Turns it into a PNG; `null` when it is all one colour. */
export function pngOf(dump: Buffer): Buffer | null {
  const { width, height, bytesPerLine, pixels } = read(dump)
  if (plain(pixels, width, height, bytesPerLine)) return null

  // Each line of a PNG begins with its filter: 0, none.
  const lines = Buffer.alloc(height * (1 + width * 3))
  for (let y = 0, to = 0; y < height; y++) {
    to++
    for (let x = 0, from = y * bytesPerLine; x < width; x++, from += 4) {
      lines[to++] = pixels[from + 2] ?? 0
      lines[to++] = pixels[from + 1] ?? 0
      lines[to++] = pixels[from] ?? 0
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // 8 bits a channel, red green blue, the only compression, filter and order there are.
  header.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function plain(pixels: Buffer, width: number, height: number, bytesPerLine: number): boolean {
  const first = pixels.readUInt32LE(0)
  for (let y = 0; y < height; y += 8)
    for (let x = 0; x < width; x += 8)
      if (pixels.readUInt32LE(y * bytesPerLine + x * 4) !== first) return false
  return true
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [size, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  size.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(named))
  return Buffer.concat([size, named, check])
}
