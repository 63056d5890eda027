import { describe, expect, test } from 'vitest'
import { h, ref } from 'vue'
import type { Grants } from '../../contract/access.ts'
import type { Person } from '../../contract/permissions.ts'
import PermissionMatrix from '../../renderer/components/PermissionMatrix.vue'
import PermissionReasons from '../../renderer/components/PermissionReasons.vue'
import { button, click, settle, show, text, type } from './page.ts'

/** A matrix whose grants can be looked at. */
async function matrix(given: Grants, props: object = {}) {
  const grants = ref(given)
  const update = (next: Grants) => (grants.value = next)
  await show({
    render: () =>
      h(PermissionMatrix, { ...props, modelValue: grants.value, 'onUpdate:modelValue': update }),
  })
  return grants
}
const cell = (name: string) => {
  const found = document.querySelector<HTMLElement>(`[role=checkbox][aria-label="${name}"]`)
  if (!found) throw new Error(`No checkbox is called “${name}”`)
  return found
}
const checked = (name: string) => cell(name).getAttribute('aria-checked')
const note = (name: string) => cell(name).getAttribute('aria-description')
const press = async (key: string, ctrlKey = false) => {
  document.activeElement?.dispatchEvent(
    new KeyboardEvent('keydown', { key, ctrlKey, bubbles: true }),
  )
  await settle()
}
const focused = () => document.activeElement?.getAttribute('aria-label')

describe('permission matrix', () => {
  test('ticking an action also ticks the view of its module', async () => {
    const grants = await matrix({})
    await click(cell('CRM: Editar'))
    expect(grants.value).toEqual({ crm: ['view', 'edit'] })
  })

  test('without the view nothing of the module is left', async () => {
    const grants = await matrix({ crm: ['view', 'edit'], reports: ['view'] })
    await click(cell('CRM: Ver'))
    expect(grants.value).toEqual({ reports: ['view'] })
  })

  test('a whole row goes on, and off again', async () => {
    const grants = await matrix({ supervision: ['view'] })
    const row = 'Supervisión: todos los permisos'
    expect(checked(row)).toBe('mixed')
    await click(cell(row))
    expect(grants.value).toEqual({ supervision: ['view', 'edit'] })
    expect(checked(row)).toBe('true')
    await click(cell(row))
    expect(grants.value).toEqual({})
  })

  test('a whole column reaches only the modules that are shown', async () => {
    const grants = await matrix({})
    await type('Buscar módulo', 'campanas')
    await click(cell('Crear: todos los módulos que se ven'))
    expect(grants.value).toEqual({ campaigns: ['view', 'create'] })
  })

  test('what a module does not offer is no cell', async () => {
    await matrix({})
    expect(() => cell('Auditoría: Editar')).toThrow()
  })

  test('Inbox and Agenda are everyone’s: on, and not to be changed', async () => {
    const grants = await matrix({})
    await click(cell('Inbox: Eliminar'))
    expect(checked('Inbox: Eliminar')).toBe('true')
    expect(note('Inbox: Eliminar')).toBe('Lo tienen todas las personas.')
    expect(grants.value).toEqual({})
  })

  test('what the caller does not hold cannot be turned on, says why, and can be turned off', async () => {
    const grants = await matrix({ pbx: ['view'] }, { grantable: () => false })
    await click(cell('CRM: Ver'))
    expect(grants.value).toEqual({ pbx: ['view'] })
    expect(note('CRM: Ver')).toBe('No puedes conceder un permiso que tú no tienes.')
    expect(cell('CRM: Ver').getAttribute('aria-disabled')).toBe('true')
    await click(cell('PBX: Ver'))
    expect(grants.value).toEqual({})
  })

  test('a whole row turns on only what the caller holds', async () => {
    const grantable = (_: string, action: string) => action === 'view'
    const grants = await matrix({}, { grantable })
    await click(cell('CRM: todos los permisos'))
    expect(grants.value).toEqual({ crm: ['view'] })
    expect(checked('CRM: todos los permisos')).toBe('true')
  })

  test('changes are marked and counted', async () => {
    await matrix({ crm: ['view'] }, { comparedWith: { reports: ['view'] } })
    expect(note('CRM: Ver')).toBe('Se concede')
    expect(note('Informes: Ver')).toBe('Se quita')
    expect(note('PBX: Ver')).toBeNull()
    expect(text()).toContain('2 cambios')
  })

  test('read only nothing can be changed, and there are no whole rows or columns', async () => {
    const grants = await matrix({ crm: ['view'] }, { readonly: true })
    await click(cell('CRM: Ver'))
    expect(grants.value).toEqual({ crm: ['view'] })
    expect(() => cell('CRM: todos los permisos')).toThrow()
  })

  test('a module that is off says so', async () => {
    await matrix({}, { moduleStates: { flows: 'inactive', billing: 'hidden' } })
    expect(text()).toContain('Flujos Inactivo')
    expect(text()).toContain('Planes y Facturación Oculto')
  })

  test('the keyboard has one stop, from which the arrows, Home and End move', async () => {
    await matrix({})
    expect(document.querySelectorAll('[role=checkbox][tabindex="0"]')).toHaveLength(1)
    cell('Perfiles: Ver').focus()
    await press('ArrowRight')
    expect(focused()).toBe('Perfiles: Crear')
    // Supervision has nothing to create, audit neither: the next one down is of campaigns.
    await press('ArrowDown')
    expect(focused()).toBe('Campañas: Crear')
    await press('End')
    expect(focused()).toBe('Campañas: Eliminar')
    await press('Home')
    expect(focused()).toBe('Campañas: todos los permisos')
    await press('Home', true)
    expect(focused()).toBe('Todos los permisos que se ven')
    expect(document.querySelectorAll('[role=checkbox][tabindex="0"]')).toHaveLength(1)
  })

  test('a search that hides the stop leaves another one', async () => {
    await matrix({})
    cell('Perfiles: Ver').focus()
    await type('Buscar módulo', 'crm')
    expect(document.querySelectorAll('[role=checkbox][tabindex="0"]')).toHaveLength(1)
    await type('Buscar módulo', 'nada de esto')
    expect(text()).toContain('Ningún módulo se llama así.')
  })
})

