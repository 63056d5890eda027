import { beforeEach, describe, expect, test, vi } from 'vitest'
import { h } from 'vue'
import type { SessionState } from '../../contract/ipc.ts'
import type { OwnerCandidate } from '../../contract/ownership.ts'
import TransferOwnership from '../../renderer/screens/security/TransferOwnership.vue'
import ComparePicker from '../../renderer/screens/users/ComparePicker.vue'
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
import { row, uid, user } from './people.ts'

const marcos: OwnerCandidate = {
  id: uid(1),
  name: 'Marcos Villanueva',
  email: 'marcos@demo.test',
  role: 'administrator',
}
const lucia: OwnerCandidate = {
  id: uid(2),
  name: 'Lucía Paredes',
  email: 'lucia@demo.test',
  role: 'agent',
}
const person = 'Nuevo owner (agente o administrador)'
const password = 'Contraseña actual'
const confirmation = (email: string) => `Para confirmar, escribe su correo: ${email}`
const unconfirmed = 'Para confirmar, escribe el correo del nuevo owner'

const sent = () => pipe().inputsOf('ownership.transfer') as Record<string, unknown>[]
const searches = () => pipe().inputsOf('ownership.candidates')
const dialog = () => document.querySelector('[role=dialog]')
const options = () =>
  Array.from(document.querySelectorAll<HTMLElement>('[role=option]'), (it) => it.innerText)
const option = (name: string) => {
  const found = Array.from(document.querySelectorAll<HTMLElement>('[role=option]')).find((it) =>
    it.textContent.includes(name),
  )
  if (!found) throw new Error(`${name} is not in the list`)
  return found
}
const role = (value: string) => {
  const found = document.querySelector<HTMLInputElement>(`[type=radio][value=${value}]`)
  if (!found) throw new Error(`There is no role ${value}`)
  return found
}

async function press(label: string, key: string): Promise<KeyboardEvent> {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
  field(label).dispatchEvent(event)
  await settle()
  return event
}

async function open(): Promise<void> {
  await show(TransferOwnership)
  await click(button('Transferir rol de owner'))
  await vi.waitFor(() => expect(dialog()?.querySelector('form')).toBeTruthy(), 5_000)
  await settle()
}
async function choose(name: string): Promise<void> {
  field(person).focus()
  await settle()
  await click(option(name))
}
/** Everything that is asked for, as it should be. */
async function fill(): Promise<void> {
  await click(role('administrator'))
  await choose('Marcos')
  await type(confirmation(marcos.email), marcos.email)
  await type(password, 'Atalaya-2026')
}
const transfer = () => submit('Transferir rol')

beforeEach(() => pipe().answer('ownership.candidates', { candidates: [lucia, marcos] }))

describe('transfer of ownership', () => {
  test('whoever is not owner has no such card', async () => {
    await show(TransferOwnership, { start: { session: signedIn('administrator') } })
    expect(text()).not.toContain('Transferir rol de owner')
  })

  test('the focus starts at the role that one will have; none is chosen', async () => {
    await open()
    expect(document.activeElement).toBe(role('administrator'))
    expect(document.querySelector('[type=radio]:checked')).toBeNull()
  })

  test('it says in one sentence what will happen, as soon as that is known', async () => {
    await open()
    expect(text()).not.toContain('será owner')
    await click(role('agent'))
    await choose('Marcos')
    expect(text()).toContain(
      'Marcos Villanueva será owner de Contact Center Demo y tú pasarás a ser Agente.',
    )
  })

  test('everything that was filled in is sent once, with a key of its own', async () => {
    await open()
    const answer = pipe().hold('ownership.transfer')
    await fill()
    await transfer()
    await transfer()
    expect(sent()).toHaveLength(1)
    expect(sent()[0]).toEqual({
      to: marcos.id,
      ownRole: 'administrator',
      confirmation: marcos.email,
      password: 'Atalaya-2026',
      // Any UUID.
      key: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    })
    answer({ owner: marcos, role: 'administrator' })
    await settle()
    expect(dialog()).toBeNull()
    expect(document.activeElement?.textContent).toContain('ya es owner')
    expect(text()).toContain(
      'Marcos Villanueva ya es owner de este espacio de trabajo. Tu rol ahora es Administrador.',
    )
  })

  test('the word of it stays when the role is gone, and then the card goes', async () => {
    await open()
    const answer = pipe().hold('ownership.transfer')
    await fill()
    await transfer()
    // The new role is told before the call is answered.
    const now: SessionState = signedIn('administrator', 'owner')
    pipe().emit('session.changed', now)
    await settle()
    answer({ owner: marcos, role: 'administrator' })
    await settle()
    expect(text()).toContain('Marcos Villanueva ya es owner')
    await click(button('Cerrar'))
    expect(text()).not.toContain('Transferir rol de owner')
  })

  test('nothing filled in: each field says so, the first has the focus, nobody is asked', async () => {
    await open()
    await transfer()
    expect(text()).toContain('Elige el rol que tendrás.')
    expect(description(field(person))).toContain('elígela de la lista')
    expect(description(field(password))).toContain('Escribe tu contraseña actual.')
    expect(document.activeElement).toBe(role('administrator'))
    expect(sent()).toEqual([])
  })

  test.each(['marcos@demo.tes', 'Marcos@demo.test', 'lucia@demo.test', ''])(
    '“%s” does not confirm marcos@demo.test',
    async (typed) => {
      await open()
      await fill()
      await type(confirmation(marcos.email), typed)
      await transfer()
      expect(description(field(confirmation(marcos.email)))).toContain('No es el correo de esa')
      expect(document.activeElement).toBe(field(confirmation(marcos.email)))
      expect(sent()).toEqual([])
    },
  )

  test.each([
    ['wrong-confirmation', confirmation(marcos.email), 'No es el correo de esa persona.'],
    ['wrong-password', password, 'La contraseña actual no es correcta.'],
    ['no-such-candidate', person, 'ya no puede ser owner'],
  ] as const)('%s is told at its field, and nothing is lost', async (code, label, words) => {
    pipe().refuse('ownership.transfer', code)
    await open()
    await fill()
    await transfer()
    expect(description(field(label))).toContain(words)
    expect(document.activeElement).toBe(field(label))
    expect([
      role('administrator').checked,
      field(person).value,
      field(confirmation(marcos.email)).value,
      field(password).value,
    ]).toEqual([true, marcos.name, marcos.email, 'Atalaya-2026'])
  })

  test('too many attempts count down', async () => {
    pipe().refuse('ownership.transfer', 'too-many-attempts', { retryAfterSeconds: 30 })
    await open()
    await fill()
    vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] })
    await transfer()
    expect(button('Podrás reintentar en 0:30').disabled).toBe(true)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(button('Transferir rol').disabled).toBe(false)
  })

  test('lost on the way, it is tried again with the same key; refused, with another', async () => {
    pipe().refuse('ownership.transfer', 'offline')
    await open()
    await fill()
    await transfer()
    expect(text()).toContain('No hay conexión con el servidor.')
    pipe().refuse('ownership.transfer', 'wrong-password')
    await transfer()
    pipe().answer('ownership.transfer', { owner: marcos, role: 'administrator' })
    await transfer()
    const [lost, refused, done] = sent().map(({ key }) => key)
    expect(refused).toBe(lost)
    expect(done).not.toBe(lost)
    expect(text()).toContain('ya es owner')
  })
})

