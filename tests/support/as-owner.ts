import { demoPassword } from '../../backend/db/seed.ts'

const json = { 'content-type': 'application/json' }

/** Asks the backend as the owner of the demo, from a workstation that signs out again. */
export async function asOwner(
  address: string,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> {
  const signedIn = await fetch(`${address}/sessions`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({
      workspace: 'demo',
      email: 'owner@demo.test',
      password: demoPassword,
      device: { id: crypto.randomUUID(), name: 'desk', platform: 'linux', version: '0.1.0' },
    }),
  })
  const { token } = (await signedIn.json()) as { token: string }
  const headers = { authorization: `Bearer ${token}`, ...(body && json) }
  const answer = await fetch(`${address}${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  })
  const answered: unknown = await answer.json()
  await fetch(`${address}/session`, { method: 'DELETE', headers })
  return answered
}
