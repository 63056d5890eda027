/** An address, or `null` for what is none. (`URL.canParse` came with Node 18.17; Electron 25 has 18.15.) */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}
