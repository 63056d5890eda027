import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { AccessOutput } from '../../contract/access.ts'
import {
  beyond,
  decide,
  moduleNames,
  modules,
  obstacle,
  type Person,
  roles,
} from '../../contract/permissions.ts'
import type { User } from '../../contract/users.ts'
import { i18n } from '../../renderer/i18n.ts'
import { useSession } from '../../renderer/stores/session.ts'
import { pipe } from './fake-pipe.ts'
import { button, click, field, settle, signedIn, text, type } from './page.ts'
import { answerPeople, giveHeight, openAt, profile, uid, user } from './people.ts'

const me = uid(500)
const panel = () => document.querySelector('.frame--side')

async function open(it: User, ...by: [Person['role'], { access: AccessOutput }] | []) {
  answerPeople([it])
  pipe().answer('users.show', it)
  const [role = 'owner', access = { access: { kind: 'superuser' } as const }] = by
  const page = await openAt(`/users/${it.id}`, role, me, access)
  await vi.waitFor(() => expect(panel()).not.toBeNull(), 5_000)
  await settle()
  return page
}
const tab = (label: string) => {
  const found = Array.from(document.querySelectorAll('label')).find(
    (it) => it.textContent.trim() === label,
  )
  return click(found ?? document.body)
}
const radio = (value: string) =>
  document.querySelector<HTMLInputElement>(`.access [type=radio][value=${value}]`)
const submitTop = async () => {
  const forms = document.querySelectorAll('.v-overlay--active form')
  forms[forms.length - 1]?.dispatchEvent(new Event('submit', { cancelable: true }))
  await settle()
}

beforeEach(() => giveHeight())
afterEach(() => vi.restoreAllMocks())

describe('a user', () => {
  test('is shown beside the list, with everything there is to change', async () => {
    await open(user(1, { name: 'محمد', role: 'administrator' }))
    expect(field('Nombre').value).toBe('محمد')
    expect(field('Correo electrónico').value).toBe('persona1@demo.test')
    expect(button('Guardar').disabled).toBe(true)
  })

  test('whose permissions are custom can have them made a profile, in one step', async () => {
    const grants = { reports: ['view' as const] }
    await open(user(1, { access: { kind: 'custom', grants } }))
    await tab('Permisos: ¿por qué?')
    await click(button('Convertir en perfil'))
    await submitTop()
    expect(text()).toContain('Escribe el nombre.')

    pipe().refuse('profiles.create', 'name-taken')
    await type('Nombre del perfil', 'Informes')
    await submitTop()
    expect(text()).toContain('Ya hay otro con este nombre.')

    const made = { ...profile(2, grants), name: 'Informes' }
    pipe().answer('profiles.create', made)
    const access = { kind: 'profile', profileId: made.id, name: made.name, grants } as const
    pipe().answer('users.show', user(1, { access, version: 2 }))
    await submitTop()
    expect(pipe().inputsOf('profiles.create').at(-1)).toEqual({
      name: 'Informes',
      grants,
      promoteFrom: uid(1),
    })
    expect(document.body.textContent).not.toContain('Convertir en perfil')
  })

  test('cannot have them made a profile by who may not create one', async () => {
    const access = { kind: 'custom', grants: { reports: ['view'] } } as const
    await open(user(1, { access: { kind: 'custom', grants: { reports: ['view'] } } }), 'agent', {
      access: { ...access, grants: { reports: ['view'], users: ['view', 'edit'] } },
    })
    await tab('Permisos: ¿por qué?')
    expect(text()).not.toContain('Convertir en perfil')
  })

  test('who changes the name alone is asked nothing', async () => {
    await open(user(1))
    pipe().answer('users.update', user(1, { name: 'Rosa', version: 2 }))
    await type('Nombre', 'Rosa')
    await click(button('Guardar'))
    expect(pipe().inputsOf('users.update')).toEqual([
      {
        id: uid(1),
        version: 1,
        name: 'Rosa',
        email: 'persona1@demo.test',
        role: 'agent',
        language: 'es',
        access: { kind: 'none' },
        hours: null,
      },
    ])
    expect(text()).toContain('Guardado.')
  })

  test('what the person gains and loses is shown before it is saved', async () => {
    await open(user(1, { access: { kind: 'custom', grants: { audit: ['view'] } } }))
    radio('profile')?.click()
    await settle()
    const list = document.querySelector<HTMLSelectElement>('.access select')
    if (!list) throw new Error('There is no list of profiles')
    list.value = uid(9001)
    list.dispatchEvent(new Event('change'))
    await settle()
    await click(button('Guardar'))
    expect(text()).toContain('Gana 1 permiso')
    expect(text()).toContain('Pierde 1 permiso')
    expect(pipe().inputsOf('users.update')).toEqual([])

    pipe().answer('users.update', user(1, { version: 2 }))
    await submitTop()
    expect(pipe().inputsOf('users.update')[0]).toMatchObject({
      access: { kind: 'profile', profileId: uid(9001) },
    })
  })

  test('an address that is taken is told at its field, and nothing typed is lost', async () => {
    await open(user(1))
    pipe().refuse('users.update', 'email-taken')
    await type('Correo electrónico', 'otro@demo.test')
    await click(button('Guardar'))
    expect(text()).toContain('Otro usuario del espacio de trabajo tiene este correo.')
    expect(document.activeElement).toBe(field('Correo electrónico'))
    expect(field('Correo electrónico').value).toBe('otro@demo.test')
  })

  test('deleted meanwhile: it says so instead of failing', async () => {
    await open(user(1))
    await type('Nombre', 'Rosa')
    pipe().refuse('users.show', 'not-found')
    pipe().emit('data.changed', { topic: 'users' })
    await settle()
    expect(text()).toContain('se eliminó mientras lo tenías abierto')
    expect(document.querySelector('.user-form')).toBeNull()
  })

  test('what was typed is not thrown away unasked', async () => {
    const { router } = await open(user(1))
    await type('Nombre', 'Rosa')
    await click(button('Cerrar'))
    expect(text()).toContain('¿Descartar los cambios?')
    expect(router.currentRoute.value.path).toBe(`/users/${uid(1)}`)
  })
})

