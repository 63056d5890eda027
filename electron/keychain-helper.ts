import { utilityProcess } from 'electron'
import type { KeychainHelper } from './keychain.ts'

/** Starts `keychain-process.ts` in a utility process. */
export function startKeychainHelper(path: string): KeychainHelper {
  const child = utilityProcess.fork(path, [], { serviceName: 'Atalaya keychain', stdio: 'ignore' })
  return {
    send: (request) => child.postMessage(request),
    onAnswer: (listener) => child.on('message', listener),
    onExit: (listener) => child.on('exit', () => listener()),
    kill() {
      // A keyring call that hangs outlives a polite request to end.
      if (child.pid === undefined) child.kill()
      else
        try {
          process.kill(child.pid, 'SIGKILL')
        } catch {
          // It has ended by itself.
        }
    },
  }
}
