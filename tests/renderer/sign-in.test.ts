import { beforeEach, describe, expect, test, vi } from 'vitest'
import App from '../../renderer/App.vue'
import { pipe } from './fake-pipe.ts'
import {
  button,
  description,
  field,
  settle,
  show,
  signedIn,
  signedOut,
  submit,
  text,
  type,
} from './page.ts'

const open = (more?: Parameters<typeof signedOut>[0]) =>
  show(App, { start: { session: signedOut(more) } })

async function tryPassword(): Promise<void> {
  await type('Contraseña', 'secreta')
  await submit('Iniciar sesión')
}

describe('sign-in form', () => {
  beforeEach(() => pipe().answer('session.signIn', signedIn('agent')))

  test('the focus goes to the first empty field', async () => {
    await open({ form: { workspace: 'demo', email: '', name: '' } })
    expect(document.activeElement).toBe(field('Correo electrónico'))
  })

  test('what main knows is filled in, and the focus goes to the password', async () => {
    await open()
    expect(field('Enlace del espacio de trabajo').value).toBe('demo')
    expect(document.activeElement).toBe(field('Contraseña'))
  })

  test('it names its fields for password managers', async () => {
    await open()
    expect(field('Correo electrónico').autocomplete).toBe('username')
    expect(field('Contraseña').autocomplete).toBe('current-password')
    expect(field('Contraseña').type).toBe('password')
  })

  test('what is typed is sent once, and the window opens', async () => {
    await open()
    await tryPassword()
    expect(pipe().inputsOf('session.signIn')).toEqual([
      { workspace: 'demo', email: 'ana@demo.test', password: 'secreta' },
    ])
    await vi.waitFor(() => expect(text()).toContain('Contact Center Demo'), 5_000)
  })

  test('an empty field is told at the field and nobody is asked', async () => {
    await open()
    await submit('Iniciar sesión')
    expect(description(field('Contraseña'))).toBe('Escribe tu contraseña.')
    expect(field('Contraseña').getAttribute('aria-invalid')).toBe('true')
    expect(pipe().inputsOf('session.signIn')).toEqual([])
  })

  test('the password can be shown and hidden', async () => {
    await open()
    button('Mostrar «Contraseña»').click()
    await settle()
    expect(field('Contraseña').type).toBe('text')
    expect(button('Mostrar «Contraseña»').getAttribute('aria-pressed')).toBe('true')
  })
})

describe('sign-in problems', () => {
  test('an unknown workspace is told at its field, which gets the focus', async () => {
    pipe().refuse('session.signIn', 'workspace-not-found')
    await open()
    await tryPassword()
    const workspace = field('Enlace del espacio de trabajo')
    expect(description(workspace)).toBe('Ningún espacio de trabajo tiene este enlace.')
    expect(document.activeElement).toBe(workspace)
  })

  test('a field that main refuses is told at that field', async () => {
    const errors = [{ path: 'email', message: 'Invalid' }]
    pipe().refuse('session.signIn', 'invalid-input', { errors })
    await open()
    await tryPassword()
    expect(description(field('Correo electrónico'))).toContain('ana@empresa.com')
  })

  test('outside the hours of the account it tells when they begin', async () => {
    pipe().refuse('session.signIn', 'outside-hours', { next: '2030-05-06T08:30:00Z' })
    await open()
    await tryPassword()
    expect(text()).toContain('Podrás entrar a partir del 6 de mayo de 2030')
  })

  test('… and where they do not begin again, whom to ask', async () => {
    pipe().refuse('session.signIn', 'outside-hours', { next: null })
    await open()
    await tryPassword()
    expect(text()).toContain('Habla con un administrador.')
  })

  test.each([
    ['bad-credentials', 'El correo o la contraseña no son correctos.'],
    ['offline', 'No hay conexión con el servidor.'],
    ['bad-answer', 'El servidor que respondió no es de Atalaya.'],
    ['account-deactivated', 'Tu cuenta está desactivada.'],
    ['unavailable', 'El servicio no puede responder ahora.'],
  ] as const)('%s is said in words, and what was typed stays', async (code, words) => {
    pipe().refuse('session.signIn', code)
    await open()
    await tryPassword()
    expect(document.querySelector('[role=alert].callout')?.textContent).toContain(words)
    expect(field('Contraseña').value).toBe('secreta')
  })

  test('too many attempts: the button counts down, and only then one may try again', async () => {
    await open()
    vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] })
    pipe().refuse('session.signIn', 'too-many-attempts', { retryAfterSeconds: 61 })
    await tryPassword()
    expect(button('Podrás reintentar en 1:01').disabled).toBe(true)
    await vi.advanceTimersByTimeAsync(2_000)
    await submit('Podrás reintentar en 0:59')
    expect(pipe().inputsOf('session.signIn')).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(59_000)
    expect(button('Iniciar sesión').disabled).toBe(false)
  })
})

describe('reason for the sign-out', () => {
  test.each([
    ['idle', 'por inactividad'],
    ['expired', '12 horas'],
    ['password-changed', 'contraseña se cambió'],
    ['replaced', 'reemplazó a esta'],
    ['no-seat', 'licencia'],
    ['session-lost', 'ya no reconoce tu sesión'],
    ['deactivated', 'Tu cuenta fue desactivada'],
    ['deleted', 'Tu cuenta fue eliminada'],
    ['password-given', 'contraseña de un solo uso'],
    ['ended-elsewhere', 'desde otro equipo'],
    ['outside-hours', 'Terminó tu horario'],
  ] as const)('%s is shown as an alert', async (because, words) => {
    await open({ because })
    expect(document.querySelector('[role=alert].callout')?.textContent).toContain(words)
  })

  test.each([
    ['ended-by-other', 'Marcos cerró tu sesión. Motivo: Fin de turno.'],
    ['seat-taken', 'Marcos necesitaba una licencia'],
  ] as const)('%s says who did it and why', async (because, words) => {
    await open({ because, by: 'Marcos', reason: 'Fin de turno.' })
    expect(text()).toContain(words)
  })

  test('nothing is said where there is nothing to say', async () => {
    await open()
    expect(document.querySelector('.callout')).toBeNull()
  })
})
