import type { Rectangle } from 'electron'

/** How much of a window has to be in reach of the pointer, pixels. */
const reach = 100

/** Where a window was, if that is still on a screen; `null`: let the system place it. */
export function onScreen(
  { x, y, width, height }: Rectangle,
  areas: readonly Rectangle[],
): Rectangle | null {
  const isInReach = areas.some(
    (area) =>
      x + width >= area.x + reach &&
      x <= area.x + area.width - reach &&
      y >= area.y &&
      y <= area.y + area.height - reach,
  )
  return isInReach ? { x, y, width, height } : null
}
