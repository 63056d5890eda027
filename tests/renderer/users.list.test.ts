import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { CallOutput } from '../../contract/ipc.ts'
import { type Action, decide, obstacle, type Person, roles } from '../../contract/permissions.ts'
import type { User } from '../../contract/users.ts'
import { pipe } from './fake-pipe.ts'
import { button, click, settle, signedIn, text } from './page.ts'
import { answerPeople, giveHeight, openAt, row, uid, user } from './people.ts'
import { eventually } from '../support/eventually.ts'

const grid = (): HTMLElement => {
  const found = document.querySelector<HTMLElement>('[role=grid]')
  if (!found) throw new Error('There is no grid')
  return found
}
const names = () =>
  Array.from(document.querySelectorAll('.who__name'), (it) => it.textContent.trim())
const chosen = () => document.querySelectorAll('[role=row][aria-selected=true]').length
const active = () => document.getElementById(grid().getAttribute('aria-activedescendant') ?? '')
const activeRow = () => active()?.closest('[role=row]')?.getAttribute('aria-rowindex')

async function press(key: string, more: KeyboardEventInit = {}): Promise<void> {
  grid().dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, ...more }))
  await settle()
}
async function open(people = Array.from({ length: 30 }, (_, n) => user(n))) {
  answerPeople(people)
  const page = await openAt('/users', 'owner', uid(500))
  grid().focus()
  await settle()
  return page
}
const outcomes = (...them: CallOutput<'users.change'>['outcomes'][number][]) => ({ outcomes: them })

beforeEach(() => giveHeight())
afterEach(() => vi.restoreAllMocks())

describe('user list', () => {
  test('draws the rows in view alone, and says how many there are', async () => {
    await open(Array.from({ length: 100 }, (_, n) => user(n)))
    expect(names().length).toBeGreaterThan(8)
    expect(names().length).toBeLessThan(40)
    expect(grid().getAttribute('aria-rowcount')).toBe('101')
    expect(text()).toContain('100 usuarios')
  })

  test('asks for the next page before its end is reached', async () => {
    const people = Array.from({ length: 120 }, (_, n) => user(n))
    answerPeople(people, 15)
    await openAt('/users', 'owner', uid(500))
    await eventually(() =>
      expect(pipe().inputsOf('users.list')).toContainEqual(
        expect.objectContaining({ after: 'more', limit: 100 }),
      ),
    )
  })

  test('searches a moment after the typing stops', async () => {
    vi.useFakeTimers()
    await open()
    const search = document.querySelector<HTMLInputElement>('input[type=search]')
    if (!search) throw new Error('There is no search')
    for (const value of ['a', 'an', 'ana ']) {
      search.value = value
      search.dispatchEvent(new Event('input', { bubbles: true }))
      await settle()
    }
    expect(pipe().inputsOf('users.list')).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(300)
    expect(pipe().inputsOf('users.list').slice(1)).toEqual([
      expect.objectContaining({ search: 'ana' }),
    ])
  })

  test('sorts by a head, and the other way at the second time', async () => {
    await open()
    const head = button('Rol')
    await click(head)
    expect(head.closest('[role=columnheader]')?.getAttribute('aria-sort')).toBe('ascending')
    await click(button('Rol'))
    const [, ascending, descending] = pipe().inputsOf('users.list')
    expect(ascending).toMatchObject({ sort: 'role', descending: false })
    expect(descending).toMatchObject({ sort: 'role', descending: true })
  })

  test('an answer to an earlier question comes too late', async () => {
    await open()
    const late: ((value: unknown) => void)[] = []
    const answered = vi.spyOn(window.atalaya, 'call')
    answered.mockImplementationOnce(() => new Promise((done) => late.push(done as () => void)))
    await click(button('Rol'))
    await click(button('Estado'))
    expect(names()).toContain('Persona 0')
    late[0]?.({ ok: true, data: { rows: [row(user(99))], next: null, total: 1 } })
    await settle()
    expect(names()).not.toContain('Persona 99')
  })

  test('nobody matches: it says so and takes the filters off', async () => {
    const { session } = await open([])
    expect(session.can('users.create')).toBe(true)
    expect(text()).toContain('Ningún usuario coincide')
  })

  test('only oneself: it says how others come', async () => {
    await open([user(500)])
    expect(text()).toContain('Por ahora solo estás tú')
  })

  test('what could not be read is asked again', async () => {
    pipe().refuse('users.list', 'unavailable')
    pipe().answer('profiles.list', { profiles: [] })
    await openAt('/users', 'owner', uid(500))
    expect(text()).toContain('El servicio no puede responder ahora.')
    answerPeople([user(1), user(2)])
    await click(button('Reintentar'))
    expect(names()).toEqual(['Persona 1', 'Persona 2'])
  })
})

