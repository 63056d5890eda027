import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { SeatsFull } from '../../contract/seats.ts'
import App from '../../renderer/App.vue'
import { pipe } from './fake-pipe.ts'
import {
  button,
  click,
  field,
  settle,
  show,
  signedIn,
  signedOut,
  submit,
  text,
  type,
} from './page.ts'

const seats: SeatsFull = { licences: 70, taken: 70, waiting: 2, freeBy: '2030-05-06T08:30:00Z' }
const holders: SeatsFull['holders'] = [
  {
    userId: 'b',
    name: 'Bruno',
    role: 'agent',
    devices: ['PC-1'],
    since: seats.freeBy ?? '',
    idleSeconds: 30,
  },
  {
    userId: 'c',
    name: 'Carla',
    role: 'agent',
    devices: ['PC-2'],
    since: seats.freeBy ?? '',
    idleSeconds: 900,
  },
]

async function meetTheLimit(full: SeatsFull = seats): Promise<void> {
  pipe().refuse('session.signIn', 'no-seat', { ...full })
  await show(App, { start: { session: signedOut() } })
  await type('Contraseña', 'secreta')
  await submit('Iniciar sesión')
  await shows('No quedan licencias libres')
}
const shows = (words: string) => vi.waitFor(() => expect(text()).toContain(words), 5_000)

describe('at the limit of the licences', () => {
  test('it tells how many there are, when to expect one, and what can be done', async () => {
    await meetTheLimit()
    await shows('Las 70 licencias están en uso.')
    expect(text()).toMatch(/se libera a más tardar a las \d{1,2}:30/)
    expect(text()).toContain('2 personas esperan antes que tú.')
    expect(text()).toContain('pedir a un administrador')
    expect(text()).not.toContain('Como owner')
  })

  test('who waits sees the place in the line and comes in without doing anything', async () => {
    await meetTheLimit()
    pipe().answer('session.wait', signedOut({ queue: seats }))
    await click(button('Esperar una licencia'))
    expect(text()).toContain('Tu lugar en la fila: 3')
    pipe().emit('session.changed', signedOut({ queue: { ...seats, waiting: 0 } }))
    await settle()
    expect(text()).toContain('Tu lugar en la fila: 1')
    pipe().emit('session.changed', signedIn('agent'))
    await shows('Contact Center Demo')
  })

  test('who stops waiting is back at the form', async () => {
    await meetTheLimit()
    pipe().answer('session.wait', signedOut({ queue: seats }))
    pipe().answer('session.stopWaiting', signedOut())
    await click(button('Esperar una licencia'))
    await click(button('Dejar de esperar'))
    expect(field('Correo electrónico').value).toBe('ana@demo.test')
    expect(pipe().inputsOf('session.stopWaiting')).toEqual([{}])
  })

  test('a place that expired is told above the form', async () => {
    await meetTheLimit()
    pipe().refuse('session.wait', 'ticket-expired')
    await click(button('Esperar una licencia'))
    expect(text()).toContain('Tu lugar en la fila caducó.')
    expect(field('Contraseña').value).toBe('')
  })

  test('the owner ends a session, after a question, the longest untouched first', async () => {
    await meetTheLimit({ ...seats, holders })
    await shows('Carla')
    expect(text().indexOf('Carla')).toBeLessThan(text().indexOf('Bruno'))
    await click(button('Cerrar su sesión y entrar: Carla'))
    expect(pipe().inputsOf('session.takeSeat')).toEqual([])
    pipe().answer('session.takeSeat', signedIn('owner'))
    document.querySelector('[role=dialog] form')?.dispatchEvent(new Event('submit'))
    await settle()
    expect(pipe().inputsOf('session.takeSeat')).toEqual([{ from: 'c' }])
  })

  test('a seat that somebody else took meanwhile is told with the seats of now', async () => {
    await meetTheLimit({ ...seats, holders })
    await shows('Carla')
    await click(button('Cerrar su sesión y entrar: Carla'))
    pipe().refuse('session.takeSeat', 'no-seat', { ...seats, licences: 71, holders })
    document.querySelector('[role=dialog] form')?.dispatchEvent(new Event('submit'))
    await settle()
    expect(text()).toContain('Las 71 licencias están en uso.')
  })
})

describe('forgotten password', () => {
  test('the answer is the same whether there is such an account', async () => {
    pipe().answer('account.forgotPassword', {})
    await show(App, { start: { session: signedOut() } })
    await click(button('¿Olvidaste tu contraseña?'))
    await shows('Recupera tu contraseña')
    await vi.waitFor(() => button('Enviar enlace'), 5_000)
    await submit('Enviar enlace')
    expect(pipe().inputsOf('account.forgotPassword')).toEqual([
      { workspace: 'demo', email: 'ana@demo.test' },
    ])
    expect(text()).toContain('Si hay una cuenta con el correo ana@demo.test')
    await click(button('Volver a iniciar sesión'))
    expect(field('Contraseña').value).toBe('')
  })
})

describe('after signing in', () => {
  beforeEach(() => {
    pipe().answer('users.list', { rows: [], next: null, total: 0 })
    pipe().answer('licences.show', { licences: 70, taken: 10, waiting: 0, refused: 0 })
    pipe().answer('account.sessions', { sessions: [] })
  })

  test('a one-time password has to be changed before anything else is shown', async () => {
    const changed = { passwordChangedAt: new Date().toISOString(), endedSessions: 0 }
    pipe().answer('account.changePassword', changed)
    const session = signedIn('agent', 'a', { mustChangePassword: true })
    await show(App, { start: { session } })
    await shows('Elige tu contraseña')
    expect(document.querySelector('nav')).toBeNull()
    expect(text()).not.toContain('Cancelar')
    await type('Contraseña de un solo uso', 'Una-vez-1')
    await type('Nueva contraseña', 'Abcdefg1')
    await type('Repite la nueva contraseña', 'Abcdefg1')
    await submit('Guardar y entrar')
    await shows('Contact Center Demo')
  })

  test('sessions on other computers are told of, once', async () => {
    const session = signedIn('agent')
    if (session.status === 'signed-in') session.who.otherSessions = 2
    await show(App, { start: { session } })
    await shows('También tienes la sesión abierta en 2 equipos más.')
    await click(button('Cerrar'))
    expect(text()).not.toContain('equipos más')
  })

  test('the end of the hours is told', async () => {
    await show(App, { start: { session: signedIn('agent'), notice: 'hours-ending' } })
    expect(text()).toContain('Tu horario de acceso está por terminar')
  })
})
