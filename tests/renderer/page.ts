import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { type Component, h } from 'vue'
import { VApp } from 'vuetify/components/VApp'
import type { SessionState, Start } from '../../contract/ipc.ts'
import type { Need, Role } from '../../contract/permissions.ts'
import { type RouteName, routes } from '../../contract/routes.ts'
import type { SignedIn } from '../../contract/sessions.ts'
import { i18n, setLanguage } from '../../renderer/i18n.ts'
import { createScreenRouter } from '../../renderer/router.ts'
import { usePreferences } from '../../renderer/stores/preferences.ts'
import { useSession } from '../../renderer/stores/session.ts'
import { createTheme } from '../../renderer/theme.ts'

export const who = (
  role: Role,
  id: string = role,
  more: Partial<SignedIn['person']> = {},
): SignedIn => ({
  session: { id: 's', createdAt: '2026-01-01T08:00:00Z', expiresAt: '2026-01-01T20:00:00Z' },
  person: {
    id,
    name: `Ana ${role}`,
    email: `${id}@demo.test`,
    role,
    access: role === 'owner' ? { kind: 'superuser' } : { kind: 'none' },
    mustChangePassword: false,
    ...more,
  },
  moduleStates: {},
  otherSessions: 0,
  workspace: { id: 'w', link: 'demo', name: 'Contact Center Demo', idleMinutes: 30 },
})
export const signedIn = (
  role: Role,
  id?: string,
  more?: Partial<SignedIn['person']>,
): SessionState => ({
  status: 'signed-in',
  who: who(role, id, more),
})
export const signedOut = (
  more: Partial<Extract<SessionState, { status: 'signed-out' }>> = {},
): SessionState => ({
  status: 'signed-out',
  because: null,
  form: { workspace: 'demo', email: 'ana@demo.test', name: '' },
  queue: null,
  ...more,
})

/** As main reads them from the contract. */
export const needs = Object.fromEntries(
  Object.entries(routes).map(([name, { need }]) => [name, need]),
) as Record<RouteName, Need> // fromEntries forgets the keys

/** Puts a component into a page as `renderer/main.ts` would, in Spanish. */
export async function show(
  component: Component,
  { props = {}, start = {} }: { props?: object; start?: Partial<Start> } = {},
) {
  const pinia = createPinia()
  setActivePinia(pinia)
  const session = useSession()
  session.listen()
  const first: Start = {
    version: '0.1.0',
    preferences: { theme: 'light', language: 'es' },
    systemLanguage: 'es',
    session: signedIn('owner'),
    connection: 'online',
    warning: null,
    notice: null,
    needs,
    ...start,
  }
  session.begin(first)
  usePreferences().begin(first)
  await setLanguage('es')

  const router = createScreenRouter(session)
  const inApp = { render: () => h(VApp, () => h(component, props)) }
  mount(inApp, {
    attachTo: document.body,
    global: { plugins: [pinia, i18n, createTheme(''), router] },
  })
  await settle()
  return { session, router }
}

/** Lets everything happen that follows from what was done. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await flushPromises()
}

const find = <N extends 'button' | 'label'>(selector: N, text: string) => {
  const found = Array.from(document.querySelectorAll(selector)).find(
    (it) => it.textContent.trim() === text || it.getAttribute('aria-label') === text,
  )
  if (!found) throw new Error(`No ${selector} says “${text}”`)
  return found
}

/** The text on the page, element by element, between single spaces. */
export function text(): string {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  let all = ''
  while (walker.nextNode()) all += ` ${walker.currentNode.textContent ?? ''}`
  return all.replace(/\s+/g, ' ')
}

export const button = (name: string) => find('button', name)

export function field(label: string): HTMLInputElement {
  const input = document.getElementById(find('label', label).htmlFor)
  if (input instanceof HTMLInputElement) return input
  throw new Error(`The label “${label}” has no field`)
}

/** What a screen reader adds to a field. */
export const description = (input: HTMLElement): string =>
  (input.getAttribute('aria-describedby') ?? '')
    .split(' ')
    .map((id) => document.getElementById(id)?.textContent ?? '')
    .join(' ')
    .trim()

export async function type(label: string, value: string): Promise<void> {
  const input = field(label)
  input.value = value
  input.dispatchEvent(new Event('input', { bubbles: true }))
  await settle()
}

export async function click(target: HTMLElement): Promise<void> {
  target.click()
  await settle()
}

/** Sends the form that a button belongs to, as Enter does. */
export async function submit(name: string): Promise<void> {
  button(name)
    .closest('form')
    ?.dispatchEvent(new Event('submit', { cancelable: true }))
  await settle()
}