describe('keyboard in the user list', () => {
  test('arrows, Home, End and pages move the one active cell', async () => {
    await open()
    expect(activeRow()).toBe('2')
    await press('ArrowDown')
    expect(activeRow()).toBe('3')
    await press('ArrowRight')
    expect(active()?.getAttribute('aria-colindex')).toBe('2')
    await press('End')
    expect(active()?.getAttribute('aria-colindex')).toBe(grid().getAttribute('aria-colcount'))
    await press('Home')
    expect(active()?.getAttribute('aria-colindex')).toBe('1')
    await press('PageDown')
    expect(Number(activeRow())).toBeGreaterThan(8)
    await press('Home', { ctrlKey: true })
    expect(activeRow()).toBe('2')
    await press('ArrowUp')
    expect(activeRow()).toBe('2')
  })

  test('Space chooses, Shift and Space the range, Control and A all that are loaded', async () => {
    await open()
    await press(' ')
    expect(chosen()).toBe(1)
    for (let n = 0; n < 3; n++) await press('ArrowDown')
    await press(' ', { shiftKey: true })
    expect(text()).toContain('4 seleccionados')
    await press('a', { ctrlKey: true })
    expect(text()).toContain('30 seleccionados')
  })

  test('Enter opens the user', async () => {
    const { router } = await open()
    const push = vi.spyOn(router, 'push')
    await press('ArrowDown')
    await press('Enter')
    expect(push).toHaveBeenCalledWith(`/users/${uid(1)}`)
  })
})

describe('user list changed elsewhere', () => {
  test('keeps who is chosen, and drops who is gone', async () => {
    await open()
    await press(' ')
    await press('ArrowDown')
    await press(' ')
    answerPeople(Array.from({ length: 29 }, (_, n) => user(n + 1, { name: `Nueva ${n + 1}` })))
    pipe().emit('data.changed', { topic: 'users' })
    await settle()
    expect(names()[0]).toBe('Nueva 1')
    expect(text()).toContain('1 seleccionado')
  })

  test('many changes in a row are asked for once at first, and once after', async () => {
    vi.useFakeTimers()
    await open()
    for (let n = 0; n < 20; n++) pipe().emit('data.changed', { topic: 'users' })
    await vi.advanceTimersByTimeAsync(1_100)
    expect(pipe().inputsOf('users.list')).toHaveLength(3)
  })
})

describe('menu of a row', () => {
  const items = () =>
    Array.from(document.querySelectorAll('[role=menuitem]'), (it) => ({
      name: it.querySelector('span')?.firstChild?.textContent?.trim(),
      off: it.getAttribute('aria-disabled') === 'true',
    }))

  test('learns the rights of the person before it offers anything', async () => {
    await open([user(1), user(2)])
    pipe().answer('users.show', user(1, { access: { kind: 'superuser' } }))
    await press('F10', { shiftKey: true })
    await settle()
    expect(items()).toEqual([
      { name: 'Abrir', off: false },
      { name: 'Asignar perfil', off: false },
      { name: 'Desactivar', off: false },
      { name: 'Eliminar', off: false },
    ])
  })

  test('asks about what was chosen, for that row', async () => {
    await open([user(1), user(2)])
    pipe().answer('users.show', user(1))
    pipe().answer('users.change', {
      outcomes: [{ id: user(1).id, name: 'Persona 1', outcome: 'done', because: null }],
    })
    await press('F10', { shiftKey: true })
    await settle()
    await click(document.querySelectorAll<HTMLElement>('[role=menuitem]')[2] ?? document.body)
    await vi.waitFor(() => expect(pipe().inputsOf('users.change')).toHaveLength(1), 5_000)
    expect(pipe().inputsOf('users.change')[0]).toMatchObject({ ids: [user(1).id], preview: true })
    expect(document.querySelector('[role=menu]')).toBeNull()
  })

  test('never offers what the backend would refuse', async () => {
    await open([user(1), user(2)])
    const access = fc.oneof(
      fc.constant({ kind: 'none' } as const),
      fc.constant({ kind: 'superuser' } as const),
      fc
        .constantFrom('view', 'create', 'edit', 'delete')
        .map(
          (action) =>
            ({ kind: 'custom', grants: { users: ['view', action], crm: ['view'] } }) as const,
        ),
    )
    const somebody = fc.record({ role: fc.constantFrom(...roles), access })
    await fc.assert(
      fc.asyncProperty(somebody, somebody, async (by, of) => {
        // Who may not see users has no such screen.
        if (!decide({ ...by, moduleStates: {} }, 'users', 'view').allowed) return
        const actor = { ...by, id: uid(500), moduleStates: {} } as Person & { id: string }
        const target = { ...user(1, of as Partial<User>), moduleStates: {} }
        pipe().emit('session.changed', signedIn(by.role, uid(500), by as object))
        pipe().answer('users.show', target)
        await settle()
        await press('F10', { shiftKey: true })
        await settle()
        const may = (action: Action) => decide(actor, 'users', action).allowed
        for (const { name, off } of items()) {
          if (off || name === 'Abrir') continue
          expect(obstacle(actor, target), name).toBeNull()
          expect(may(name === 'Eliminar' ? 'delete' : 'edit'), name).toBe(true)
        }
        await click(document.querySelector<HTMLElement>('.v-overlay__scrim') ?? document.body)
        document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))
        await settle()
      }),
      { numRuns: 25 },
    )
  }, 60_000)

  test('says why it can do nothing', async () => {
    await open([user(1), user(2)])
    pipe().answer('users.show', user(1, { role: 'owner' }))
    await press('End')
    await press('Enter')
    await settle()
    expect(items().map(({ off }) => off)).toEqual([false, true, true, true])
    expect(text()).toContain('Es el Owner')
  })
})

