import { beforeEach, describe, expect, test, vi } from 'vitest'
import SeatWarning from '../../renderer/components/SeatWarning.vue'
import Licences from '../../renderer/screens/licences/Licences.vue'
import { pipe } from './fake-pipe.ts'
import { button, click, settle, show, text } from './page.ts'

// It draws on a canvas, which happy-dom has not; the window's test looks at the drawing.
vi.mock('uplot', () => ({
  default: class {
    setSize() {}
    setData() {}
    destroy() {}
  },
}))

const now = { licences: 70, taken: 12, waiting: 4, refused: 3 }
async function become(taken: number): Promise<void> {
  pipe().answer('licences.show', { ...now, taken })
  pipe().emit('data.changed', { topic: 'licences' })
  await settle()
}

beforeEach(() => {
  pipe().answer('licences.show', now)
  pipe().answer('licences.history', {
    points: [
      { at: '2030-05-06T08:30:00Z', mean: 8.25, peak: 9, licences: 70, refused: 0 },
      { at: '2030-05-06T09:30:00Z', mean: 60, peak: 70, licences: 70, refused: 3 },
    ],
  })
})

describe('licences', () => {
  test('seats taken, the limit, who waits and who was refused', async () => {
    await show(Licences)
    expect(text()).toContain('12 de 70 Quedan 58 libres.')
    expect(text()).toContain('En espera 4')
    expect(text()).toContain('Rechazos 3')
  })

  test('it follows the seats', async () => {
    await show(Licences)
    await become(72)
    expect(text()).toContain('72 de 70 2 más que el límite')
  })

  test('the history stands in a table too, with its peak in words', async () => {
    await show(Licences)
    await vi.waitFor(() => expect(text()).toContain('Máximo: 70'), 5_000)
    expect(text()).toContain('Hubo 3 rechazos.')
    const cells = Array.from(document.querySelectorAll('tbody tr')).map((row) =>
      Array.from(row.querySelectorAll('td'), (it) => it.textContent),
    )
    expect(cells).toEqual([
      ['8,3', '9', '70', '0'],
      ['60', '70', '70', '3'],
    ])
  })

  test('another range is asked for', async () => {
    await show(Licences)
    await vi.waitFor(() => expect(pipe().inputsOf('licences.history')).toHaveLength(1), 5_000)
    document.querySelector<HTMLInputElement>('[value=year]')?.click()
    await settle()
    expect(pipe().inputsOf('licences.history')).toEqual([{ range: 'day' }, { range: 'year' }])
  })
})

describe('warning of the licences', () => {
  test('it comes at 80 %', async () => {
    await show(SeatWarning)
    expect(text()).not.toContain('licencias')
    await become(56)
    expect(text()).toContain('Está en uso el 80 % de las licencias (56 de 70).')
  })

  test('closed, it is silent until it gets worse', async () => {
    await show(SeatWarning)
    await become(56)
    await click(button('Cerrar'))
    await become(60)
    expect(text()).not.toContain('Está en uso')
    await become(67)
    expect(text()).toContain('Está en uso el 95 %')
  })

  test('closed, it comes back after it was over', async () => {
    await show(SeatWarning)
    await become(56)
    await click(button('Cerrar'))
    await become(20)
    await become(57)
    expect(text()).toContain('Está en uso el 81 %')
  })
})
