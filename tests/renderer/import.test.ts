import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { CallOutput } from '../../contract/ipc.ts'
import { readCsv } from '../../renderer/screens/users/import-file.ts'
import ImportWizard from '../../renderer/screens/users/ImportWizard.vue'
import { pipe } from './fake-pipe.ts'
import { button, click, settle, show, text } from './page.ts'
import { answerPeople, giveHeight } from './people.ts'

const rows: CallOutput<'imports.preview'>['rows'] = [
  { line: 2, name: 'Rosa', email: 'rosa@demo.test', outcome: 'new', errors: [] },
  { line: 3, name: 'Luis', email: 'luis@demo.test', outcome: 'change', errors: [] },
  { line: 4, name: '', email: 'x', outcome: 'error', errors: ['name-missing', 'email-invalid'] },
]
const result = { created: 1, changed: 1, unchanged: 0, left: 1 }

async function choose(content: BlobPart): Promise<void> {
  const input = document.querySelector<HTMLInputElement>('input[type=file]')
  if (!input) throw new Error('There is no place for a file')
  Object.defineProperty(input, 'files', { value: [new File([content], 'usuarios.csv')] })
  input.dispatchEvent(new Event('change'))
  await vi.waitFor(() => expect(text()).not.toContain('Leyendo el archivo'), 5_000)
  await settle()
}
async function open(): Promise<void> {
  answerPeople([])
  pipe().answer('imports.read', {
    head: ['Nombre', 'Correo'],
    sample: [['Rosa', 'rosa@demo.test']],
    rows: 3,
    proposed: { name: 0, email: 1 },
  })
  pipe().answer('imports.preview', { rows, digest: 'd' })
  await show(ImportWizard)
}
const send = async () => {
  document.querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true }))
  await settle()
}
/** Up to the rows. */
async function look(): Promise<void> {
  await open()
  await choose('Nombre;Correo\nRosa;rosa@demo.test\n')
  await send()
}

beforeEach(() => giveHeight())
afterEach(() => vi.restoreAllMocks())

describe('a file', () => {
  const bytes = (...them: number[]) => new Blob([new Uint8Array(them)])

  test('is read as UTF-8, without its mark', async () =>
    expect(await readCsv(new Blob(['\uFEFFniño;ñ']))).toEqual({ csv: 'niño;ñ' }))
  test('is read as Excel writes it where it is not UTF-8', async () =>
    expect(await readCsv(bytes(0x6e, 0x69, 0xf1, 0x6f, 0x3b, 0x80))).toEqual({ csv: 'niño;€' }))
  test.each([
    ['empty', bytes()],
    ['empty', new Blob([' \n '])],
    ['not-text', bytes(0x25, 0x50, 0x44, 0x46, 0x00)],
  ] as const)('is refused as %s', async (error, file) =>
    expect(await readCsv(file)).toEqual({ error }),
  )
})

describe('import', () => {
  test('what is no CSV is said before anybody is asked', async () => {
    await open()
    await choose(new Uint8Array([0x25, 0x50, 0x44, 0x46, 0x00]))
    expect(text()).toContain('No es un archivo CSV.')
    expect(pipe().inputsOf('imports.read')).toEqual([])
  })

  test('proposes the columns, and needs name and e-mail', async () => {
    await open()
    await choose('Nombre;Correo\nRosa;rosa@demo.test\n')
    expect(text()).toContain('usuarios.csv · 3 filas')
    expect(button('Revisar filas').disabled).toBe(false)
    const name = document.querySelector('select')
    if (name) name.value = ''
    name?.dispatchEvent(new Event('change'))
    await settle()
    expect(text()).toContain('Elige la columna: hace falta.')
    expect(button('Revisar filas').disabled).toBe(true)
  })

  test('shows the rows that are wrong first, each with its reasons', async () => {
    await look()
    expect(text()).toContain('Errores (1)')
    expect(text()).toContain('Falta el nombre. El correo no es válido.')
    expect(text()).not.toContain('rosa@demo.test')
    document.querySelector<HTMLInputElement>('[type=radio][value=all]')?.click()
    await settle()
    expect(text()).toContain('rosa@demo.test')
    expect(pipe().inputsOf('imports.run')).toEqual([])
  })

  test('writes what was looked at, and says what became of it', async () => {
    await look()
    pipe().answer('imports.run', result)
    await send()
    expect(pipe().inputsOf('imports.run')).toEqual([
      expect.objectContaining({
        csv: 'Nombre;Correo\nRosa;rosa@demo.test\n',
        columns: { name: 0, email: 1 },
        digest: 'd',
      }),
    ])
    expect(text()).toContain('1 usuario creado e invitado')
    expect(text()).toContain('1 fila con error quedó fuera')
  })

  test('shows its progress and can be cancelled', async () => {
    await look()
    let end: (reply: unknown) => void = () => undefined
    const answers = vi.spyOn(window.atalaya, 'call')
    answers.mockImplementationOnce(() => new Promise((done) => (end = done as typeof end)))
    await send()
    const id = (answers.mock.calls[0]?.[1] as { id: string }).id
    pipe().emit('import.progressed', { id, done: 1, total: 2 })
    pipe().emit('import.progressed', { id: 'another', done: 2, total: 2 })
    await settle()
    expect(text()).toContain('1 de 2')
    pipe().answer('imports.cancel', {})
    await click(button('Cancelar la importación'))
    expect(pipe().inputsOf('imports.cancel')).toEqual([{ id }])
    const problem = { type: 'urn:atalaya:problem:import-cancelled', title: '', status: 409 }
    end({ ok: false, problem })
    await settle()
    expect(text()).toContain('La importación se canceló. No se escribió nada.')
  })

  test('where the users changed meanwhile, the rows are looked at again', async () => {
    await look()
    pipe().refuse('imports.run', 'import-changed')
    await send()
    expect(text()).toContain('Los usuarios cambiaron desde la revisión.')
    await click(button('Revisar de nuevo'))
    expect(pipe().inputsOf('imports.preview')).toHaveLength(2)
    expect(text()).toContain('Errores (1)')
  })
})
