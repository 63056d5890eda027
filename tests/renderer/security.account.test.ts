import { beforeEach, describe, expect, test, vi } from 'vitest'
import Account from '../../renderer/screens/security/Account.vue'
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

const account = {
  id: 'a',
  name: 'Ana',
  email: 'ana@demo.test',
  role: 'agent' as const,
  passwordChangedAt: null as string | null,
}

async function openDialog(): Promise<void> {
  await show(Account)
  await click(button('Restablecer contraseña'))
}
async function fill(current: string, next: string, repeat: string): Promise<void> {
  await type('Contraseña actual', current)
  await type('Nueva contraseña', next)
  await type('Repite la nueva contraseña', repeat)
}
const cards = () => Array.from(document.querySelectorAll('h3'), (it) => it.textContent)
const strength = () => document.querySelector('.strength [role=status]')?.textContent.trim() ?? ''
const steps = () => document.querySelectorAll('.strength__step--on').length
const typed = () =>
  ['Contraseña actual', 'Nueva contraseña', 'Repite la nueva contraseña'].map(
    (label) => field(label).value,
  )

beforeEach(() => {
  pipe().answer('account.show', account)
  pipe().answer('account.sessions', { sessions: [] })
  pipe().answer('agentMode.show', { on: false, module: 'active' })
})

describe('my account', () => {
  const everyone = ['Contraseña', 'Mis sesiones', 'Mis permisos']
  const managers = everyone.toSpliced(1, 0, 'Modo agente')

  test.each([
    ['agent', everyone],
    ['administrator', managers],
    ['owner', [...managers, 'Transferir rol de owner']],
  ] as const)('%s has the cards of the role', async (role, titles) => {
    await show(Account, { start: { session: signedIn(role) } })
    expect(cards()).toEqual(titles)
  })

  test('what is not shown is not asked for', async () => {
    await show(Account, { start: { session: signedIn('agent') } })
    expect(pipe().inputsOf('agentMode.show')).toEqual([])
  })
})

describe('password card', () => {
  test('a password that was never reset says so', async () => {
    await show(Account)
    expect(text()).toContain('Restablecido por última vez Nunca')
  })

  test('the last reset is told relative and absolute', async () => {
    const threeDays = new Date(Date.now() - 3 * 86_400_000 - 60_000)
    pipe().answer('account.show', { ...account, passwordChangedAt: threeDays.toISOString() })
    await show(Account)
    expect(text()).toContain('hace 3 días')
    expect(text()).toContain(`${threeDays.getDate()} de `)
  })

  test('it is read again when it changed elsewhere', async () => {
    await show(Account)
    const passwordChangedAt = new Date().toISOString()
    pipe().answer('account.show', { ...account, passwordChangedAt })
    pipe().emit('data.changed', { topic: 'account' })
    await settle()
    expect(text()).toContain('hace un momento')
  })

  test('a failure to read is told and can be tried again', async () => {
    pipe().refuse('account.show', 'offline')
    await show(Account)
    expect(text()).toContain('No hay conexión con el servidor.')
    pipe().answer('account.show', account)
    await click(button('Reintentar'))
    expect(text()).toContain('Nunca')
  })
})

