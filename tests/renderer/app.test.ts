import { beforeEach, describe, expect, test, vi } from 'vitest'
import App from '../../renderer/App.vue'
import { call, CallFailed } from '../../renderer/api.ts'
import { usePreferences } from '../../renderer/stores/preferences.ts'
import { pipe } from './fake-pipe.ts'
import { button, click, settle, show, signedIn, signedOut, text } from './page.ts'
import { reactive } from 'vue'

beforeEach(() => {
  location.hash = '#/security/account'
  pipe().answer('account.sessions', { sessions: [] })
  pipe().answer('licences.show', { licences: 70, taken: 10, waiting: 0, refused: 0 })
  pipe().answer('account.show', {
    id: 'a',
    name: 'Ana',
    email: 'ana@demo.test',
    role: 'agent',
    passwordChangedAt: null,
  })
})

async function open(): Promise<void> {
  await show(App)
  await vi.waitFor(() => expect(text()).toContain('Mi cuenta'), 5_000)
}

describe('window', () => {
  test('while the session is resumed it says so and shows nothing else', async () => {
    await show(App, { start: { session: { status: 'resuming' } } })
    expect(text()).toContain('Recuperando tu sesión…')
    expect(document.querySelector('input')).toBeNull()
  })

  test('when main ends the session, nothing of it stays on the page', async () => {
    await open()
    pipe().emit('idle.changed', { endsInMs: 20_000 })
    await settle()
    expect(text()).toContain('¿Sigues ahí?')
    pipe().emit('session.changed', signedOut({ because: 'idle' }))
    await settle()
    expect(text()).toContain('Tu sesión se cerró por inactividad.')
    expect(text()).not.toContain('Contact Center Demo')
    expect(text()).not.toContain('¿Sigues ahí?')
    expect(document.title).toBe('Inicia sesión · Atalaya')
  })

  test('the warning goes when main has seen a person', async () => {
    await open()
    pipe().emit('idle.changed', { endsInMs: 20_000 })
    await settle()
    pipe().emit('idle.changed', null)
    await settle()
    expect(document.querySelector('[role=alertdialog]')).toBeNull()
  })

  test('the connection is told politely', async () => {
    await open()
    const chip = () => document.querySelector('.connection')
    expect(chip()?.textContent.trim()).toBe('En línea')
    expect(chip()?.getAttribute('role')).toBe('status')
    pipe().emit('connection.changed', 'reconnecting')
    await settle()
    expect(chip()?.textContent.trim()).toBe('Reconectando…')
    pipe().emit('connection.changed', 'offline')
    await settle()
    expect(text()).toContain('no se puede guardar nada hasta que vuelva')
  })

  test('what could not be read is read again when the connection is back', async () => {
    pipe().emit('connection.changed', 'offline')
    await open()
    const before = pipe().inputsOf('account.show').length
    pipe().emit('connection.changed', 'offline')
    await settle()
    pipe().emit('connection.changed', 'online')
    await settle()
    expect(pipe().inputsOf('account.show')).toHaveLength(before + 1)
  })

  test('a keychain that cannot be used is told until it is dismissed', async () => {
    pipe().answer('notice.dismiss', null)
    const session = signedOut()
    await show(App, { start: { session, notice: 'keychain-unavailable' } })
    expect(text()).toContain('El llavero de este equipo no está disponible.')
    await click(button('Cerrar'))
    expect(text()).not.toContain('llavero')
    expect(pipe().inputsOf('notice.dismiss')).toHaveLength(1)
  })

  test('the first thing the keyboard reaches is the way to the content', async () => {
    await open()
    const first = document.querySelector<HTMLElement>('a, button, input')
    expect(first?.textContent).toBe('Saltar al contenido')
    first?.click()
    expect(document.activeElement?.id).toBe('content')
    expect(location.hash).not.toBe('#content')
  })
})

describe('preferences', () => {
  test('another language turns the page and the document', async () => {
    await open()
    const preferences = { theme: 'light', language: 'pt-BR' } as const
    pipe().answer('preferences.set', preferences)
    await usePreferences().set({ language: 'pt-BR' })
    await vi.waitFor(() => expect(text()).toContain('Segurança e permissões'), 5_000)
    expect(document.documentElement.lang).toBe('pt-BR')
    expect(document.title).toBe('Minha conta · Atalaya')
    expect(pipe().inputsOf('preferences.set')).toEqual([preferences])
  })

  test('a choice that main could not keep is taken back', async () => {
    await open()
    pipe().refuse('preferences.set', 'internal')
    await usePreferences().set({ theme: 'dark' })
    expect(usePreferences().kept.theme).toBe('light')
  })
})

describe('calls', () => {
  test('inputs cross to main as plain data', async () => {
    pipe().answer('preferences.set', { theme: 'dark', language: null })
    await call('preferences.set', reactive({ theme: 'dark', language: null }))
    expect(pipe().inputsOf('preferences.set')).toEqual([{ theme: 'dark', language: null }])
  })

  test('a problem is thrown with its short name and its members', async () => {
    pipe().refuse('session.signIn', 'no-seat', { licences: 5 })
    const input = { workspace: 'demo', email: 'a@b.c', password: 'x' }
    const failed: unknown = await call('session.signIn', input).catch((it: unknown) => it)
    expect(failed).toBeInstanceOf(CallFailed)
    expect(failed).toMatchObject({ code: 'no-seat', problem: { licences: 5, status: 409 } })
  })

  test('a main that does not answer is a problem too', async () => {
    await expect(call('session.signOut', {})).rejects.toMatchObject({ code: 'internal' })
    await show(App, { start: { session: signedIn('agent') } })
  })
})