describe('permission reasons', () => {
  const agent: Person = {
    role: 'agent',
    access: { kind: 'profile', name: 'Ventas', grants: { crm: ['view'], flows: ['view'] } },
    moduleStates: { flows: 'inactive' },
  }

  test.each([
    ['CRM', 'Por el perfil «Ventas».'],
    ['PBX', 'El perfil no lo concede.'],
    ['Flujos', 'El módulo Flujos está inactivo en el espacio de trabajo.'],
    ['Inbox', 'Lo tienen todas las personas, con cualquier acceso.'],
  ])('%s: the reason is said in words', async (module, words) => {
    await show(PermissionReasons, { props: { person: agent } })
    const why = button(`¿Por qué? ${module}`)
    expect(text()).not.toContain(words)
    await click(why)
    expect(why.getAttribute('aria-expanded')).toBe('true')
    expect(text()).toContain(words)
  })

  test('every ground for a right is told', async () => {
    const person: Person = { role: 'owner', access: { kind: 'superuser' }, moduleStates: {} }
    await show(PermissionReasons, { props: { person } })
    await click(button('¿Por qué? PBX'))
    expect(text()).toContain('Por el rol Owner, que lo puede todo. Por ser superusuario.')
  })

  test('of two people only the differences can be shown', async () => {
    const other: Person = { ...agent, access: { kind: 'none' } }
    await show(PermissionReasons, {
      props: { person: agent, other, name: 'Ana', otherName: 'Bruno' },
    })
    expect(text()).toContain('PBX')
    const only = Array.from(document.querySelectorAll('label'))
      .find((it) => it.textContent.includes('Solo las diferencias'))
      ?.querySelector('input')
    only?.click()
    await settle()
    expect(text()).toContain('CRM')
    expect(text()).not.toContain('PBX')
  })
})
