import { beforeEach, describe, expect, test } from 'vitest'
import { moduleNames } from '../../contract/permissions.ts'
import ModuleStates from '../../renderer/screens/security/ModuleStates.vue'
import OwnSessions from '../../renderer/screens/security/OwnSessions.vue'
import { pipe } from './fake-pipe.ts'
import { button, click, settle, show, text } from './page.ts'

const all = (flows: 'active' | 'inactive' = 'active') => ({
  modules: moduleNames.map((module) => ({
    module,
    state: module === 'flows' ? flows : ('active' as const),
  })),
})
const row = (module: string) =>
  Array.from(document.querySelectorAll('fieldset')).find(
    (it) => it.querySelector('legend')?.textContent === module,
  )
const choice = (module: string, state: string) =>
  row(module)?.querySelector<HTMLInputElement>(`input[value=${state}]`)

describe('modules of the workspace', () => {
  beforeEach(() => {
    pipe().answer('modules.list', all())
    pipe().answer('modules.set', { module: 'flows', state: 'inactive' })
  })

  test('a choice is kept at once', async () => {
    await show(ModuleStates)
    choice('Flujos', 'inactive')?.click()
    await settle()
    expect(pipe().inputsOf('modules.set')).toEqual([{ module: 'flows', state: 'inactive' }])
    expect(choice('Flujos', 'inactive')?.checked).toBe(true)
  })

  test('a choice that was refused is taken back and told', async () => {
    pipe().refuse('modules.set', 'offline')
    await show(ModuleStates)
    choice('Flujos', 'hidden')?.click()
    await settle()
    expect(choice('Flujos', 'active')?.checked).toBe(true)
    expect(text()).toContain('No hay conexión con el servidor.')
  })

  test('Inbox and Agenda have no choice, and say why', async () => {
    await show(ModuleStates)
    expect(row('Inbox')).toBeUndefined()
    expect(text()).toContain('Inbox Siempre activo: lo tienen todas las personas.')
  })

  test('it follows what others choose', async () => {
    await show(ModuleStates)
    pipe().answer('modules.list', all('inactive'))
    pipe().emit('data.changed', { topic: 'modules' })
    await settle()
    expect(choice('Flujos', 'inactive')?.checked).toBe(true)
  })
})

describe('own sessions', () => {
  const session = (id: string, current = false) => ({
    id,
    device: `PC-${id}`,
    platform: 'linux',
    since: '2026-01-01T08:00:00Z',
    lastActivityAt: `2026-01-01T09:0${9 - Number(id)}:00Z`,
    current,
  })
  beforeEach(() => {
    const sessions = [session('1'), session('2', true), session('3')]
    pipe().answer('account.sessions', { sessions })
    pipe().answer('account.endSessions', { ended: 2 })
  })

  test('this one comes first and cannot be ended here', async () => {
    await show(OwnSessions)
    expect(document.querySelector('li')?.textContent).toContain('PC-2')
    expect(document.querySelector('li button')?.getAttribute('aria-label')).toContain('PC-1')
  })

  test('one of the others is ended', async () => {
    await show(OwnSessions)
    await click(button('Cerrar la sesión en PC-3'))
    expect(pipe().inputsOf('account.endSessions')).toEqual([{ id: '3' }])
  })

  test('all of the others are ended', async () => {
    await show(OwnSessions)
    await click(button('Cerrar las otras 2 sesiones'))
    expect(pipe().inputsOf('account.endSessions')).toEqual([{}])
    expect(text()).toContain('Se cerraron 2 sesiones.')
  })
})
