import { nextTick, onBeforeUnmount } from 'vue'

/** Gives the focus back to whoever had it before a dialog came (WCAG 2.4.3). */
export function useFocusReturn(): void {
  const before = document.activeElement
  onBeforeUnmount(async () => {
    await nextTick()
    if (before instanceof HTMLElement) before.focus()
  })
}
