import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import CreateUser from '../../renderer/screens/users/CreateUser.vue'
import { pipe } from './fake-pipe.ts'
import { button, click, field, settle, show, text, type } from './page.ts'
import { answerPeople, giveHeight, user } from './people.ts'

const send = async () => {
  document.querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true }))
  await settle()
}
async function fill() {
  answerPeople([])
  await show(CreateUser)
  await type('Nombre', 'Rosa Huamán')
  await type('Correo electrónico', 'rosa@demo.test')
}

beforeEach(() => giveHeight())
afterEach(() => vi.restoreAllMocks())

describe('create a user', () => {
  test('what is missing is told at its field and never sent', async () => {
    answerPeople([])
    await show(CreateUser)
    await send()
    expect(text()).toContain('Escribe el nombre.')
    expect(text()).toContain('Escribe el correo electrónico.')
    expect(document.activeElement).toBe(field('Nombre'))
    expect(pipe().inputsOf('users.create')).toEqual([])
  })

  test('invites by mail unless told otherwise', async () => {
    await fill()
    const made = user(1, { email: 'rosa@demo.test' })
    pipe().answer('users.create', { user: made, oneTimePassword: null })
    await send()
    expect(pipe().inputsOf('users.create')).toEqual([
      {
        name: 'Rosa Huamán',
        email: 'rosa@demo.test',
        role: 'agent',
        language: 'es',
        access: { kind: 'none' },
        hours: null,
        welcome: 'invitation',
      },
    ])
    expect(text()).toContain('Invitación enviada a rosa@demo.test.')
  })

  test('a one-time password is shown, and gone with the next user', async () => {
    await fill()
    document.querySelector<HTMLInputElement>('[type=radio][value=one-time-password]')?.click()
    pipe().answer('users.create', { user: user(1), oneTimePassword: 'Wk7mQp4xTn9rHd2v' })
    await send()
    expect(field('Contraseña de un solo uso').value).toBe('Wk7mQp4xTn9rHd2v')
    await click(button('Crear otro'))
    expect(document.body.innerHTML).not.toContain('Wk7mQp4xTn9rHd2v')
    expect(field('Nombre').value).toBe('')
  })

  test.each([
    ['email-taken', undefined, 'Otro usuario del espacio de trabajo tiene este correo.'],
    ['beyond-own-rights', { permissions: [] }, 'No puedes conceder permisos que tú no tienes.'],
    [
      'invalid-input',
      { errors: [{ path: 'email', message: 'x' }] },
      'Esta dirección no se acepta.',
    ],
    ['offline', undefined, 'No hay conexión con el servidor.'],
  ] as const)('refused with %s, nothing that was typed is lost', async (code, members, said) => {
    await fill()
    pipe().refuse('users.create', code, members)
    await send()
    expect(text()).toContain(said)
    expect(field('Nombre').value).toBe('Rosa Huamán')
    expect(field('Correo electrónico').value).toBe('rosa@demo.test')
  })
})
