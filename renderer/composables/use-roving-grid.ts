import { computed, nextTick, ref } from 'vue'

const steps: Readonly<Record<string, readonly [row: number, column: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
}

/**
 * One stop of the tab key for a whole grid; within it the arrows, Home and End move (with Ctrl: to
 * the first and the last row), as the ARIA Authoring Practices have it. Cells carry `data-at`.
 */
export function useRovingGrid(
  root: () => HTMLElement | null,
  size: () => { rows: number; columns: number },
  has: (row: number, column: number) => boolean,
) {
  const at = ref<readonly [number, number]>([0, 0])

  /** The first cell that there is from one on, in a direction. */
  function next(from: readonly [number, number], [down, right]: readonly [number, number]) {
    const { rows, columns } = size()
    for (
      let [row, column] = from;
      row >= 0 && row < rows && column >= 0 && column < columns;
      row += down, column += right
    )
      if (has(row, column)) return [row, column] as const
    return null
  }
  function firstOf(rowsInOrder: readonly number[], fromEnd = false) {
    const last = size().columns - 1
    for (const row of rowsInOrder) {
      const found = next([row, fromEnd ? last : 0], [0, fromEnd ? -1 : 1])
      if (found) return found
    }
    return null
  }
  const allRows = () => Array.from({ length: size().rows }, (_, row) => row)

  /** Where the tab key comes in: the cell that went away makes room for the first one. */
  const stop = computed(() => (has(...at.value) ? at.value : (firstOf(allRows()) ?? at.value)))
  const isStop = (row: number, column: number) => stop.value[0] === row && stop.value[1] === column

  function target(event: KeyboardEvent) {
    const [row, column] = stop.value
    const step = steps[event.key]
    if (step) return next([row + step[0], column + step[1]], step)
    const rows = event.ctrlKey ? allRows() : [row]
    if (event.key === 'Home') return firstOf(rows)
    if (event.key === 'End') return firstOf(rows.reverse(), true)
    return undefined
  }

  async function move(event: KeyboardEvent): Promise<void> {
    const to = target(event)
    if (to === undefined) return
    event.preventDefault()
    if (!to) return
    at.value = to
    await nextTick()
    root()?.querySelector<HTMLElement>(`[data-at="${to.join()}"]`)?.focus()
  }

  return { isStop, move, be: (row: number, column: number) => (at.value = [row, column]) }
}
