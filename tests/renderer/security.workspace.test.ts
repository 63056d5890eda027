import { beforeEach, describe, expect, test, vi } from 'vitest'
import { readMinutes } from '../../renderer/screens/security/idle-minutes.ts'
import Workspace from '../../renderer/screens/security/Workspace.vue'
import { pipe } from './fake-pipe.ts'
import {
  button,
  click,
  description,
  field,
  settle,
  show,
  signedIn,
  submit,
  text,
  type,
} from './page.ts'

const label = 'Tiempo sin actividad'
const changed = { by: 'Marcos Villanueva', at: new Date().toISOString() }
const slider = () => document.querySelector('[role=slider]')?.getAttribute('aria-valuenow')
const preset = () =>
  document.querySelector<HTMLInputElement>('.idle-form [type=radio]:checked')?.value
const buttons = () =>
  Array.from(document.querySelectorAll('.idle-form button'), (it) => it.textContent.trim())
const cards = () =>
  Array.from(document.querySelectorAll('.card > header > h3'), (it) => it.textContent)

async function changeElsewhere(minutes: number): Promise<void> {
  pipe().answer('workspace.showIdle', { minutes, changed })
  pipe().emit('data.changed', { topic: 'workspace' })
  await settle()
}

beforeEach(() => {
  pipe().answer('workspace.showIdle', { minutes: 30, changed: null })
  pipe().answer('modules.list', { modules: [] })
  pipe().answer('finder.show', {
    visible: false,
    team: { link: 'demo', name: 'Contact Center Demo' },
    email: null,
    changed: null,
  })
  pipe().answer('webhook.show', { url: null, formerSecretUntil: null, changed: null })
  pipe().answer('webhook.deliveries', { deliveries: [] })
})

describe('work environment', () => {
  const everybody = [
    'Visibilidad en el buscador de inicio de sesión',
    'Cierre de sesión por inactividad',
    'Módulos',
    'Webhook',
  ]
  test.each([
    ['owner', [...everybody, 'Eliminar equipo de trabajo']],
    ['administrator', everybody],
  ] as const)('the cards of the %s stand in their order', async (role, titles) => {
    await show(Workspace, { start: { session: signedIn(role) } })
    await vi.waitFor(() => expect(cards()).toEqual(titles), 5_000)
  })
})

describe('idle minutes', () => {
  test.each([
    ['1', { minutes: 1 }],
    ['120', { minutes: 120 }],
    [' 45 ', { minutes: 45 }],
    ['', { error: 'empty' }],
    ['  ', { error: 'empty' }],
    ['0', { error: 'out-of-range' }],
    ['-5', { error: 'out-of-range' }],
    ['121', { error: 'out-of-range' }],
    ['99999999999999999999', { error: 'out-of-range' }],
    ['1.5', { error: 'not-whole' }],
    ['1,5', { error: 'not-whole' }],
    ['x', { error: 'not-a-number' }],
    ['1e1', { error: 'not-a-number' }],
    ['0x10', { error: 'not-a-number' }],
    ['30 min', { error: 'not-a-number' }],
  ])('“%s” is read as %o', (typed, read) => expect(readMinutes(typed)).toEqual(read))
})

describe('idle sign-out card', () => {
  test('number, presets and slider show the same value', async () => {
    await show(Workspace)
    expect([field(label).value, slider(), preset()]).toEqual(['30', '30', '30'])
    await type(label, '60')
    expect([slider(), preset()]).toEqual(['60', '60'])
    await type(label, '61')
    expect([slider(), preset()]).toEqual(['61', undefined])
    document.querySelector<HTMLInputElement>('[type=radio][value="5"]')?.click()
    await settle()
    expect([field(label).value, slider()]).toEqual(['5', '5'])
  })

  test('the arrow keys of the slider move the number', async () => {
    await show(Workspace)
    const key = new KeyboardEvent('keydown', { key: 'ArrowRight' })
    document.querySelector('[role=slider]')?.dispatchEvent(key)
    await settle()
    expect(field(label).value).toBe('31')
  })

  test.each([
    ['0', 'entre 1 y 120'],
    ['121', 'entre 1 y 120'],
    ['1.5', 'sin decimales'],
    ['x', 'solo números'],
    ['', 'Escribe los minutos.'],
  ])('“%s” is told at the field and never sent', async (typed, error) => {
    await show(Workspace)
    await type(label, typed)
    expect(description(field(label))).toContain(error)
    await submit('Guardar')
    expect(pipe().inputsOf('workspace.setIdle')).toEqual([])
    expect(document.activeElement).toBe(field(label))
  })

  test('save and undo are there only while something is changed', async () => {
    await show(Workspace)
    expect(buttons()).toEqual([])
    await type(label, '45')
    expect(buttons()).toEqual(['Deshacer', 'Guardar'])
    await click(button('Deshacer'))
    expect([field(label).value, buttons()]).toEqual(['30', []])
  })

  test('above an hour it says that this is longer than advised', async () => {
    await show(Workspace)
    await type(label, '60')
    expect(text()).not.toContain('más de lo que se recomienda')
    await type(label, '61')
    expect(text()).toContain('más de lo que se recomienda')
  })

  test('what was saved shows with who changed it', async () => {
    await show(Workspace)
    expect(text()).toContain('Nunca se ha modificado.')
    pipe().answer('workspace.setIdle', { minutes: 45, changed })
    await type(label, '45')
    await submit('Guardar')
    expect(pipe().inputsOf('workspace.setIdle')).toEqual([{ minutes: 45 }])
    expect(text()).toContain('Última modificación: Marcos Villanueva, hace un momento')
    expect(text()).toContain('ya rige en todas las sesiones')
    expect(buttons()).toEqual([])
    expect(document.activeElement).toBe(field(label))
  })

  test('what is typed while it is being saved stays', async () => {
    await show(Workspace)
    const answer = pipe().hold('workspace.setIdle')
    await type(label, '45')
    await submit('Guardar')
    await type(label, '50')
    answer({ minutes: 45, changed })
    await settle()
    expect(field(label).value).toBe('50')
    expect(buttons()).toContain('Guardar')
    expect(text()).not.toContain('cambió este valor')
  })

  test('a refused save is told and the edit stays', async () => {
    pipe().refuse('workspace.setIdle', 'forbidden')
    await show(Workspace)
    await type(label, '45')
    await submit('Guardar')
    expect(text()).toContain('Tus permisos no incluyen esto.')
    expect(field(label).value).toBe('45')
  })
})

