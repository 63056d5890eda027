import { beforeEach, describe, expect, test, vi } from 'vitest'
import SignedIn from '../../renderer/screens/SignedIn.vue'
import { pipe } from './fake-pipe.ts'
import { settle, show, signedIn, signedOut, text, who } from './page.ts'

async function as(role: 'owner' | 'administrator' | 'agent') {
  const page = await show(SignedIn, {
    props: { who: who(role) },
    start: { session: signedIn(role) },
  })
  await lands(page.router, role === 'agent' ? '/security/account' : '/users')
  await settle()
  return page
}
const lands = (router: Awaited<ReturnType<typeof show>>['router'], path: string) =>
  vi.waitFor(() => expect(router.currentRoute.value.path).toBe(path), 5_000)

beforeEach(() => {
  pipe().answer('workspace.showIdle', { minutes: 30, changed: null })
  pipe().answer('account.show', {
    id: 'a',
    name: 'Ana',
    email: 'ana@demo.test',
    role: 'agent',
    passwordChangedAt: null,
  })
})

describe('screens', () => {
  test('an agent does not see “Ambiente de trabajo”', async () => {
    await as('agent')
    expect(text()).toContain('Mi cuenta')
    expect(text()).not.toContain('Ambiente de trabajo')
  })

  test('an agent who goes there anyway lands on the own account', async () => {
    const { router } = await as('agent')
    await router.push('/security/workspace')
    await lands(router, '/security/account')
    expect(pipe().inputsOf('workspace.showIdle')).toEqual([])
  })

  test.each(['owner', 'administrator'] as const)('an %s sees it and can open it', async (role) => {
    const { router } = await as(role)
    await router.push('/security/workspace')
    await lands(router, '/security/workspace')
    await vi.waitFor(() => expect(text()).toContain('Ambiente de trabajo'), 5_000)
    await vi.waitFor(() => expect(text()).toContain('Cierre de sesión por inactividad'), 5_000)
    expect(document.title).toBe('Ambiente de trabajo · Atalaya')
  })

  test('an unknown address leads to the first screen', async () => {
    const { router } = await as('owner')
    await router.push('/nowhere/at/all')
    await lands(router, '/users')
  })

  test('without a session nothing opens', async () => {
    const { router } = await show({ render: () => null }, { start: { session: signedOut() } })
    await router.push('/security/account')
    expect(router.currentRoute.value.matched).toEqual([])
    expect(pipe().calls).toEqual([])
  })
})

describe('coming back', () => {
  test('who signs in again is on the same page', async () => {
    const { router, session } = await as('owner')
    await router.push('/security/workspace')
    pipe().emit('session.changed', signedOut({ because: 'idle' }))
    await settle()
    pipe().emit('session.changed', signedIn('owner'))
    expect(session.who?.person.role).toBe('owner')
    await lands(router, '/security/workspace')
  })

  test('somebody else starts at the first page', async () => {
    const { router } = await as('owner')
    await router.push('/security/workspace')
    pipe().emit('session.changed', signedOut({ because: 'idle' }))
    await settle()
    pipe().emit('session.changed', signedIn('administrator'))
    await lands(router, '/users')
  })

  test('in a window that main has emptied meanwhile as well', async () => {
    location.hash = '#/security/workspace'
    const form = { workspace: 'demo', email: 'owner@demo.test', name: '' }
    const start = { session: signedOut({ because: 'idle', form }) }
    const same = await show({ render: () => null }, { start })
    pipe().emit('session.changed', signedIn('owner'))
    await lands(same.router, '/security/workspace')

    const other = await show({ render: () => null }, { start })
    pipe().emit('session.changed', signedIn('administrator'))
    await lands(other.router, '/users')
  })

  test('who lost a role in between does not come back to what it opened', async () => {
    const { router } = await as('owner')
    await router.push('/security/workspace')
    pipe().emit('session.changed', signedIn('agent', 'owner'))
    await lands(router, '/security/account')
  })
})
