import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { passwordMaxLength, passwordRules, unmetRules } from '../../contract/passwords.ts'

describe('password rules', () => {
  test.each([
    ['Atalaya1', []],
    ['Atalaya-', []],
    ['Atalaya ', []],
    ['Ñandúes1', []],
    ['ΑΒγδεζη1', []],
    ['Atalay1', ['length']],
    ['atalaya1', ['upper']],
    ['ATALAYA1', ['lower']],
    ['Atalayas', ['number-or-symbol']],
    ['Contrañá', ['number-or-symbol']],
    ['日本語日本語日本', ['upper', 'lower', 'number-or-symbol']],
    ['', ['length', 'upper', 'lower', 'number-or-symbol']],
  ])('“%s” does not meet %j', (password, unmet) => {
    expect(unmetRules(password)).toEqual(unmet)
  })

  test('count characters, not their halves', () => {
    expect(unmetRules('Aa1😀😀😀😀')).toEqual(['length'])
    expect(unmetRules('Aa1😀😀😀😀😀')).toEqual([])
  })

  test('an accent that is typed apart is no symbol', () => {
    expect(unmetRules('Contrasena\u0303')).toEqual(['number-or-symbol'])
  })

  test('adding characters never breaks a rule that was met', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'grapheme' }),
        (start, more) => {
          const before = unmetRules(start)
          expect(before).toEqual(expect.arrayContaining(unmetRules(start + more)))
        },
      ),
    )
  })

  test('leave room for a long sentence (ASVS 6.2.9)', () => {
    expect(passwordMaxLength).toBeGreaterThanOrEqual(64)
    expect(passwordRules.map(({ id }) => id)).toEqual([
      'length',
      'upper',
      'lower',
      'number-or-symbol',
    ])
  })
})
