import { beforeEach, describe, expect, test, vi } from 'vitest'
import App from '../../renderer/App.vue'
import { pipe } from './fake-pipe.ts'
import { button, click, field, show, signedOut, submit, text, type } from './page.ts'

const deletesAt = '2030-05-06T08:30:00Z'

async function meet(mayRecover: boolean): Promise<void> {
  pipe().refuse('session.signIn', 'workspace-being-deleted', { deletesAt, mayRecover })
  await show(App, { start: { session: signedOut({ because: 'signed-out' }) } })
  await type('Correo electrónico', 'olga@demo.test')
  await type('Contraseña', 'Secreta-1')
  await submit('Iniciar sesión')
  await vi.waitFor(() => expect(text()).toContain('6 de mayo de 2030'), 5_000)
}

describe('a workspace that is being deleted', () => {
  beforeEach(() => pipe().answer('deletion.recover', {}))

  test('says so, and when it will be gone', async () => {
    await meet(false)
    expect(document.title).toContain('Este equipo se está eliminando')
    expect(text()).toContain('El owner eliminó el equipo de trabajo «demo»')
    expect(document.querySelector('.deleted__words')).toBe(document.activeElement)
  })

  test('tells others whom to ask', async () => {
    await meet(false)
    expect(text()).toContain('el owner puede recuperarlo')
    expect(() => button('Recuperar')).toThrow()
  })

  test('is recovered by its owner with the password that was right', async () => {
    await meet(true)
    await click(button('Recuperar'))
    expect(pipe().inputsOf('deletion.recover')).toEqual([
      { link: 'demo', email: 'olga@demo.test', password: 'Secreta-1' },
    ])
    expect(text()).toContain('El equipo de trabajo se recuperó con todos sus datos.')
    expect(field('Correo electrónico').value).toBe('olga@demo.test')
    expect(field('Contraseña').value).toBe('')
    expect(document.activeElement).toBe(field('Contraseña'))
  })

  test('a recovery that fails is said and can be tried again', async () => {
    pipe().refuse('deletion.recover', 'offline')
    await meet(true)
    await click(button('Recuperar'))
    expect(text()).toContain('No hay conexión con el servidor.')
    pipe().answer('deletion.recover', {})
    await click(button('Recuperar'))
    expect(text()).toContain('se recuperó')
  })

  test('after too many attempts the button counts down', async () => {
    await meet(true)
    vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] })
    pipe().refuse('deletion.recover', 'too-many-attempts', { retryAfterSeconds: 61 })
    await click(button('Recuperar'))
    expect(button('Podrás reintentar en 1:01').disabled).toBe(true)
    await vi.advanceTimersByTimeAsync(61_000)
    expect(button('Recuperar').disabled).toBe(false)
  })

  test('back in the form, the password is forgotten', async () => {
    await meet(true)
    await click(button('Volver a iniciar sesión'))
    expect(field('Contraseña').value).toBe('')
    expect(text()).not.toContain('se está eliminando')
  })
})
