import { beforeEach, describe, expect, test, vi } from 'vitest'
import { RouterView } from 'vue-router'
import type { Profile } from '../../contract/profiles.ts'
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

const sales: Profile = {
  id: 'sales',
  name: 'Ventas',
  grants: { crm: ['view', 'edit'] },
  users: 18,
  version: 3,
  changedAt: new Date().toISOString(),
}
const quality: Profile = {
  ...sales,
  id: 'quality',
  name: 'Calidad',
  users: 0,
  grants: { pbx: ['view'] },
}

async function open(path: string, session = signedIn('owner')) {
  const page = await show(RouterView, { start: { session } })
  await page.router.push(path)
  await vi.waitFor(() => expect(document.querySelector('h1')).not.toBeNull(), 5_000)
  await settle()
  return page
}
const cell = (name: string) =>
  document.querySelector<HTMLElement>(`[role=checkbox][aria-label="${name}"]`)
async function toggle(name: string): Promise<void> {
  const it = cell(name)
  if (!it) throw new Error(`No checkbox is called “${name}”`)
  await click(it)
}
const saved = () => pipe().inputsOf('profiles.update')
const dialog = () => document.querySelector('[role=dialog]')?.textContent
async function confirm(): Promise<void> {
  document.querySelector('[role=dialog] form')?.dispatchEvent(new Event('submit'))
  await settle()
}

beforeEach(() => {
  pipe().answer('profiles.list', { profiles: [quality, sales] })
  pipe().answer('profiles.update', sales)
  pipe().answer('profiles.create', sales)
})

/** The menu of a line is loaded when it is first asked for. */
async function openMenu(name: string): Promise<void> {
  await click(button(name))
  await vi.waitFor(() => expect(document.querySelector('[role=menuitem]')).not.toBeNull(), 5_000)
}

describe('list of profiles', () => {
  test('it tells how many users and rights each has', async () => {
    await open('/profiles')
    expect(text()).toContain('Ventas 18 2 de 51 hace un momento')
  })

  test('who may only view has nothing to create or delete', async () => {
    const access = { kind: 'custom' as const, grants: { profiles: ['view' as const] } }
    await open('/profiles', signedIn('agent', 'a', { access }))
    expect(text()).not.toContain('Crear perfil')
    await openMenu('Acciones de Ventas')
    expect(text()).toContain('Tus permisos no incluyen eliminar perfiles.')
  })

  test('deleting asks where its users go, and tells what they lose', async () => {
    pipe().answer('profiles.delete', { movedUsers: 18 })
    await open('/profiles')
    await openMenu('Acciones de Ventas')
    await click(document.querySelectorAll<HTMLElement>('[role=menuitem]')[1] ?? document.body)
    expect(text()).toContain('18 usuarios lo tienen. Elige qué acceso tendrán después.')
    expect(text()).toContain('Pierde 2 permisos')
    await confirm()
    expect(pipe().inputsOf('profiles.delete')).toEqual([{ id: 'sales', version: 3, moveTo: null }])
    expect(text()).toContain('18 usuarios cambiaron de acceso.')
  })
})