describe('search for a person', () => {
  test('the list opens with the focus, and names role and address', async () => {
    await open()
    expect(field(person).getAttribute('aria-expanded')).toBe('false')
    field(person).focus()
    await settle()
    expect(field(person).getAttribute('aria-expanded')).toBe('true')
    expect(searches()).toEqual([{ search: '' }])
    expect(option('Marcos').textContent).toContain('marcos@demo.test')
    expect(option('Marcos').textContent).toContain('Administrador')
    expect(text()).toContain('2 personas coinciden.')
  })

  test('it is searched once for a burst of keys', async () => {
    await open()
    field(person).focus()
    await settle()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    for (const part of ['l', 'lu', 'luc']) await type(person, part)
    expect(searches()).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(250)
    expect(searches()).toEqual([{ search: '' }, { search: 'luc' }])
  })

  test('an answer that comes late does not hide a newer one', async () => {
    await open()
    const late = pipe().hold('ownership.candidates')
    field(person).focus()
    await settle()
    pipe().answer('ownership.candidates', { candidates: [lucia] })
    await type(person, 'luc')
    await vi.waitFor(() => expect(options()).toHaveLength(1), 2_000)
    late({ candidates: [lucia, marcos] })
    await settle()
    expect(options()).toHaveLength(1)
  })

  test('arrows and Enter choose, and send nothing', async () => {
    await open()
    field(person).focus()
    await settle()
    const at = () => {
      const id = field(person).getAttribute('aria-activedescendant')
      return id && document.getElementById(id)?.textContent
    }
    expect(at()).toBeNull()
    await press(person, 'ArrowDown')
    expect(at()).toContain('Lucía')
    await press(person, 'ArrowUp')
    expect(at()).toContain('Marcos')
    await press(person, 'ArrowDown')
    expect(at()).toContain('Lucía')
    const enter = await press(person, 'Enter')
    expect(enter.defaultPrevented).toBe(true)
    expect(field(person).value).toBe('Lucía Paredes')
    expect(description(field(person))).toBe('lucia@demo.test')
    expect(field(person).getAttribute('aria-expanded')).toBe('false')
    expect(document.activeElement).toBe(field(person))
  })

  test('Escape closes the list first, and then the dialog', async () => {
    await open()
    field(person).focus()
    await settle()
    await press(person, 'Escape')
    expect(field(person).getAttribute('aria-expanded')).toBe('false')
    expect(dialog()).not.toBeNull()
    await press(person, 'Escape')
    expect(dialog()).toBeNull()
  })

  test('other text is another person: the choice and its address are gone', async () => {
    await open()
    await choose('Marcos')
    expect(field(confirmation(marcos.email))).toBeTruthy()
    await type(person, 'Marcos V')
    expect(field(unconfirmed)).toBeTruthy()
  })

  test('nobody found says so, and so does a failure', async () => {
    pipe().answer('ownership.candidates', { candidates: [] })
    await open()
    field(person).focus()
    await settle()
    expect(text()).toContain('Nadie coincide.')
    pipe().refuse('ownership.candidates', 'offline')
    await type(person, 'x')
    await vi.waitFor(() => expect(text()).toContain('No hay conexión con el servidor.'), 2_000)
  })

  test('the person to compare with is found the same way', async () => {
    const rows = [user(1), user(2)].map(row)
    pipe().answer('users.list', { rows, next: null, total: 2 })
    const chosen = vi.fn()
    await show({ render: () => h(ComparePicker, { except: uid(1), onChosen: chosen }) })
    await vi.waitFor(() => expect(options()).toHaveLength(1), 2_000)
    await click(option('Persona 2'))
    expect(chosen).toHaveBeenCalledWith(uid(2))
    expect(pipe().inputsOf('users.list')).toEqual([{ limit: 7 }])
  })
})
