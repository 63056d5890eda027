import { ipcMain, type IpcMainInvokeEvent, type WebContents } from 'electron'
import { channels } from '../contract/ipc.ts'
import { problem, type Reply } from '../contract/problem.ts'
import { isOwnPage } from './page-files.ts'
import type { Dispatch } from './dispatch.ts'

/** Only the main frame of our own window, showing our own page, may call (Electron security, item 17). */
function isTrusted(event: IpcMainInvokeEvent, page: WebContents | null): boolean {
  const frame = event.senderFrame
  return frame !== null && event.sender === page && frame === page.mainFrame && isOwnPage(frame.url)
}

/** The only door from the page to main. */
export function openBridge(page: () => WebContents | null, dispatch: Dispatch): void {
  ipcMain.handle(channels.call, (event, name: unknown, input: unknown): Promise<Reply<unknown>> =>
    isTrusted(event, page())
      ? dispatch(name, input)
      : Promise.resolve({ ok: false, problem: problem('untrusted-sender') }),
  )
}
