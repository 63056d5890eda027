import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import IdleWarning from '../../renderer/components/IdleWarning.vue'
import { button, show } from './page.ts'

const live = () => document.querySelector('[aria-live=assertive]')?.textContent.trim()
const dialog = () => document.querySelector('[role=alertdialog]')
const clock = () => document.querySelector('.idle__left')?.textContent

describe('idle warning', () => {
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] })
    await show(IdleWarning, { props: { endsInMs: 60_000 } })
  })
  afterEach(() => vi.useRealTimers())

  test('it is an alert dialog with a name and a description that does not change', async () => {
    const id = (name: string) => dialog()?.getAttribute(name) ?? ''
    expect(document.getElementById(id('aria-labelledby'))?.textContent).toBe('¿Sigues ahí?')
    const described = () => document.getElementById(id('aria-describedby'))?.textContent
    expect(described()).toContain('60 segundos')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(described()).toContain('60 segundos')
  })

  test('the focus is on “Seguir conectado”', () => {
    expect(document.activeElement).toBe(button('Seguir conectado'))
  })

  test('the countdown moves every second, out of earshot', async () => {
    expect(clock()).toBe('1:00')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(clock()).toBe('0:59')
    await vi.advanceTimersByTimeAsync(50_000)
    expect(clock()).toBe('0:09')
    expect(document.querySelector('.idle__left')?.getAttribute('aria-hidden')).toBe('true')
  })

  test('it is read aloud again at 30 and at 10 seconds only', async () => {
    const said = new Set<string | undefined>()
    for (let second = 0; second < 60; second++) {
      said.add(live())
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect([...said]).toEqual(['', 'Quedan 30 segundos.', 'Quedan 10 segundos.'])
  })

  test('it ends at zero', async () => {
    await vi.advanceTimersByTimeAsync(70_000)
    expect(clock()).toBe('0:00')
  })
})
