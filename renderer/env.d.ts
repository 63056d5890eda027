import type { Pipe } from '../contract/ipc.ts'
import type { Need } from '../contract/permissions.ts'

declare global {
  interface Window {
    readonly atalaya: Pipe
  }
}

declare module 'vue-router' {
  interface RouteMeta {
    /** Who may open it; the guard asks this of every record on the way. */
    need?: Need
    /** Key of its title in `locales/`. */
    title?: string
  }
}
