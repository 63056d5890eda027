import * as keytar from 'keytar'
import type { KeychainAnswer, KeychainRequest } from './keychain.ts'

/**
 * The only keytar, in a process of its own, because a keyring that waits for its owner blocks or
 * ends the process that asked (docs/decisions). One process serves one request. `findCredentials`
 * and `findPassword` are never used: they crash on a cancelled prompt.
 */
async function serve(request: KeychainRequest): Promise<KeychainAnswer> {
  const { service, account } = request
  try {
    switch (request.kind) {
      case 'get':
        return { ok: true, value: await keytar.getPassword(service, account) }
      case 'set':
        await keytar.setPassword(service, account, request.value)
        // Read back: some keyrings accept what they do not keep.
        return { ok: true, value: await keytar.getPassword(service, account) }
      case 'remove':
        return { ok: true, value: (await keytar.deletePassword(service, account)) ? '' : null }
    }
  } catch {
    // The error is not passed on: nobody can say what a keyring puts into its messages.
    return { ok: false }
  }
}

process.parentPort.once('message', (event: { data: KeychainRequest }) => {
  void serve(event.data).then((answer) => process.parentPort.postMessage(answer))
})
