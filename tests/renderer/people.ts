import { h } from 'vue'
import { vi } from 'vitest'
import { RouterView } from 'vue-router'
import type { AccessOutput } from '../../contract/access.ts'
import type { Role } from '../../contract/permissions.ts'
import type { SignedIn } from '../../contract/sessions.ts'
import type { User, UserRow } from '../../contract/users.ts'
import { type FakePipe, pipe } from './fake-pipe.ts'
import { settle, show, signedIn } from './page.ts'

export const uid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

export const user = (n: number, more: Partial<User> = {}): User => ({
  id: uid(n),
  name: `Persona ${n}`,
  email: `persona${n}@demo.test`,
  role: 'agent',
  state: 'active',
  access: { kind: 'none' },
  agentMode: false,
  signedIn: false,
  lastSignInAt: null,
  createdAt: '2026-01-01T08:00:00Z',
  language: 'es',
  hours: null,
  mustChangePassword: false,
  invitation: null,
  version: 1,
  ...more,
})
export const row = ({ access, ...it }: User): UserRow => ({
  ...it,
  access: access.kind,
  profile: access.kind === 'profile' ? access.name : null,
})

export const profile = (
  n: number,
  grants: Extract<AccessOutput, { kind: 'custom' }>['grants'],
) => ({
  id: uid(9000 + n),
  name: `Perfil ${n}`,
  grants,
  users: 1,
  version: 1,
  changedAt: '2026-01-01T08:00:00Z',
})

/** Main answers about these people; the page of the list is `size` rows long. */
export function answerPeople(people: readonly User[], size = 100): FakePipe {
  const main = pipe()
  main.answer('users.list', {
    rows: people.slice(0, size).map(row),
    next: people.length > size ? 'more' : null,
    total: people.length,
  })
  main.answer('profiles.list', { profiles: [profile(1, { reports: ['view'] })] })
  return main
}

/** Happy-dom lays nothing out; a list that shows what is in view needs a height. */
export function giveHeight(height = 520): void {
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(height)
  vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(1000)
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(height)
}

/** Opens an address of the window as somebody, and waits until its screens have come. */
export async function openAt(
  path: string,
  role: Role,
  id: string,
  more?: Partial<SignedIn['person']>,
) {
  location.hash = path
  const outlet = { render: () => h(RouterView) }
  const page = await show(outlet, { start: { session: signedIn(role, id, more) } })
  await vi.waitFor(() => {
    if (!document.querySelector('.users')) throw new Error('The screen has not come')
  }, 10_000)
  await settle()
  return page
}
