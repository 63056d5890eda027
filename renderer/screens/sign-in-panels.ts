/** What the panels of the sign-in screen hand each other. */

export interface EnteredForm {
  workspace: string
  email: string
}

/** A workspace that is being deleted, as whoever had the right password met it (S7). */
export interface BeingDeleted extends EnteredForm {
  /** What the owner recovers it with: it was right a moment ago. */
  password: string
  /** When it is gone for good (ISO 8601). */
  deletesAt: string
  mayRecover: boolean
}

/** What is said above the form; `key`: in `locales/`. */
export interface Told {
  kind: 'success' | 'warning'
  key: string
}
