import type { Topic } from './live.ts'
import type { Need } from './permissions.ts'
import type { Reply } from './problem.ts'
import type { Input, Output, RouteName, Routes } from './routes.ts'
import type { SeatsFull } from './seats.ts'
import { Email, type EndCause, Language, type SignedIn, WorkspaceLink } from './sessions.ts'
import { z } from './zod.ts'

export const Theme = z.enum(['system', 'light', 'dark'])
export type Theme = z.infer<typeof Theme>

/** Kept per workstation, not per person: nothing in it is secret. `language: null` follows the system. */
export const Preferences = z.strictObject({ theme: Theme, language: Language.nullable() })
export type Preferences = z.infer<typeof Preferences>

export type Connection = 'online' | 'reconnecting' | 'offline'

/** Why the sign-in screen is shown: what ended the session, or what stands in the way of a new one. */
export type SignedOutBecause = EndCause | 'no-seat' | 'session-lost'

export interface SignedOut {
  status: 'signed-out'
  because: SignedOutBecause | null
  /** Who ended it and why, where a person did. */
  by?: string
  reason?: string
  /**
   * Filled into the form; a person's e-mail address and name are kept in memory only, for the return
   * after an end. The name is empty where nobody was signed in before.
   */
  form: { workspace: string; email: string; name: string }
  /** In line for a seat: the app signs in by itself when one frees (U4). */
  queue: SeatsFull | null
}

export type SessionState =
  { status: 'resuming' } | { status: 'signed-in'; who: SignedIn } | SignedOut

/** Told once, above whatever screen is shown. */
export type Notice = 'keychain-unavailable' | 'hours-ending'

export type IdleWarning = { endsInMs: number } | null

/** What the page needs before it draws anything. */
export interface Start {
  version: string
  preferences: Preferences
  systemLanguage: Language
  session: SessionState
  connection: Connection
  warning: IdleWarning
  notice: Notice | null
  /** The need of every call, so that the page can hide what would be refused. */
  needs: Record<RouteName, Need>
}

const FormName = z.string().min(1).max(100)

/** What main answers itself. */
export const localCalls = {
  'app.start': z.strictObject({}),
  'preferences.set': Preferences,
  'session.signIn': z.strictObject({
    workspace: WorkspaceLink,
    email: Email,
    password: z.string().min(1).max(1024),
  }),
  'session.signOut': z.strictObject({}),
  /** Leaves the workstation for a moment: as signing out, but for what was typed. */
  'session.lock': z.strictObject({}),
  /** After `no-seat`: get in line, or leave it. */
  'session.wait': z.strictObject({}),
  'session.stopWaiting': z.strictObject({}),
  /** After `no-seat`, for the owner: end the sessions of this user and sign in on the seat. */
  'session.takeSeat': z.strictObject({ from: z.uuid() }),
  /** Asks where, and writes a text there. */
  'files.save': z.strictObject({
    name: z.string().min(1).max(200),
    text: z.string(),
  }),
  /** Asks where, and writes everything that the workspace holds there (`deletion.export`). */
  'workspace.export': z.strictObject({}),
  'notice.dismiss': z.strictObject({}),
  /** What was typed into a form and not saved, for the same person after an end (`drafts.ts` of main). */
  'drafts.keep': z.strictObject({ form: FormName, draft: z.json() }),
  'drafts.take': z.strictObject({ form: FormName }),
  'drafts.drop': z.strictObject({ form: FormName }),
}
export type LocalCalls = typeof localCalls
export type LocalName = keyof LocalCalls

export interface LocalOutputs {
  'app.start': Start
  'preferences.set': Preferences
  'session.signIn': SessionState
  'session.signOut': SessionState
  'session.lock': SessionState
  'session.wait': SessionState
  'session.stopWaiting': SessionState
  'session.takeSeat': SessionState
  'files.save': { saved: boolean }
  'workspace.export': { saved: boolean }
  'notice.dismiss': null
  'drafts.keep': null
  /** `null`: none was kept, or not for this person. */
  'drafts.take': { draft: unknown }
  'drafts.drop': null
}

/** The routes that the page may call; those marked `mainOnly` are refused by the bridge. */
export type PageRoute = {
  [R in RouteName]: Routes[R] extends { mainOnly: true } ? never : R
}[RouteName]

export type CallName = PageRoute | LocalName
export type CallInput<C extends CallName> = C extends LocalName
  ? z.input<LocalCalls[C]>
  : C extends RouteName
    ? Input<C>
    : never
export type CallOutput<C extends CallName> = C extends LocalName
  ? LocalOutputs[C]
  : C extends RouteName
    ? Output<C>
    : never

/** What main tells the page, without being asked. */
export interface Events {
  'session.changed': SessionState
  'connection.changed': Connection
  'idle.changed': IdleWarning
  'notice.changed': Notice | null
  /** Something the backend keeps was changed, here or elsewhere: whoever shows it asks again. */
  'data.changed': { topic: Topic }
  'import.progressed': { id: string; done: number; total: number }
}
export type EventName = keyof Events

/** What the preload puts at `window.atalaya`: all that the page has of the outside world. */
export interface Pipe {
  call(name: string, input: unknown): Promise<Reply<unknown>>
  /** Answers the function that stops listening. */
  on(event: string, listener: (payload: unknown) => void): () => void
}

/** The two channels between page and main. */
export const channels = { call: 'atalaya:call', event: 'atalaya:event' } as const
