import { beforeEach, describe, expect, test, vi } from 'vitest'
import App from '../../renderer/App.vue'
import { pipe } from './fake-pipe.ts'
import {
  button,
  click,
  description,
  field,
  settle,
  show,
  signedOut,
  submit,
  text,
  type,
} from './page.ts'

const label = 'Nombre o correo del equipo'
const team = { link: 'demo-2', name: 'Contact Center Lima' }
const asked = () => pipe().inputsOf('finder.search')

async function open(email = 'ana@demo.test'): Promise<void> {
  await show(App, { start: { session: signedOut({ form: { workspace: '', email, name: '' } }) } })
  await click(button('Buscar mi equipo'))
  await vi.waitFor(() => expect(document.activeElement).toBe(field(label)), 5_000)
}
/** Types, and waits as long as nobody types on. */
async function look(query: string): Promise<void> {
  await type(label, query)
  await vi.advanceTimersByTimeAsync(400)
  await settle()
}

describe('finding one’s team before the sign-in', () => {
  beforeEach(async () => {
    pipe().answer('finder.search', { teams: [team] })
    await open()
    vi.useFakeTimers({
      toFake: ['performance', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
    })
  })

  test('the window says what it is for', () => {
    expect(document.title).toContain('Busca tu equipo')
    expect(description(field(label))).toContain('Al menos 3 letras')
  })

  test('it is asked once the typing stops', async () => {
    await type(label, 'con')
    await type(label, 'cont')
    await look('conta')
    expect(asked()).toEqual([{ query: 'conta' }])
    expect(text()).toContain('1 equipo encontrado')
    expect(text()).toContain('Contact Center Lima demo-2')
  })

  test('and at once when the key for it is pressed', async () => {
    await type(label, 'conta')
    await submit('Volver a iniciar sesión')
    expect(asked()).toEqual([{ query: 'conta' }])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(asked()).toHaveLength(1)
  })

  test.each(['', '  ', 'co', ' co ', 'equipo@', 'equipo@demo'])(
    '“%s” is too little to ask for',
    async (query) => {
      await look(query)
      expect(asked()).toEqual([])
    },
  )

  test('a whole address is asked for', async () => {
    await look(' equipo@demo.test ')
    expect(asked()).toEqual([{ query: 'equipo@demo.test' }])
  })

  test('the team that is chosen stands in the form, and what was typed before stays', async () => {
    await look('conta')
    vi.useRealTimers()
    const [first] = document.querySelectorAll<HTMLElement>('ul button')
    if (first) await click(first)
    expect(field('Enlace del espacio de trabajo').value).toBe('demo-2')
    expect(field('Correo electrónico').value).toBe('ana@demo.test')
    expect(document.activeElement).toBe(field('Contraseña'))
  })

  test('nobody found: it says so, and where the link is', async () => {
    pipe().answer('finder.search', { teams: [] })
    await look('nadie')
    expect(text()).toContain('Ningún equipo visible coincide con «nadie».')
    expect(text()).toContain('tu correo de invitación')
  })

  test('an answer that comes after the text is gone shows nothing', async () => {
    const answer = pipe().hold('finder.search')
    await look('conta')
    expect(text()).toContain('Buscando…')
    await type(label, '')
    answer({ teams: [team] })
    await settle()
    expect(text()).not.toContain('Contact Center Lima')
  })

  test('asked too often, it goes on by itself when the time has passed', async () => {
    pipe().refuse('finder.search', 'too-many-attempts', { retryAfterSeconds: 30 })
    await look('conta')
    expect(text()).toContain('La tuya continuará sola en 0:30')
    pipe().answer('finder.search', { teams: [team] })
    await look('contac')
    expect(asked()).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(30_000)
    await settle()
    expect(asked().at(-1)).toEqual({ query: 'contac' })
    expect(text()).toContain('Contact Center Lima')
    expect(text()).not.toContain('continuará sola')
  })

  test('without the network it says so, and can be tried again', async () => {
    pipe().refuse('finder.search', 'offline')
    await look('conta')
    expect(text()).toContain('No hay conexión con el servidor.')
    pipe().answer('finder.search', { teams: [team] })
    await click(button('Reintentar'))
    expect(text()).toContain('Contact Center Lima')
  })
})

test('back from the finder, what stood in the form stands there', async () => {
  await show(App, { start: { session: signedOut() } })
  await type('Enlace del espacio de trabajo', 'otro-equipo')
  await click(button('Buscar mi equipo'))
  await vi.waitFor(() => field(label), 5_000)
  await click(button('Volver a iniciar sesión'))
  expect(field('Enlace del espacio de trabajo').value).toBe('otro-equipo')
})
