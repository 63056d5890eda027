import { beforeEach, describe, expect, test } from 'vitest'
import type { Webhook as Setting, WebhookDelivery } from '../../contract/webhooks.ts'
import Webhook from '../../renderer/screens/security/Webhook.vue'
import { pipe } from './fake-pipe.ts'
import { button, click, description, field, settle, show, submit, text, type } from './page.ts'
import { eventually } from '../support/eventually.ts'

const label = 'Dirección que recibe los mensajes'
const changed = { by: 'Marcos Villanueva', at: new Date().toISOString() }
const none: Setting = { url: null, formerSecretUntil: null, changed: null }
const url = 'https://acd.demo.test/atalaya'
const set: Setting = { url, formerSecretUntil: null, changed }
const secret = 'whsec_bW9jay1zZWNyZXQtb2YtYS10ZXN0'

const delivery = (id: string, more: Partial<WebhookDelivery> = {}): WebhookDelivery => ({
  id,
  type: 'agent-mode.changed',
  createdAt: `2026-01-01T08:00:0${id}Z`,
  state: 'delivered',
  attempts: 1,
  lastAttemptAt: '2026-01-01T08:00:05Z',
  status: 204,
  error: null,
  ...more,
})
const rows = () =>
  Array.from(document.querySelectorAll('tbody tr'), (it) =>
    Array.from(it.querySelectorAll('td'), ({ innerHTML }) =>
      innerHTML
        .replace(/<[^>]*>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    ),
  )
/** What was asked to be set, and under which keys. */
const asked = () => pipe().inputsOf('webhook.set') as { url: string | null; key: string }[]
const urlsAsked = () => asked().map((it) => it.url)
const keysAsked = () => asked().map((it) => it.key)
const buttons = () => Array.from(document.querySelectorAll('button'), (it) => it.textContent.trim())

function answerSet(...deliveries: WebhookDelivery[]): void {
  pipe().answer('webhook.show', set)
  pipe().answer('webhook.deliveries', { deliveries })
}

beforeEach(() => {
  pipe().answer('webhook.show', none)
  pipe().answer('webhook.deliveries', { deliveries: [] })
})

describe('webhook address', () => {
  test('without one there is nothing to test, to sign or to list', async () => {
    await show(Webhook)
    expect(text()).toContain('Todavía no se envía nada a nadie.')
    expect(buttons()).toEqual([])
    expect(text()).not.toContain('Envíos')
  })

  test('the first one shows its secret once', async () => {
    pipe().answer('webhook.set', { webhook: set, secret })
    await show(Webhook)
    await type(label, ` ${url} `)
    await submit('Guardar')
    expect(urlsAsked()).toEqual([url])
    expect(field('Secreto nuevo').value).toBe(secret)
    expect(text()).toContain('Se muestra solo aquí y ahora')
    await submit('Cerrar')
    expect(document.body.innerHTML).not.toContain(secret)
    expect(text()).toContain('Última modificación: Marcos Villanueva, hace un momento')
  })

  test('the first one shows its secret, though the first answer was lost', async () => {
    pipe().refuse('webhook.set', 'offline')
    await show(Webhook)
    await type(label, url)
    await submit('Guardar')
    expect(text()).toContain('No hay conexión con el servidor.')
    // It was set all the same.
    pipe().answer('webhook.show', set)
    pipe().emit('data.changed', { topic: 'webhook' })
    await settle()
    pipe().answer('webhook.set', { webhook: set, secret })
    await submit('Guardar')
    expect(field('Secreto nuevo').value).toBe(secret)
    const [first, second] = keysAsked()
    expect(second).toBe(first)
    await submit('Cerrar')
    expect(buttons()).not.toContain('Guardar')
  })

  test('another address after a lost answer is another deed, and so is one after a clear answer', async () => {
    await show(Webhook)
    const save = async (it: string) => {
      await type(label, it)
      await submit('Guardar')
    }
    pipe().refuse('webhook.set', 'offline')
    await save(url)
    await save(`${url}/2`)
    pipe().refuse('webhook.set', 'webhook-address', { reason: 'form' })
    await save(`${url}/2`)
    await save(`${url}/2`)
    expect(urlsAsked()).toEqual([url, `${url}/2`, `${url}/2`, `${url}/2`])
    const [first, second, third, fourth] = keysAsked()
    expect(second).not.toBe(first)
    expect(third).toBe(second)
    expect(fourth).not.toBe(third)
  })

  test('undone after a lost answer, there is nothing to save any more', async () => {
    answerSet()
    pipe().refuse('webhook.set', 'offline')
    await show(Webhook)
    await type(label, `${url}/2`)
    await submit('Guardar')
    await click(button('Deshacer'))
    expect(field(label).value).toBe(url)
    expect(buttons()).not.toContain('Guardar')
    expect(text()).not.toContain('No hay conexión con el servidor.')
  })

  test('another one keeps the secret', async () => {
    answerSet()
    const other = 'https://otro.demo.test/'
    pipe().answer('webhook.set', { webhook: { ...set, url: other }, secret: null })
    await show(Webhook)
    await type(label, other)
    await submit('Guardar')
    expect(text()).toContain('Guardado.')
    expect(document.querySelector('[role=dialog]')).toBeNull()
    expect(document.activeElement).toBe(field(label))
  })

  test.each([
    ['form', 'Esto no es una dirección web.'],
    ['scheme', 'debe empezar por https://'],
    ['credentials', 'no puede llevar usuario ni contraseña'],
    ['unknown-host', 'Ningún servidor tiene este nombre.'],
    ['private-address', 'es de una red privada'],
  ])('refused for its %s, that is told at the field', async (reason, words) => {
    pipe().refuse('webhook.set', 'webhook-address', { reason })
    await show(Webhook)
    await type(label, 'http://x')
    await submit('Guardar')
    expect(description(field(label))).toContain(words)
    expect(document.activeElement).toBe(field(label))
    expect(field(label).value).toBe('http://x')
  })

  test('an empty one is not saved: there is a button for that', async () => {
    answerSet()
    await show(Webhook)
    await type(label, '')
    await submit('Guardar')
    expect(description(field(label))).toContain('usa «Quitar»')
    expect(pipe().inputsOf('webhook.set')).toEqual([])
  })

  test('is removed when that is meant', async () => {
    answerSet()
    pipe().answer('webhook.set', { webhook: { ...none, changed }, secret: null })
    await show(Webhook)
    await click(button('Quitar'))
    expect(pipe().inputsOf('webhook.set')).toEqual([])
    await submit('Quitar dirección')
    expect(urlsAsked()).toEqual([null])
    expect(text()).toContain('ya no se envía nada')
    expect(field(label).value).toBe('')
    expect(buttons()).not.toContain('Enviar prueba')
  })

  test('changed elsewhere, an untouched field follows and an edit stays', async () => {
    answerSet()
    await show(Webhook)
    const elsewhere = async (it: string | null) => {
      pipe().answer('webhook.show', { ...set, url: it })
      pipe().emit('data.changed', { topic: 'webhook' })
      await settle()
    }
    await elsewhere('https://dos.demo.test/')
    expect(field(label).value).toBe('https://dos.demo.test/')
    await type(label, 'https://tres.demo.test/')
    await elsewhere('https://cuatro.demo.test/')
    expect(field(label).value).toBe('https://tres.demo.test/')
    expect(text()).toContain('Marcos Villanueva puso otra dirección: https://cuatro.demo.test/')
    await elsewhere(null)
    expect(text()).toContain('Marcos Villanueva quitó la dirección.')
    await click(button('Deshacer'))
    expect(field(label).value).toBe('')
  })
})

describe('signing secret', () => {
  test('is changed when that is meant, and shown once', async () => {
    answerSet()
    const formerSecretUntil = '2030-05-06T08:30:00Z'
    pipe().answer('webhook.rotateSecret', { webhook: { ...set, formerSecretUntil }, secret })
    await show(Webhook)
    await click(button('Cambiar secreto'))
    expect(text()).toContain('Durante 24 horas')
    expect(pipe().inputsOf('webhook.rotateSecret')).toEqual([])
    await submitDialog()
    expect(field('Secreto nuevo').value).toBe(secret)
    await submit('Cerrar')
    expect(document.body.innerHTML).not.toContain(secret)
    expect(text()).toContain('Hasta el 6 de mayo de 2030')
  })

  test('is made once, though the first answer was lost', async () => {
    answerSet()
    await show(Webhook)
    await click(button('Cambiar secreto'))
    pipe().refuse('webhook.rotateSecret', 'offline')
    await submitDialog()
    expect(text()).toContain('No hay conexión con el servidor.')
    pipe().refuse('webhook.rotateSecret', 'no-webhook')
    await submitDialog()
    pipe().answer('webhook.rotateSecret', { webhook: set, secret })
    await submitDialog()
    const keys = pipe()
      .inputsOf('webhook.rotateSecret')
      .map((it) => JSON.stringify(it))
    expect(keys[1]).toBe(keys[0])
    expect(keys[2]).not.toBe(keys[1])
  })

  async function submitDialog(): Promise<void> {
    document
      .querySelector('[role=dialog] form')
      ?.dispatchEvent(new Event('submit', { cancelable: true }))
    await settle()
  }
})

describe('deliveries', () => {
  test('before the first one it says how to send one', async () => {
    answerSet()
    await show(Webhook)
    expect(text()).toContain('Todavía no se ha enviado nada.')
  })

  test('each says what became of it', async () => {
    answerSet(
      delivery('4', { state: 'waiting', attempts: 0, lastAttemptAt: null, status: null }),
      delivery('3', { state: 'waiting', attempts: 2, status: null, error: 'timeout' }),
      delivery('2', { state: 'failed', attempts: 10, status: 302, error: 'redirect' }),
      delivery('1', { type: 'webhook.test' }),
    )
    await show(Webhook)
    const seen = rows()
    expect(seen[0]?.[0]).toMatch(/^Cambio del Modo agente hace/)
    expect(seen[0]?.slice(1)).toEqual(['En espera', 'Aún sin intentos', ''])
    expect(seen[1]?.[2]).toMatch(/^No respondió a tiempo 2 intentos/)
    expect(seen[1]?.[3]).toBe('Intentar ahora')
    expect(seen[2]?.[1]).toBe('No entregado')
    expect(seen[2]?.[2]).toMatch(/^Redirige a otra dirección · HTTP 302 10 intentos/)
    expect(seen[2]?.[3]).toBe('Reenviar')
    expect(seen[3]?.[0]).toMatch(/^Prueba/)
    expect(seen[3]?.[1]).toBe('Entregado')
    expect(seen[3]?.[2]).toMatch(/^HTTP 204 1 intento/)
    expect(seen[3]?.[3]).toBe('')
  })

  test('a test is listed at once, and what becomes of it as soon as that is known', async () => {
    answerSet(delivery('1'))
    const waiting = delivery('2', {
      type: 'webhook.test',
      state: 'waiting',
      attempts: 0,
      status: null,
    })
    pipe().answer('webhook.test', waiting)
    await show(Webhook)
    await click(button('Enviar prueba'))
    expect(text()).toContain('La prueba va en camino')
    expect(rows().map((it) => it[1])).toEqual(['En espera', 'Entregado'])
    answerSet({ ...waiting, state: 'delivered', attempts: 1, status: 200 }, delivery('1'))
    pipe().emit('data.changed', { topic: 'webhook' })
    await eventually(() => expect(rows()[0]?.[1]).toBe('Entregado'))
  })

  test('a test that cannot be sent says so', async () => {
    answerSet()
    pipe().refuse('webhook.test', 'offline')
    await show(Webhook)
    await click(button('Enviar prueba'))
    expect(text()).toContain('No hay conexión con el servidor.')
  })

  test('one that was given up is sent again', async () => {
    const failed = delivery('1', { state: 'failed', attempts: 10, status: 500 })
    answerSet(failed)
    pipe().answer('webhook.redeliver', { ...failed, state: 'waiting' })
    await show(Webhook)
    const [again] = document.querySelectorAll<HTMLElement>('tbody button')
    expect(again?.getAttribute('aria-label')).toContain('Enviar de nuevo el mensaje del')
    if (again) await click(again)
    expect(pipe().inputsOf('webhook.redeliver')).toEqual([{ id: '1' }])
    expect(rows()[0]?.[1]).toBe('En espera')
  })

  test('many are shown in two steps', async () => {
    answerSet(...Array.from({ length: 9 }, (_, n) => delivery(String(n))))
    await show(Webhook)
    expect(rows()).toHaveLength(8)
    await click(button('Ver los 9 envíos'))
    expect(rows()).toHaveLength(9)
  })
})
