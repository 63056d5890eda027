import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Start } from '../../contract/ipc.ts'
import { setLanguage } from '../../renderer/i18n.ts'
import DeleteWorkspaceDialog from '../../renderer/screens/security/DeleteWorkspaceDialog.vue'
import { pipe } from './fake-pipe.ts'
import { button, click, description, field, settle, show, submit, text, type } from './page.ts'
import { eventually } from '../support/eventually.ts'

const wordLabel = 'Escribe «Eliminar» para confirmar'
const remove = 'Eliminar equipo de trabajo'
const deletesAt = '2030-05-06T08:30:00Z'
const events: string[] = []
const open = (start: Partial<Start> = {}) =>
  show(DeleteWorkspaceDialog, {
    props: { onDeleted: () => events.push('deleted'), onClose: () => events.push('close') },
    start,
  })

async function fill(word = 'Eliminar', password = 'Secreta-1'): Promise<void> {
  await type(wordLabel, word)
  await type('Tu contraseña', password)
}

beforeEach(() => {
  events.length = 0
  pipe().answer('deletion.request', { deletesAt })
})

describe('deleting the workspace', () => {
  test('says first what will happen, and to what', async () => {
    await open()
    for (const words of [
      'Vas a eliminar «Contact Center Demo».',
      'Todas las sesiones se cierran ahora',
      'un correo de confirmación con un enlace',
      'Durante 7 días podrás recuperarlo junto con todos tus datos.',
      'se eliminará definitivamente',
    ])
      expect(text()).toContain(words)
  })

  test('takes the word and the password, and tells until when it can be recovered', async () => {
    await open()
    await fill(' Eliminar ')
    await submit(remove)
    expect(pipe().inputsOf('deletion.request')).toEqual([
      { language: 'es', confirmation: 'Eliminar', password: 'Secreta-1' },
    ])
    expect(text()).toContain('Hasta el 6 de mayo de 2030')
    expect(events).toEqual(['deleted'])
  })

  test.each([
    ['', 'Escribe «Eliminar».'],
    ['eliminar', 'con las mismas mayúsculas y minúsculas: «Eliminar»'],
    ['ELIMINAR', 'con las mismas mayúsculas y minúsculas: «Eliminar»'],
    ['Borrar', 'Escribe «Eliminar».'],
    ['Delete', 'Escribe «Eliminar».'],
  ])('“%s” is not the word: told at the field, and nobody is asked', async (word, words) => {
    await open()
    await fill(word)
    await submit(remove)
    expect(description(field(wordLabel))).toContain(words)
    expect(document.activeElement).toBe(field(wordLabel))
    expect(pipe().inputsOf('deletion.request')).toEqual([])
  })

  test.each([
    ['en', 'Type “Delete” to confirm', 'Your password', 'Delete workspace', 'Delete'],
    [
      'pt-BR',
      'Digite “Excluir” para confirmar',
      'Sua senha',
      'Excluir equipe de trabalho',
      'Excluir',
    ],
  ] as const)(
    'in %s it is the word of that language',
    async (language, label, password, title, word) => {
      await open({ preferences: { theme: 'light', language } })
      await setLanguage(language)
      await settle()
      await type(label, word)
      await type(password, 'Secreta-1')
      await submit(title)
      expect(pipe().inputsOf('deletion.request')).toMatchObject([{ language, confirmation: word }])
    },
  )

  test('without the password nobody is asked', async () => {
    await open()
    await fill('Eliminar', '')
    await submit(remove)
    expect(description(field('Tu contraseña'))).toBe('Escribe tu contraseña.')
    expect(pipe().inputsOf('deletion.request')).toEqual([])
  })

  test('a wrong password is told at its field, and nothing typed is lost', async () => {
    pipe().refuse('deletion.request', 'wrong-password')
    await open()
    await fill()
    await submit(remove)
    expect(description(field('Tu contraseña'))).toContain('no es correcta')
    expect(document.activeElement).toBe(field('Tu contraseña'))
    expect([field(wordLabel).value, field('Tu contraseña').value]).toEqual([
      'Eliminar',
      'Secreta-1',
    ])
    expect(events).toEqual([])
  })

  test('a word that the backend does not accept is told at its field', async () => {
    pipe().refuse('deletion.request', 'wrong-confirmation')
    await open()
    await fill()
    await submit(remove)
    expect(description(field(wordLabel))).toContain('Escribe «Eliminar».')
  })

  test('without the network it says so, and nothing typed is lost', async () => {
    pipe().refuse('deletion.request', 'offline')
    await open()
    await fill()
    await submit(remove)
    expect(text()).toContain('No hay conexión con el servidor.')
    expect([field(wordLabel).value, field('Tu contraseña').value]).toEqual([
      'Eliminar',
      'Secreta-1',
    ])
  })

  test('after too many attempts the button counts down', async () => {
    await open()
    vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] })
    pipe().refuse('deletion.request', 'too-many-attempts', { retryAfterSeconds: 61 })
    await fill()
    await submit(remove)
    expect(button('Podrás reintentar en 1:01').disabled).toBe(true)
    await submit('Podrás reintentar en 1:01')
    expect(pipe().inputsOf('deletion.request')).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(61_000)
    expect(button(remove).disabled).toBe(false)
  })

  test('is asked once, however often it is sent', async () => {
    const answer = pipe().hold('deletion.request')
    await open()
    await fill()
    await submit(remove)
    await submit(remove)
    answer({ deletesAt })
    await settle()
    expect(pipe().inputsOf('deletion.request')).toHaveLength(1)
  })
})

describe('the copy before', () => {
  test('is offered first, and saved by main: nothing of it comes here', async () => {
    pipe().answer('workspace.export', { saved: true })
    await open()
    await eventually(() => expect(document.activeElement).toBe(button('Descargar todo')))
    await click(button('Descargar todo'))
    expect(pipe().inputsOf('workspace.export')).toEqual([{}])
    expect(text()).toContain('La copia se guardó.')
  })

  test('while it is made, nothing is deleted', async () => {
    const answer = pipe().hold('workspace.export')
    await open()
    await fill()
    await click(button('Descargar todo'))
    expect(text()).toContain('Preparando la copia…')
    expect(button(remove).disabled).toBe(true)
    await submit(remove)
    expect(pipe().inputsOf('deletion.request')).toEqual([])
    answer({ saved: true })
    await settle()
    expect(button(remove).disabled).toBe(false)
  })

  test('saved nowhere, it says so', async () => {
    pipe().answer('workspace.export', { saved: false })
    await open()
    await click(button('Descargar todo'))
    expect(text()).toContain('No se guardó ninguna copia.')
  })

  test.each([
    ['offline', 'No hay conexión con el servidor.'],
    ['file-not-written', 'El archivo no se pudo escribir.'],
  ] as const)('the failure %s is said', async (code, words) => {
    pipe().refuse('workspace.export', code)
    await open()
    await click(button('Descargar todo'))
    expect(text()).toContain(words)
    expect(button(remove).disabled).toBe(false)
  })
})
