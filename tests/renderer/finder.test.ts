import { beforeEach, describe, expect, test } from 'vitest'
import type { FinderSetting } from '../../contract/finder.ts'
import Finder from '../../renderer/screens/security/Finder.vue'
import { pipe } from './fake-pipe.ts'
import { button, click, description, field, settle, show, submit, text, type } from './page.ts'

const visibleLabel = 'Mostrar mi equipo en el buscador'
const emailLabel = 'Correo electrónico registrado (opcional)'
const changed = { by: 'Marcos Villanueva', at: new Date().toISOString() }
const hidden: FinderSetting = {
  visible: false,
  team: { link: 'demo', name: 'Contact Center Demo' },
  email: null,
  changed: null,
}
const preview = () => document.querySelector('figure')?.textContent ?? ''
const buttons = () => Array.from(document.querySelectorAll('button'), (it) => it.textContent.trim())

async function changeElsewhere(more: Partial<FinderSetting>): Promise<void> {
  pipe().answer('finder.show', { ...hidden, changed, ...more })
  pipe().emit('data.changed', { topic: 'workspace' })
  await settle()
}

beforeEach(() => pipe().answer('finder.show', hidden))

describe('finder visibility', () => {
  test('is a switch that says what it does', async () => {
    await show(Finder)
    const visible = field(visibleLabel)
    expect(visible.getAttribute('role')).toBe('switch')
    expect(visible.checked).toBe(false)
    expect(description(visible)).toContain('Con el enlace del espacio de trabajo se inicia sesión')
    await click(visible)
    expect(description(visible)).toContain('Cualquier persona puede encontrar a tu equipo')
    expect(visible.getAttribute('aria-checked')).toBe('true')
  })

  test('the preview shows what the public would see', async () => {
    await show(Finder)
    expect(preview()).toContain('como si tu equipo no existiera')
    expect(preview()).not.toContain('Contact Center Demo')
    await click(field(visibleLabel))
    expect(preview()).toContain('Contact Center Demo')
    expect(preview()).toContain('demo')
  })

  test('nothing is published before it is saved', async () => {
    await show(Finder)
    expect(buttons()).toEqual([])
    await click(field(visibleLabel))
    expect(buttons()).toEqual(['Deshacer', 'Guardar'])
    expect(pipe().inputsOf('finder.set')).toEqual([])
    await click(button('Deshacer'))
    expect(field(visibleLabel).checked).toBe(false)
    expect(document.activeElement).toBe(field(visibleLabel))
  })

  test('what was saved shows with who changed it', async () => {
    await show(Finder)
    expect(text()).toContain('Así está desde que se creó el espacio de trabajo.')
    const email = 'equipo@demo.test'
    pipe().answer('finder.set', { ...hidden, visible: true, email, changed })
    await click(field(visibleLabel))
    await type(emailLabel, ` ${email} `)
    await submit('Guardar')
    expect(pipe().inputsOf('finder.set')).toEqual([{ visible: true, email }])
    expect(text()).toContain('Guardado: el público encuentra a tu equipo.')
    expect(text()).toContain('Última modificación: Marcos Villanueva, hace un momento')
    expect(buttons()).toEqual([])
  })

  test('an empty address is none', async () => {
    pipe().answer('finder.show', { ...hidden, email: 'equipo@demo.test' })
    pipe().answer('finder.set', { ...hidden, changed })
    await show(Finder)
    await type(emailLabel, '  ')
    await submit('Guardar')
    expect(pipe().inputsOf('finder.set')).toEqual([{ visible: false, email: null }])
    expect(text()).toContain('Guardado: tu equipo no aparece.')
  })

  test.each(['equipo', 'equipo@demo', 'a b@demo.test'])(
    '“%s” is told at the field and never sent',
    async (typed) => {
      await show(Finder)
      await type(emailLabel, typed)
      await submit('Guardar')
      expect(description(field(emailLabel))).toContain('Escribe el correo completo')
      expect(document.activeElement).toBe(field(emailLabel))
      expect(pipe().inputsOf('finder.set')).toEqual([])
    },
  )

  test('an address that the backend refuses is told at the field', async () => {
    const errors = [{ path: 'email', message: 'Invalid' }]
    pipe().refuse('finder.set', 'invalid-input', { errors })
    await show(Finder)
    await type(emailLabel, 'equipo@demo.test')
    await submit('Guardar')
    expect(description(field(emailLabel))).toContain('Escribe el correo completo')
  })

  test('a refused save is told and the edit stays', async () => {
    pipe().refuse('finder.set', 'offline')
    await show(Finder)
    await click(field(visibleLabel))
    await submit('Guardar')
    expect(text()).toContain('No hay conexión con el servidor.')
    expect(field(visibleLabel).checked).toBe(true)
  })

  test('a failure to read is told and can be tried again', async () => {
    pipe().refuse('finder.show', 'offline')
    await show(Finder)
    pipe().answer('finder.show', hidden)
    await click(button('Reintentar'))
    expect(field(visibleLabel).checked).toBe(false)
  })
})

describe('finder visibility changed elsewhere', () => {
  test('an untouched form follows', async () => {
    await show(Finder)
    await changeElsewhere({ visible: true, email: 'equipo@demo.test' })
    expect(field(visibleLabel).checked).toBe(true)
    expect(field(emailLabel).value).toBe('equipo@demo.test')
    expect(buttons()).toEqual([])
  })

  test('what is being edited stays, and the rest follows', async () => {
    await show(Finder)
    await type(emailLabel, 'otro@demo.test')
    await changeElsewhere({ visible: true })
    expect(field(emailLabel).value).toBe('otro@demo.test')
    expect(field(visibleLabel).checked).toBe(true)
    expect(text()).not.toContain('Mientras editabas')
  })

  test('the switch that was moved stays where it was put', async () => {
    await show(Finder)
    await click(field(visibleLabel))
    await changeElsewhere({ email: 'equipo@demo.test' })
    expect(field(visibleLabel).checked).toBe(true)
    expect(field(emailLabel).value).toBe('equipo@demo.test')
  })

  test('the same changed in two ways is told, and undo takes theirs', async () => {
    await show(Finder)
    await type(emailLabel, 'otro@demo.test')
    await changeElsewhere({ email: 'equipo@demo.test' })
    expect(field(emailLabel).value).toBe('otro@demo.test')
    expect(text()).toContain('Mientras editabas, Marcos Villanueva guardó otros valores')
    expect(text()).toContain('oculto en el buscador; correo registrado: equipo@demo.test')
    await click(button('Deshacer'))
    expect(field(emailLabel).value).toBe('equipo@demo.test')
    expect(text()).not.toContain('Mientras editabas')
  })

  test('one’s own save is nobody else’s change', async () => {
    await show(Finder)
    const answer = pipe().hold('finder.set')
    await type(emailLabel, 'uno@demo.test')
    await submit('Guardar')
    await type(emailLabel, 'dos@demo.test')
    answer({ ...hidden, email: 'uno@demo.test', changed })
    await settle()
    expect(field(emailLabel).value).toBe('dos@demo.test')
    expect(buttons()).toContain('Guardar')
    expect(text()).not.toContain('Mientras editabas')
  })
})