describe('a user that somebody else changed', () => {
  const theirs = user(1, { name: 'De otra persona', language: 'en', version: 2 })

  test('an untouched form follows', async () => {
    await open(user(1))
    pipe().answer('users.show', theirs)
    pipe().emit('data.changed', { topic: 'users' })
    await settle()
    expect(field('Nombre').value).toBe('De otra persona')
  })

  test('both versions are shown field by field, and the chosen ones are sent', async () => {
    await open(user(1))
    await type('Nombre', 'La mía')
    pipe().refuse('users.update', 'conflict', { current: theirs })
    pipe().answer('users.show', theirs)
    await click(button('Guardar'))
    const groups = Array.from(document.querySelectorAll('[role=radiogroup]'))
    expect(groups.map((it) => it.getAttribute('aria-label'))).toEqual(['Nombre', 'Idioma'])
    expect(groups[0]?.textContent).toContain('La mía')
    expect(groups[0]?.textContent).toContain('De otra persona')

    // The name of mine, the language of theirs.
    groups[1]?.querySelectorAll('input')[1]?.click()
    await settle()
    pipe().answer('users.update', user(1, { name: 'La mía', language: 'en', version: 3 }))
    await submitTop()
    expect(pipe().inputsOf('users.update')[1]).toMatchObject({
      version: 2,
      name: 'La mía',
      language: 'en',
    })
  })

  test('that it is saved stays to be read when the backend tells of it', async () => {
    await open(user(1))
    await type('Nombre', 'La mía')
    const saved = user(1, { name: 'La mía', version: 2 })
    pipe().answer('users.update', saved)
    await click(button('Guardar'))
    expect(document.body.textContent).toContain('Guardado.')
    pipe().answer('users.show', { ...saved })
    pipe().emit('data.changed', { topic: 'users' })
    await settle()
    expect(document.body.textContent).toContain('Guardado.')
    await type('Nombre', 'Otra cosa')
    expect(document.body.textContent).not.toContain('Guardado.')
  })
})

