import { describe, expect, test } from 'vitest'
import { passwordRules } from '../../contract/passwords.ts'
import {
  type Because,
  actions,
  moduleNames,
  moduleStates,
  roles,
} from '../../contract/permissions.ts'
import { problems } from '../../contract/problem.ts'
import { EndCause } from '../../contract/sessions.ts'
import { accessKinds } from '../../contract/users.ts'
import en from '../../renderer/locales/en.json'
import es from '../../renderer/locales/es.json'
import nativeEn from '../../renderer/locales/native/en.json'
import nativeEs from '../../renderer/locales/native/es.json'
import nativePt from '../../renderer/locales/native/pt-BR.json'
import pt from '../../renderer/locales/pt-BR.json'
import { screens } from '../../renderer/screens.ts'

interface Tree {
  [key: string]: string | Tree
}

/** Every message by its whole key. */
const flat = (tree: Tree, above = ''): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[above + key, value]] : flat(value, `${above}${key}.`),
  )
const placeholders = (message: string) => (message.match(/\{\w+\}/g) ?? []).sort()
const choices = (message: string) => message.split(' | ').length

/** What the page says, and what main says outside of it. */
const spanish = flat({ ...es, native: nativeEs })
const spoken = {
  en: new Map(flat({ ...en, native: nativeEn })),
  'pt-BR': new Map(flat({ ...pt, native: nativePt })),
}

describe.each(Object.entries(spoken))('%s', (_, messages) => {
  test('has the same keys as Spanish, in the same order', () => {
    expect([...messages.keys()]).toEqual(spanish.map(([key]) => key))
  })

  test('has the same placeholders and plural forms', () => {
    const shape = (message: string) => ({ of: placeholders(message), choices: choices(message) })
    for (const [key, message] of spanish)
      expect({ key, ...shape(messages.get(key) ?? '') }).toEqual({ key, ...shape(message) })
  })
})

describe('every language has words for', () => {
  const all = [new Map(spanish), ...Object.values(spoken)]
  const have = (keys: string[]) =>
    expect(keys.filter((key) => all.some((messages) => !messages.get(key)?.trim()))).toEqual([])

  test('every problem', () => have(Object.keys(problems).map((code) => `problems.${code}`)))
  test('every role', () => have(roles.map((role) => `roles.${role}`)))
  test('every password rule', () => have(passwordRules.map(({ id }) => `password.rules.${id}`)))
  test('every reason for a sign-out', () =>
    have(
      [...EndCause.options, 'no-seat', 'session-lost'].map((cause) => `sign-in.because.${cause}`),
    ))
  test('every module, state and action', () =>
    have([
      ...moduleNames.map((module) => `modules.names.${module}`),
      ...moduleStates.map((state) => `modules.states.${state}`),
      ...actions.map((action) => `permissions.actions.${action}`),
    ]))
  test('every reason of a decision', () => {
    const kinds: Record<Because['kind'], string[]> = {
      'module-state': ['.inactive', '.hidden'],
      'no-such-action': [''],
      everyone: [''],
      role: roles.map((role) => `.${role}`),
      superuser: [''],
      profile: [''],
      custom: [''],
      'no-access': accessKinds.map((kind) => `.${kind}`),
      'signed-in': [''],
      'not-signed-in': [''],
      'role-needed': [''],
    }
    have(
      Object.entries(kinds).flatMap(([kind, more]) =>
        more.map((it) => `permissions.because.${kind}${it}`),
      ),
    )
  })
  test('every state of agent mode', () =>
    have(
      ['means', 'inactive', 'hidden'].flatMap((it) => [
        `agent-mode.${it}.on`,
        `agent-mode.${it}.off`,
      ]),
    ))
  test('every notice', () =>
    have(['keychain-unavailable', 'hours-ending'].map((it) => `notice.${it}`)))
  test('every screen', () =>
    have(
      screens.flatMap(({ title, sections, details }) => [
        title,
        ...[...(sections ?? []), ...(details ?? [])].map((it) => it.title),
      ]),
    ))
})

describe('Spanish', () => {
  test.each([
    ['security.title', 'Seguridad y permisos'],
    ['security.account.title', 'Mi cuenta'],
    ['security.workspace.title', 'Ambiente de trabajo'],
    ['password.title', 'Contraseña'],
    ['password.reset', 'Restablecer contraseña'],
    ['password.changed', 'Restablecido por última vez'],
    ['agent-mode.title', 'Modo agente'],
    ['ownership.title', 'Transferir rol de owner'],
    ['idle-policy.title', 'Cierre de sesión por inactividad'],
    ['idle.stay', 'Seguir conectado'],
  ])('%s is the term that users know', (key, term) => expect(new Map(spanish).get(key)).toBe(term))
})
