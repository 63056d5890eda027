import type { App, InputEvent, Point, Screen } from 'electron'

/** Keys, buttons, wheel, touch: what the operating system delivers for a person's hand alone. */
const deeds = new Set<InputEvent['type']>([
  'mouseDown',
  'mouseUp',
  'mouseWheel',
  'rawKeyDown',
  'keyDown',
  'keyUp',
  'char',
  'touchStart',
  'touchMove',
  'touchEnd',
  'gestureTap',
  'pointerDown',
  'pointerUp',
])

/**
 * Tells whether an input event is a person's doing (B1). Moves are also made up by Chromium, at
 * start and when a window above closes, so a move counts only if the pointer is elsewhere. A key
 * that repeats by itself is no hand. What key it was is never looked at.
 */
export function humanInput(pointer: () => Point): (input: InputEvent) => boolean {
  let last = pointer()
  return ({ type, modifiers }) => {
    if (type === 'mouseMove') {
      const { x, y } = pointer()
      const hasMoved = x !== last.x || y !== last.y
      last = { x, y }
      return hasMoved
    }
    return deeds.has(type) && !modifiers?.some((it) => it.toLowerCase() === 'isautorepeat')
  }
}

/**
 * Calls back on every human input in any window of ours. The events come from the browser process,
 * whatever state the page is in, and no page can forge them (D2).
 */
export function watchInput(app: App, screen: Screen, onInput: () => void): void {
  const isHuman = humanInput(() => screen.getCursorScreenPoint())
  app.on('web-contents-created', (_event, contents) => {
    contents.on('input-event', (_inputEvent, input) => {
      if (isHuman(input)) onInput()
    })
  })
}
