import { fill, type NativeWords } from './words.ts'

/** Who is signed in, and how long the session lasts if nobody touches the workstation, ms. */
export interface TrayStatus {
  name: string
  endsInMs: number
}

const minute = 60_000

export function trayText(status: TrayStatus | null, { tray }: NativeWords): string {
  if (!status) return tray['signed-out']
  const { name, endsInMs } = status
  return endsInMs < minute
    ? fill(tray.ending, { name })
    : fill(tray['signed-in'], { name, minutes: Math.floor(endsInMs / minute) })
}
