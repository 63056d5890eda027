import { beforeEach, describe, expect, test, vi } from 'vitest'
import Account from '../../renderer/screens/security/Account.vue'
import { pipe } from './fake-pipe.ts'
import { button, click, description, field, settle, show, submit, text, type } from './page.ts'

const account = {
  id: 'a',
  name: 'Ana',
  email: 'ana@demo.test',
  role: 'agent' as const,
  passwordChangedAt: null as string | null,
}

async function openDialog(): Promise<void> {
  await show(Account)
  await click(button('Restablecer contraseña'))
}
async function fill(current: string, next: string, repeat: string): Promise<void> {
  await type('Contraseña actual', current)
  await type('Nueva contraseña', next)
  await type('Repite la nueva contraseña', repeat)
}
const typed = () =>
  ['Contraseña actual', 'Nueva contraseña', 'Repite la nueva contraseña'].map(
    (label) => field(label).value,
  )

beforeEach(() => {
  pipe().answer('account.show', account)
  pipe().answer('account.sessions', { sessions: [] })
  pipe().answer('agentMode.show', { on: false, module: 'active' })
})

describe('password card', () => {
  test('a password that was never reset says so', async () => {
    await show(Account)
    expect(text()).toContain('Restablecido por última vez Nunca')
  })

  test('the last reset is told relative and absolute', async () => {
    const threeDays = new Date(Date.now() - 3 * 86_400_000 - 60_000)
    pipe().answer('account.show', { ...account, passwordChangedAt: threeDays.toISOString() })
    await show(Account)
    expect(text()).toContain('hace 3 días')
    expect(text()).toContain(`${threeDays.getDate()} de `)
  })

  test('it is read again when it changed elsewhere', async () => {
    await show(Account)
    const passwordChangedAt = new Date().toISOString()
    pipe().answer('account.show', { ...account, passwordChangedAt })
    pipe().emit('data.changed', { topic: 'account' })
    await settle()
    expect(text()).toContain('hace un momento')
  })

  test('a failure to read is told and can be tried again', async () => {
    pipe().refuse('account.show', 'offline')
    await show(Account)
    expect(text()).toContain('No hay conexión con el servidor.')
    pipe().answer('account.show', account)
    await click(button('Reintentar'))
    expect(text()).toContain('Nunca')
  })
})

describe('password dialog', () => {
  test('the rules are ticked while typing', async () => {
    await openDialog()
    const met = () =>
      Array.from(document.querySelectorAll('.rules li'), (it) =>
        it.textContent.includes('cumplido'),
      )
    expect(met()).toEqual([false, false, false, false])
    await type('Nueva contraseña', 'aB')
    expect(met()).toEqual([false, true, true, false])
    await type('Nueva contraseña', 'aBcdefg!')
    expect(met()).toEqual([true, true, true, true])
    expect(text()).toContain('4 de 4 requisitos cumplidos')
  })

  test.each([
    [
      'a missing current password',
      ['', 'Abcdefg1', 'Abcdefg1'],
      0,
      'Escribe tu contraseña actual.',
    ],
    ['a weak new password', ['x', 'abc', 'abc'], 1, 'no cumple todos los requisitos'],
    ['129 characters', ['x', `Aa1${'x'.repeat(126)}`, ''], 1, 'como máximo 128'],
    ['two new passwords', ['x', 'Abcdefg1', 'Abcdefg2'], 2, 'no coinciden'],
  ] as const)('%s is told at its field and nobody is asked', async (_, words, at, error) => {
    await openDialog()
    const [current, next, repeat] = words
    await fill(current, next, repeat)
    await submit('Guardar')
    const labels = ['Contraseña actual', 'Nueva contraseña', 'Repite la nueva contraseña'] as const
    expect(description(field(labels[at]))).toContain(error)
    expect(document.activeElement).toBe(field(labels[at]))
    expect(pipe().inputsOf('account.changePassword')).toEqual([])
  })

  test.each([
    ['wrong-password', 'Contraseña actual', 'La contraseña actual no es correcta.'],
    ['password-unchanged', 'Nueva contraseña', 'es igual a la actual'],
    ['password-rules', 'Nueva contraseña', 'no cumple todos los requisitos'],
  ] as const)('%s is told at its field, and nothing typed is lost', async (code, label, error) => {
    pipe().refuse('account.changePassword', code)
    await openDialog()
    await fill('Antigua-1', 'Abcdefg1', 'Abcdefg1')
    await submit('Guardar')
    expect(description(field(label))).toContain(error)
    expect(typed()).toEqual(['Antigua-1', 'Abcdefg1', 'Abcdefg1'])
  })

  test('without the backend it says so, and nothing typed is lost', async () => {
    pipe().refuse('account.changePassword', 'offline')
    await openDialog()
    await fill('Antigua-1', 'Abcdefg1', 'Abcdefg1')
    await submit('Guardar')
    expect(document.querySelector('[role=alert].callout')?.textContent).toContain('No hay conexión')
    expect(typed()).toEqual(['Antigua-1', 'Abcdefg1', 'Abcdefg1'])
  })

  test('too many attempts count down', async () => {
    pipe().refuse('account.changePassword', 'too-many-attempts', { retryAfterSeconds: 30 })
    await openDialog()
    vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] })
    await fill('Antigua-1', 'Abcdefg1', 'Abcdefg1')
    await submit('Guardar')
    expect(button('Podrás reintentar en 0:30').disabled).toBe(true)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(button('Guardar').disabled).toBe(false)
  })

  test.each([
    [0, 'No tenías otras sesiones abiertas.'],
    [1, 'Se cerró otra sesión tuya.'],
    [3, 'Se cerraron otras 3 sesiones tuyas.'],
  ])('a change shows at once, with %i ended sessions', async (endedSessions, words) => {
    const passwordChangedAt = new Date().toISOString()
    pipe().answer('account.changePassword', { passwordChangedAt, endedSessions })
    await openDialog()
    await fill('Antigua-1', 'Abcdefg1', 'Abcdefg1')
    await submit('Guardar')
    expect(pipe().inputsOf('account.changePassword')).toEqual([
      { current: 'Antigua-1', next: 'Abcdefg1' },
    ])
    expect(text()).toContain('Restablecido por última vez hace un momento')
    expect(text()).toContain(words)
    expect(document.querySelector('[role=dialog]')).toBeNull()
  })
})
