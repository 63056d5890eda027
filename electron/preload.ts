import { contextBridge, ipcRenderer } from 'electron'
import type { channels, Pipe } from '../contract/ipc.ts'

// Written out, because the contract would bring zod along; the types keep them the same.
const call: typeof channels.call = 'atalaya:call'
const told: typeof channels.event = 'atalaya:event'

/** A dumb pipe: what may pass is decided in `dispatch.ts`. */
const pipe: Pipe = {
  call: (name, input) => ipcRenderer.invoke(call, name, input),
  on(event, listener) {
    const hear = (_event: unknown, name: string, payload: unknown): void => {
      if (name === event) listener(payload)
    }
    ipcRenderer.on(told, hear)
    return () => void ipcRenderer.off(told, hear)
  },
}

contextBridge.exposeInMainWorld('atalaya', pipe)