describe('password dialog', () => {
  test('the rules are ticked while typing', async () => {
    await openDialog()
    const met = () =>
      Array.from(document.querySelectorAll('.rules li'), (it) =>
        it.textContent.includes('cumplido'),
      )
    expect(met()).toEqual([false, false, false, false])
    await type('Nueva contraseña', 'aB')
    expect(met()).toEqual([false, true, true, false])
    await type('Nueva contraseña', 'aBcdefg!')
    expect(met()).toEqual([true, true, true, true])
    expect(text()).toContain('4 de 4 requisitos cumplidos')
  })

  test.each([
    [
      'a missing current password',
      ['', 'Abcdefg1', 'Abcdefg1'],
      0,
      'Escribe tu contraseña actual.',
    ],
    ['a weak new password', ['x', 'abc', 'abc'], 1, 'no cumple todos los requisitos'],
    ['129 characters', ['x', `Aa1${'x'.repeat(126)}`, ''], 1, 'como máximo 128'],
    ['200 characters', ['x', 'Abcdef1!'.repeat(25), 'Abcdef1!'.repeat(25)], 1, 'como máximo 128'],
    ['one’s own name', ['x', 'Owner-2026', 'Owner-2026'], 1, 'se adivinan enseguida'],
    [
      'one’s own address',
      ['x', 'A1 owner@demo.test', 'A1 owner@demo.test'],
      1,
      'Tu nombre o tu correo',
    ],
    ['two new passwords', ['x', 'Abcdefg1', 'Abcdefg2'], 2, 'no coinciden'],
  ] as const)('%s is told at its field and nobody is asked', async (_, words, at, error) => {
    await openDialog()
    const [current, next, repeat] = words
    await fill(current, next, repeat)
    await submit('Guardar')
    const labels = ['Contraseña actual', 'Nueva contraseña', 'Repite la nueva contraseña'] as const
    expect(description(field(labels[at]))).toContain(error)
    expect(document.activeElement).toBe(field(labels[at]))
    expect(pipe().inputsOf('account.changePassword')).toEqual([])
  })

  test.each([
    ['wrong-password', 'Contraseña actual', 'La contraseña actual no es correcta.'],
    ['password-unchanged', 'Nueva contraseña', 'es igual a la actual'],
    ['password-rules', 'Nueva contraseña', 'no cumple todos los requisitos'],
    ['password-guessable', 'Nueva contraseña', 'es fácil de adivinar'],
  ] as const)('%s is told at its field, and nothing typed is lost', async (code, label, error) => {
    pipe().refuse('account.changePassword', code)
    await openDialog()
    await fill('Antigua-1', 'Abcdefg1', 'Abcdefg1')
    await submit('Guardar')
    expect(description(field(label))).toContain(error)
    expect(typed()).toEqual(['Antigua-1', 'Abcdefg1', 'Abcdefg1'])
  })

  test.each([
    ['common', 'una de las contraseñas más usadas'],
    ['personal', 'Tu nombre o tu correo'],
  ])('a guessable password that is %s says why', async (reason, error) => {
    pipe().refuse('account.changePassword', 'password-guessable', { reason })
    await openDialog()
    await fill('Antigua-1', 'Abcdefg1', 'Abcdefg1')
    await submit('Guardar')
    expect(description(field('Nueva contraseña'))).toContain(error)
    expect(document.activeElement).toBe(field('Nueva contraseña'))
  })

  test('without the backend it says so, and nothing typed is lost', async () => {
    pipe().refuse('account.changePassword', 'offline')
    await openDialog()
    await fill('Antigua-1', 'Abcdefg1', 'Abcdefg1')
    await submit('Guardar')
    expect(document.querySelector('[role=alert].callout')?.textContent).toContain('No hay conexión')
    expect(typed()).toEqual(['Antigua-1', 'Abcdefg1', 'Abcdefg1'])
  })

  test('too many attempts count down', async () => {
    pipe().refuse('account.changePassword', 'too-many-attempts', { retryAfterSeconds: 30 })
    await openDialog()
    vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] })
    await fill('Antigua-1', 'Abcdefg1', 'Abcdefg1')
    await submit('Guardar')
    expect(button('Podrás reintentar en 0:30').disabled).toBe(true)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(button('Guardar').disabled).toBe(false)
  })

  test.each([
    [0, 'No tenías otras sesiones abiertas.'],
    [1, 'Se cerró otra sesión tuya.'],
    [3, 'Se cerraron otras 3 sesiones tuyas.'],
  ])('a change shows at once, with %i ended sessions', async (endedSessions, words) => {
    const passwordChangedAt = new Date().toISOString()
    pipe().answer('account.changePassword', { passwordChangedAt, endedSessions })
    await openDialog()
    await fill('Antigua-1', 'Abcdefg1', 'Abcdefg1')
    await submit('Guardar')
    expect(pipe().inputsOf('account.changePassword')).toEqual([
      { current: 'Antigua-1', next: 'Abcdefg1', key: expect.any(String) as string },
    ])
    expect(text()).toContain('Restablecido por última vez hace un momento')
    expect(text()).toContain(words)
    expect(document.querySelector('[role=dialog]')).toBeNull()
  })
})

