import { enableAutoUnmount } from '@vue/test-utils'
import { afterEach, beforeEach, vi } from 'vitest'
import { FakePipe } from './fake-pipe.ts'

enableAutoUnmount(afterEach)

beforeEach(() => {
  vi.stubGlobal('atalaya', new FakePipe())
  // Vuetify's dialogs listen to it, and happy-dom has none.
  vi.stubGlobal('visualViewport', new EventTarget())
})
afterEach(() => {
  vi.useRealTimers()
  document.body.replaceChildren()
  location.hash = ''
})