describe('the account of a user', () => {
  test('an invitation is sent again and withdrawn', async () => {
    const invitation = { sentAt: '2026-01-01T08:00:00Z', expiresAt: '2099-01-08T08:00:00Z' }
    await open(user(1, { state: 'invited', invitation }))
    await tab('Cuenta')
    pipe().answer('users.invite', user(1, { state: 'invited', invitation }))
    await click(button('Enviar de nuevo'))
    expect(text()).toContain('Invitación enviada a persona1@demo.test.')
    pipe().answer('users.withdrawInvitation', user(1, { state: 'invited' }))
    await click(button('Retirar'))
    expect(text()).toContain('No hay ninguna invitación vigente.')
  })

  test('a one-time password is shown once, and asked for only when told to', async () => {
    await open(user(1))
    await tab('Cuenta')
    await click(button('Generar contraseña'))
    expect(pipe().inputsOf('users.givePassword')).toEqual([])
    pipe().answer('users.givePassword', { oneTimePassword: 'Wk7mQp4xTn9rHd2v' })
    await submitTop()
    expect(field('Contraseña de un solo uso').value).toBe('Wk7mQp4xTn9rHd2v')
    await submitTop()
    expect(document.body.innerHTML).not.toContain('Wk7mQp4xTn9rHd2v')
  })
})

describe('two users side by side', () => {
  test('says how many rights each has that the other has not', async () => {
    answerPeople([user(1)])
    pipe().answer('users.show', user(1, { access: { kind: 'superuser' } }))
    await openAt(`/users/${uid(1)}/compare/${uid(2)}`, 'owner', me)
    await vi.waitFor(() => expect(text()).toContain('Comparar dos usuarios'), 5_000)
    await settle()
    expect(pipe().inputsOf('users.show')).toEqual([{ id: uid(1) }, { id: uid(2) }])
    expect(text()).toContain('Ningún permiso que la otra persona no tenga')
  })
})