describe('profile editor', () => {
  test('before it is saved it tells who gains and loses what', async () => {
    await open('/profiles/sales')
    await toggle('PBX: Crear')
    await toggle('CRM: Editar')
    await submit('Guardar')
    expect(dialog()).toContain('Afecta a 18 usuarios')
    expect(dialog()).toContain('Gana 2 permisos')
    expect(dialog()).toContain('Pierde 1 permiso')
    expect(saved()).toEqual([])
    await confirm()
    expect(saved()).toEqual([
      {
        id: 'sales',
        version: 3,
        name: 'Ventas',
        grants: { crm: ['view'], pbx: ['view', 'create'] },
      },
    ])
  })

  test('a profile that nobody has is saved without a question', async () => {
    await open('/profiles/quality')
    await toggle('PBX: Crear')
    await submit('Guardar')
    expect(saved()).toHaveLength(1)
  })

  test('the own profile is shown with the reason why it cannot be changed', async () => {
    const access = { kind: 'profile' as const, profileId: 'sales', name: 'Ventas', grants: {} }
    await open('/profiles/sales', signedIn('administrator', 'a', { access }))
    expect(text()).toContain('nadie puede cambiar sus propios permisos')
    expect(text()).not.toContain('Guardar')
    expect(cell('CRM: Ver')?.getAttribute('aria-disabled')).toBe('true')
  })

  test('an administrator cannot grant what they do not have', async () => {
    await open('/profiles/quality', signedIn('administrator'))
    expect(cell('CRM: Ver')?.getAttribute('aria-disabled')).toBe('true')
    expect(cell('Usuarios: Ver')?.hasAttribute('aria-disabled')).toBe(false)
    // What is saved may be taken away and put back.
    await toggle('PBX: Ver')
    await toggle('PBX: Ver')
    expect(cell('PBX: Ver')?.getAttribute('aria-checked')).toBe('true')
  })

  test('a name that is taken is told at its field, and nothing is lost', async () => {
    pipe().refuse('profiles.create', 'name-taken')
    await open('/profiles/new')
    await type('Nombre', 'ventas')
    await toggle('CRM: Ver')
    await submit('Crear perfil')
    expect(description(field('Nombre'))).toBe('Ya hay un perfil con este nombre.')
    expect(document.activeElement).toBe(field('Nombre'))
    expect(cell('CRM: Ver')?.getAttribute('aria-checked')).toBe('true')
  })

  test('a duplicate begins with the rights of the other one', async () => {
    await open('/profiles/new?from=sales')
    expect(field('Nombre').value).toBe('Copia de Ventas')
    await submit('Crear perfil')
    expect(pipe().inputsOf('profiles.create')).toEqual([
      { name: 'Copia de Ventas', grants: sales.grants },
    ])
  })

  test.each([
    ['Guardar la mía', 1],
    ['Quedarme con la guardada', 0],
  ])('a conflict shows both versions: “%s”', async (choice, calls) => {
    const current = { ...sales, version: 4, name: 'Ventas 2' }
    pipe().refuse('profiles.update', 'conflict', { current })
    await open('/profiles/sales')
    await type('Nombre', 'Ventas mías')
    await submit('Guardar')
    expect(dialog()).toContain('Nombre guardado: «Ventas 2». El tuyo: «Ventas mías».')
    pipe().answer('profiles.update', current)
    if (calls > 0) await submit(choice)
    else await click(button(choice))
    expect(saved().slice(1)).toEqual(
      calls > 0 ? [{ id: 'sales', version: 4, name: 'Ventas mías', grants: sales.grants }] : [],
    )
    if (calls === 0) expect(field('Nombre').value).toBe('Ventas 2')
  })

  test('an untouched form follows what others save; an edit stays', async () => {
    await open('/profiles/sales')
    pipe().answer('profiles.list', { profiles: [{ ...sales, version: 4, name: 'Otra' }] })
    pipe().emit('data.changed', { topic: 'profiles' })
    await settle()
    expect(field('Nombre').value).toBe('Otra')
    await type('Nombre', 'Mía')
    pipe().answer('profiles.list', { profiles: [{ ...sales, version: 5, name: 'Tercera' }] })
    pipe().emit('data.changed', { topic: 'profiles' })
    await settle()
    expect(field('Nombre').value).toBe('Mía')
  })

  test('leaving with changes asks first', async () => {
    const { router } = await open('/profiles/sales')
    await type('Nombre', 'Mía')
    void router.push('/profiles')
    await vi.waitFor(() => expect(text()).toContain('¿Descartar los cambios?'), 5_000)
    await click(button('Seguir editando'))
    expect(router.currentRoute.value.path).toBe('/profiles/sales')
  })
})