describe('strength of a password', () => {
  /** The words that it is measured with come a moment after the dialog. */
  const says = (words: string) => vi.waitFor(() => expect(strength()).toContain(words), 10_000)

  test('is told in words, as many steps, and what would help', async () => {
    await openDialog()
    await type('Nueva contraseña', 'Password1')
    await says('muy débil · Se parece a una contraseña muy usada.')
    expect(steps()).toBe(1)
    await type('Nueva contraseña', 'Xk7#pQ9!vLm2')
    await says('muy fuerte')
    expect([steps(), strength()]).toEqual([5, 'Fortaleza: muy fuerte'])
  })

  test.each([
    ['rtyuiop[', 'Teclas seguidas'],
    ['19/04/1987', 'Las fechas y los años'],
    ['Ana owner1', 'tus datos'],
    ['Contact Center Demo', 'tus datos'],
    ['desafortunadamente', 'varias palabras'],
  ])('“%s” is weak for what it is', async (password, tip) => {
    await openDialog()
    await type('Nueva contraseña', password)
    await says(tip)
  })

  test('it is told once for a burst of keys, and not at all for nothing', async () => {
    await openDialog()
    await type('Nueva contraseña', 'Xk7#pQ9!vLm2')
    await says('muy fuerte')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    for (const password of ['P', 'Pa', 'Pas']) {
      field('Nueva contraseña').value = password
      field('Nueva contraseña').dispatchEvent(new Event('input', { bubbles: true }))
      await vi.advanceTimersByTimeAsync(200)
      expect(strength()).toContain('muy fuerte')
    }
    await vi.advanceTimersByTimeAsync(100)
    expect(strength()).toContain('muy débil')
    field('Nueva contraseña').value = ''
    field('Nueva contraseña').dispatchEvent(new Event('input', { bubbles: true }))
    await vi.advanceTimersByTimeAsync(300)
    expect([steps(), strength()]).toEqual([0, ''])
  })

  test('a weak one can be saved all the same', async () => {
    pipe().answer('account.changePassword', {
      passwordChangedAt: new Date().toISOString(),
      endedSessions: 0,
    })
    await openDialog()
    await fill('Antigua-1', 'Abcdefg1', 'Abcdefg1')
    await says('débil')
    await submit('Guardar')
    expect(text()).toContain('Tu contraseña se restableció.')
  })
})

describe('my sessions', () => {
  const session = (id: string, more: object = {}) => ({
    id,
    device: `PC-${id}`,
    platform: 'linux',
    since: new Date(Date.now() - 2 * 86_400_000).toISOString(),
    lastActivityAt: new Date(Date.now() - 300_000).toISOString(),
    current: false,
    ...more,
  })
  const open = async (...sessions: ReturnType<typeof session>[]) => {
    pipe().answer('account.sessions', { sessions })
    await show(Account)
  }

  test('each says its computer, since when, and the last activity; this one is in use', async () => {
    await open(session('1', { current: true }), session('2'))
    const [own, other] = Array.from(document.querySelectorAll('.sessions li'), (it) =>
      it.textContent.replace(/\s+/g, ' '),
    )
    expect(own).toContain('PC-1 Este equipo')
    expect(own).toContain('en uso ahora')
    expect(other).toContain('PC-2')
    expect(other).toContain('Inició sesión anteayer')
    expect(other).toContain('última actividad hace 5 minutos')
  })

  test('one without a name can be told apart and ended', async () => {
    pipe().answer('account.endSessions', { ended: 1 })
    await open(session('1', { current: true }), session('2', { device: '' }))
    pipe().answer('account.sessions', { sessions: [session('1', { current: true })] })
    await click(button('Cerrar la sesión en Equipo sin nombre'))
    expect(pipe().inputsOf('account.endSessions')).toEqual([{ id: '2' }])
    expect(document.querySelectorAll('.sessions li')).toHaveLength(1)
    expect(document.activeElement?.className).toBe('sessions')
  })

  test('a refusal is told, and the session stays', async () => {
    pipe().refuse('account.endSessions', 'offline')
    await open(session('1', { current: true }), session('2'))
    await click(button('Cerrar la sesión en PC-2'))
    expect(text()).toContain('No hay conexión con el servidor.')
    expect(text()).toContain('PC-2')
  })

  test('somebody who signs in elsewhere comes by themselves', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    await open(session('1', { current: true }))
    pipe().answer('account.sessions', { sessions: [session('1', { current: true }), session('2')] })
    await vi.advanceTimersByTimeAsync(60_000)
    await settle()
    expect(text()).toContain('PC-2')
  })
})