describe('bulk actions', () => {
  test('show what would happen, do it when told to, and say what became of each', async () => {
    await open()
    await press(' ')
    await press('ArrowDown')
    await press(' ')
    pipe().answer(
      'users.change',
      outcomes(
        { id: uid(0), name: 'Persona 0', outcome: 'done', because: null },
        { id: uid(1), name: 'Persona 1', outcome: 'refused', because: 'role-above' },
      ),
    )
    await click(button('Desactivar'))
    const ids = [uid(0), uid(1)]
    const change = { kind: 'deactivate' }
    expect(pipe().inputsOf('users.change')).toEqual([{ ids, preview: true, change }])
    expect(text()).toContain('Se aplicará a 1 usuario')
    expect(text()).toContain('Su rol está por encima del tuyo')

    const form = document.querySelector('.v-overlay--active form')
    form?.dispatchEvent(new Event('submit', { cancelable: true }))
    await settle()
    expect(pipe().inputsOf('users.change')[1]).toEqual({ ids, preview: false, change })
    expect(text()).toContain('Se aplicó a 1 usuario')
    expect(text()).toContain('Hecho')
  })

  test('nothing can be done where nothing would be', async () => {
    await open()
    await press(' ')
    const refused = { id: uid(0), name: 'Persona 0', outcome: 'refused', because: 'owner' } as const
    pipe().answer('users.delete', outcomes(refused))
    await click(button('Eliminar'))
    const submits = document.querySelectorAll<HTMLButtonElement>('.v-overlay--active [type=submit]')
    expect(Array.from(submits, (it) => it.disabled)).toEqual([true])
  })

  test('more than a thousand go in several calls', async () => {
    const people = Array.from({ length: 1200 }, (_, n) => user(n))
    answerPeople(people, 1200)
    await openAt('/users', 'owner', uid(5000))
    pipe().answer('users.change', outcomes())
    await press('a', { ctrlKey: true })
    await click(button('Desactivar'))
    const sizes = pipe()
      .inputsOf('users.change')
      .map((it) => (it as { ids: string[] }).ids.length)
    expect(sizes).toEqual([1000, 200])
  })
})

describe('export', () => {
  test('takes what is filtered and asks main to write it', async () => {
    await open()
    pipe().answer('users.export', { csv: 'a;b', rows: 30 })
    pipe().answer('files.save', { saved: true })
    await click(button('Exportar'))
    expect(pipe().inputsOf('users.export')).toEqual([{}])
    expect(pipe().inputsOf('files.save')).toEqual([
      { name: expect.stringMatching(/^demo-.*\.csv$/) as string, text: 'a;b' },
    ])
    expect(text()).toContain('El archivo se guardó con 30 usuarios.')
  })

  test('who chooses no place is told nothing', async () => {
    await open()
    pipe().answer('users.export', { csv: 'a;b', rows: 30 })
    pipe().answer('files.save', { saved: false })
    await click(button('Exportar'))
    expect(text()).not.toContain('El archivo se guardó')
  })
})
