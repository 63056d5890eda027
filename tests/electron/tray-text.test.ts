import { describe, expect, it } from 'vitest'
import { trayText } from '../../electron/tray-text.ts'
import { nativeWords } from '../../electron/words.ts'

const spanish = nativeWords('es')

describe('the tray', () => {
  it('says that nobody is signed in', () =>
    expect(trayText(null, spanish)).toBe('Atalaya: nadie ha iniciado sesión'))

  it.each([
    [30 * 60_000, 'Atalaya: Ada. Sin actividad, la sesión se cierra en 30 min'],
    [119_999, 'Atalaya: Ada. Sin actividad, la sesión se cierra en 1 min'],
    [59_999, 'Atalaya: Ada. La sesión se cierra en menos de un minuto'],
  ])('with %d ms left says: %s', (endsInMs, said) =>
    expect(trayText({ name: 'Ada', endsInMs }, spanish)).toBe(said),
  )

  it('speaks the language that was chosen', () => {
    expect(trayText(null, nativeWords('pt-BR'))).toBe('Atalaya: ninguém iniciou sessão')
    expect(trayText(null, nativeWords('en'))).toBe('Atalaya: nobody is signed in')
  })
})