describe('what the backend would refuse', () => {
  const grants = fc
    .dictionary(fc.constantFrom(...moduleNames), fc.constant(null), { maxKeys: 6 })
    .chain((chosen) =>
      fc.record(
        Object.fromEntries(
          Object.keys(chosen).map((name) => [
            name,
            // keys() forgets that these are modules.
            fc.subarray([...modules[name as keyof typeof modules].actions], { minLength: 1 }),
          ]),
        ),
      ),
    )
  const access: fc.Arbitrary<AccessOutput> = fc.oneof(
    fc.constant<AccessOutput>({ kind: 'none' }),
    fc.constant<AccessOutput>({ kind: 'superuser' }),
    grants.map((it): AccessOutput => ({ kind: 'custom', grants: it })),
    grants.map((it): AccessOutput => ({
      kind: 'profile',
      profileId: uid(9001),
      name: 'Perfil 1',
      grants: it,
    })),
  )
  const somebody = fc.record({ role: fc.constantFrom(...roles), access })

  /** The person at the window changes, as when somebody else changed their rights. */
  async function become(actor: Pick<Person, 'role' | 'access'>) {
    const now = signedIn(actor.role, me, actor as { access: AccessOutput })
    pipe().emit('session.changed', now)
    await settle()
    return { ...actor, id: me, moduleStates: {} }
  }

  test('is no enabled control of a user', async () => {
    await open(user(1))
    await tab('Cuenta')
    await fc.assert(
      fc.asyncProperty(somebody, somebody, async (by, of) => {
        const actor = await become({
          ...by,
          // Otherwise the screen is not open to them at all.
          access:
            by.access.kind === 'superuser'
              ? by.access
              : { kind: 'custom', grants: { ...grantsOf(by.access), users: ['view', 'edit'] } },
        })
        const target = { ...user(1, of), moduleStates: {} }
        pipe().answer('users.show', user(1, of))
        pipe().emit('data.changed', { topic: 'users' })
        await settle()
        const inTheWay = obstacle(actor, target)

        expect(field('Nombre').disabled).toBe(inTheWay !== null)
        const deeds = Array.from(document.querySelectorAll<HTMLButtonElement>('.deed button'))
        expect(deeds.length).toBeGreaterThan(0)
        if (inTheWay) expect(deeds.filter((it) => !it.disabled)).toEqual([])
        if (inTheWay) return
        const kind = 'superuser'
        if (radio(kind)?.disabled === false)
          expect(beyond(actor, target, { ...target, access: { kind } })).toEqual([])
        const list = document.querySelector<HTMLSelectElement>('.user-form select')
        for (const option of list?.options ?? []) {
          const role = roles.find((it) => it === option.value)
          if (!role || option.disabled || role === target.role) continue
          expect(roles.indexOf(role)).toBeGreaterThanOrEqual(roles.indexOf(actor.role))
          expect(beyond(actor, target, { ...target, role })).toEqual([])
        }
      }),
      { numRuns: 25 },
    )
  })

  test('is no right in the matrix that is not one’s own to give', async () => {
    await open(user(1, { access: { kind: 'custom', grants: {} } }))
    const cells = moduleNames.flatMap((module) =>
      modules[module].actions.map((action) => ({
        label: i18n.global.t('permissions.right', {
          module: i18n.global.t(`modules.names.${module}`),
          action: i18n.global.t(`permissions.actions.${action}`),
        }),
        right: { [module]: [action] },
      })),
    )
    await fc.assert(
      fc.asyncProperty(grants, grants, async (mine, theirs) => {
        const users = ['view', 'edit'] as const
        const actor = await become({
          role: 'agent',
          access: { kind: 'custom', grants: { ...mine, ...theirs, users } },
        })
        const before = user(1, { access: { kind: 'custom', grants: theirs } })
        pipe().answer('users.show', before)
        pipe().emit('data.changed', { topic: 'users' })
        await settle()
        const target = { ...before, moduleStates: {} }
        if (obstacle(actor, target)) return
        for (const { label, right } of cells) {
          const box = document.querySelector(`[role=checkbox][aria-label="${label}"]`)
          if (!box) throw new Error(`There is no “${label}”`)
          if (box.getAttribute('aria-disabled') === 'true') continue
          if (box.getAttribute('aria-checked') === 'true') continue
          const after = { ...target, access: { kind: 'custom', grants: right } as const }
          const none = { ...target, access: { kind: 'none' } as const }
          expect(beyond(actor, none, after), label).toEqual([])
        }
      }),
      { numRuns: 15 },
    )
  }, 60_000)

  const grantsOf = (it: AccessOutput) => ('grants' in it ? it.grants : {})

  test('is no call that can() allows', async () => {
    await open(user(1))
    const session = useSession()
    await fc.assert(
      fc.asyncProperty(somebody, async (by) => {
        await become(by)
        const person = { ...by, moduleStates: {} }
        for (const [name, action] of [
          ['users.create', 'create'],
          ['users.change', 'edit'],
          ['users.delete', 'delete'],
          ['imports.run', 'create'],
        ] as const)
          expect(session.can(name)).toBe(decide(person, 'users', action).allowed)
      }),
      { numRuns: 25 },
    )
  })

  test('a profile that gives more than one has cannot be chosen', async () => {
    await open(user(1), 'agent', {
      access: { kind: 'custom', grants: { users: ['view', 'edit'], profiles: ['view'] } },
    })
    radio('profile')?.click()
    await settle()
    const [, option] = document.querySelector<HTMLSelectElement>('.access select')?.options ?? []
    expect(option?.textContent).toContain('da más de lo que tú tienes')
    expect(option?.disabled).toBe(true)
    expect(profile(1, { reports: ['view'] }).name).toBe('Perfil 1')
  })

  test('one’s own account says who changes it', async () => {
    await open(user(500))
    expect(text()).toContain('Es tu propia cuenta')
    expect(field('Nombre').disabled).toBe(true)
  })
})