describe('a lower limit', () => {
  async function lower(sessions: number): Promise<void> {
    pipe().answer('workspace.idleEffect', { sessions })
    pipe().answer('workspace.setIdle', { minutes: 5, changed })
    await show(Workspace)
    await type(label, '5')
    await submit('Guardar')
  }

  test('is saved at once where it ends no session', async () => {
    await lower(0)
    expect(pipe().inputsOf('workspace.idleEffect')).toEqual([{ minutes: 5 }])
    expect(pipe().inputsOf('workspace.setIdle')).toEqual([{ minutes: 5 }])
  })

  test('says how many sessions it would end, and saves only when that is meant', async () => {
    await lower(3)
    expect(text()).toContain('¿Cerrar 3 sesiones ahora?')
    expect(text()).toContain('Con un límite de 5 minutos, 3 sesiones abiertas')
    expect(pipe().inputsOf('workspace.setIdle')).toEqual([])
    await submit('Guardar y cerrar 3 sesiones')
    expect(pipe().inputsOf('workspace.setIdle')).toEqual([{ minutes: 5 }])
    expect(text()).toContain('ya rige en todas las sesiones')
  })

  test('is not saved when it is not meant, and the edit stays', async () => {
    await lower(1)
    expect(text()).toContain('¿Cerrar 1 sesión ahora?')
    await click(button('Cancelar'))
    expect(pipe().inputsOf('workspace.setIdle')).toEqual([])
    expect(field(label).value).toBe('5')
    expect(buttons()).toEqual(['Deshacer', 'Guardar'])
  })

  test('whose effect cannot be asked is not saved either', async () => {
    pipe().refuse('workspace.idleEffect', 'offline')
    await show(Workspace)
    await type(label, '5')
    await submit('Guardar')
    expect(text()).toContain('No hay conexión con el servidor.')
    expect(pipe().inputsOf('workspace.setIdle')).toEqual([])
  })

  test('is the only one that is asked about', async () => {
    pipe().answer('workspace.setIdle', { minutes: 31, changed })
    await show(Workspace)
    await type(label, '31')
    await submit('Guardar')
    expect(pipe().inputsOf('workspace.idleEffect')).toEqual([])
    expect(pipe().inputsOf('workspace.setIdle')).toEqual([{ minutes: 31 }])
  })
})

describe('idle sign-out changed elsewhere', () => {
  test('an untouched form follows', async () => {
    await show(Workspace)
    await changeElsewhere(45)
    expect([field(label).value, slider(), buttons()]).toEqual(['45', '45', []])
  })

  test('an edit in progress stays, and says what it was changed to', async () => {
    await show(Workspace)
    await type(label, '90')
    await changeElsewhere(45)
    expect(field(label).value).toBe('90')
    expect(text()).toContain('Marcos Villanueva cambió este valor a 45 minutos')
    await click(button('Deshacer'))
    expect(field(label).value).toBe('45')
    expect(text()).not.toContain('cambió este valor')
  })

  test('an edit that is not a number yet stays too', async () => {
    await show(Workspace)
    await type(label, '')
    await changeElsewhere(45)
    expect(field(label).value).toBe('')
  })

  test('changed to what was being typed, nothing is left to save', async () => {
    await show(Workspace)
    await type(label, '45')
    await changeElsewhere(45)
    expect(buttons()).toEqual([])
    expect(text()).not.toContain('cambió este valor')
  })
})
