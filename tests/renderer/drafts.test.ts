import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { RouterView } from 'vue-router'
import CreateUser from '../../renderer/screens/users/CreateUser.vue'
import { emptyDraft } from '../../renderer/screens/users/user-draft.ts'
import { pipe } from './fake-pipe.ts'
import { button, click, field, settle, show, signedOut, text, type } from './page.ts'
import { answerPeople, giveHeight, openAt, uid, user } from './people.ts'
import { eventually } from '../support/eventually.ts'

const restored = 'Recuperamos lo que habías escrito'
const kept = () => pipe().inputsOf('drafts.keep').at(-1)
const dropped = () => pipe().inputsOf('drafts.drop')

beforeEach(() => {
  giveHeight()
  answerPeople([])
  pipe().answer('drafts.take', { draft: null })
  pipe().answer('drafts.keep', null)
  pipe().answer('drafts.drop', null)
})
afterEach(() => vi.restoreAllMocks())

describe('what is typed and not saved', () => {
  test('is kept with main a moment after typing, whole', async () => {
    await show(CreateUser)
    await type('Nombre', 'Rosa')
    await type('Nombre', 'Rosa Huamán')
    await eventually(() => expect(kept()).toMatchObject({ draft: { name: 'Rosa Huamán' } }))
  })

  test('is dropped when nothing is left of it', async () => {
    await show(CreateUser)
    await type('Nombre', 'Rosa')
    await eventually(() => expect(kept()).toBeDefined())
    await type('Nombre', '')
    await eventually(() => expect(dropped()).toEqual([{ form: 'users.create' }]))
  })

  test('comes back into a new form, which says so', async () => {
    const draft = { ...emptyDraft('es'), name: 'Rosa Huamán' }
    pipe().answer('drafts.take', { draft })
    await show(CreateUser)
    expect(field('Nombre').value).toBe('Rosa Huamán')
    expect(text()).toContain(restored)
    expect(pipe().inputsOf('drafts.take')).toEqual([{ form: 'users.create' }])
  })

  test('of a user comes back with the version that it was based on', async () => {
    const before = user(1, { version: 4 })
    const now = user(1, { version: 5, email: 'otra@demo.test' })
    answerPeople([now])
    pipe().answer('users.show', now)
    const typed = { ...emptyDraft('es'), email: before.email, name: 'Rosa Huamán' }
    pipe().answer('drafts.take', { draft: { base: before, draft: typed } })
    await openAt(`/users/${now.id}`, 'owner', uid(500))
    await vi.waitFor(() => expect(field('Nombre').value).toBe('Rosa Huamán'), 5_000)
    expect(text()).toContain(restored)

    pipe().answer('users.update', now)
    await click(button('Guardar'))
    expect(pipe().inputsOf('users.update')).toMatchObject([{ version: 4, name: 'Rosa Huamán' }])
  })

  test('of a profile comes back', async () => {
    pipe().answer('profiles.list', { profiles: [] })
    const draft = { base: null, name: 'Ventas', grants: { crm: ['view'] } }
    pipe().answer('drafts.take', { draft })
    const { router } = await show(RouterView)
    await router.push('/profiles/new')
    await vi.waitFor(() => expect(text()).toContain(restored), 5_000)
    expect(field('Nombre').value).toBe('Ventas')
  })
})

describe('the sign-in screen', () => {
  const form = { workspace: 'demo', email: 'ana@demo.test', name: 'Ana Ríos' }

  test('greets whoever was there by name, and says why they are out', async () => {
    const { default: App } = await import('../../renderer/App.vue')
    await show(App, { start: { session: signedOut({ because: 'locked', form }) } })
    await settle()
    expect(text()).toContain('Hola de nuevo, Ana Ríos.')
    expect(text()).toContain('Bloqueaste la sesión.')
  })

  test('does not greet whoever left for good', async () => {
    const { default: App } = await import('../../renderer/App.vue')
    await show(App, { start: { session: signedOut({ because: 'signed-out', form }) } })
    await settle()
    expect(text()).not.toContain('Ana Ríos')
  })
})
