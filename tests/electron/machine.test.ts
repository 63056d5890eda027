import type { InputEvent } from 'electron'
import { describe, expect, it } from 'vitest'
import { humanInput } from '../../electron/activity.ts'
import { systemLanguage } from '../../electron/language.ts'
import { onScreen } from '../../electron/placement.ts'

describe('what counts as activity', () => {
  const pointer = { x: 5, y: 5 }
  const isHuman = humanInput(() => ({ ...pointer }))
  const made = (type: InputEvent['type'], modifiers: InputEvent['modifiers'] = []) =>
    isHuman({ type, modifiers })

  it('keys, buttons, wheel and touch', () => {
    for (const type of [
      'rawKeyDown',
      'mouseDown',
      'mouseWheel',
      'touchStart',
      'gestureTap',
    ] as const)
      expect(made(type), type).toBe(true)
  })

  it('a move only if the pointer is somewhere else', () => {
    expect(made('mouseMove')).toBe(false)
    pointer.x = 6
    expect(made('mouseMove')).toBe(true)
    expect(made('mouseMove')).toBe(false)
  })

  it('neither what Chromium makes up nor a key that repeats by itself', () => {
    for (const type of ['mouseEnter', 'mouseLeave', 'undefined', 'gestureFlingStart'] as const)
      expect(made(type), type).toBe(false)
    expect(made('rawKeyDown', ['isautorepeat'])).toBe(false)
  })
})

describe('the language of the system', () => {
  it('is the first one that the app speaks, English otherwise', () => {
    expect(systemLanguage(['es-CO', 'en-US'])).toBe('es')
    expect(systemLanguage(['pt-PT'])).toBe('pt-BR')
    expect(systemLanguage(['fr-FR', 'EN'])).toBe('en')
    expect(systemLanguage(['eso', 'de'])).toBe('en')
    expect(systemLanguage([])).toBe('en')
  })
})

describe('the place of the window', () => {
  const screens = [{ x: 0, y: 0, width: 1920, height: 1080 }]
  const at = (x: number, y: number) => onScreen({ x, y, width: 1280, height: 720 }, screens)

  it('is remembered while it can be reached', () => {
    expect(at(100, 50)).toEqual({ x: 100, y: 50, width: 1280, height: 720 })
    expect(at(-1100, 0)).not.toBeNull()
  })

  it('is forgotten when its screen is gone', () => {
    expect(at(2500, 50)).toBeNull()
    expect(at(-1270, 0)).toBeNull()
    expect(at(0, 1070)).toBeNull()
    expect(at(0, -50)).toBeNull()
  })
})
