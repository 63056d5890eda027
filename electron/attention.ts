import { type BrowserWindow, Notification } from 'electron'
import type { IdleWarning } from '../contract/ipc.ts'
import { fill, type NativeWords } from './words.ts'

interface Options {
  window: () => BrowserWindow | null
  /** Brings the window to the front. */
  focus: () => void
  words: () => NativeWords
}

/**
 * Tells of the idle warning where the window is not in front (B3): a notification of the system, and
 * the window's button in the taskbar flashes. A click on either brings the window to the front and
 * extends nothing: any program can send such a click.
 */
export function createAttention({ window, focus, words }: Options) {
  let notification: Notification | null = null

  function calm(): void {
    notification?.close()
    notification = null
    const it = window()
    if (it && !it.isDestroyed()) it.flashFrame(false)
  }

  function call(endsInMs: number): void {
    const it = window()
    if (!it || it.isDestroyed() || it.isFocused()) return
    it.flashFrame(true)
    it.once('focus', calm)
    if (!Notification.isSupported()) return
    const { title, text } = words().warning
    const body = fill(text, { seconds: Math.round(endsInMs / 1_000) })
    notification = new Notification({ title, body, urgency: 'critical' })
    notification.on('click', focus)
    notification.show()
  }

  return (warning: IdleWarning): void => {
    calm()
    if (warning) call(warning.endsInMs)
  }
}
