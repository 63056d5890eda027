import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { HeldBy } from '../contract/sessions.ts'
import type { Clock } from './clock.ts'

/** How long drafts wait for their person after the end of the session, ms. */
export const draftLife = 10 * 60_000

/** Drafts that are kept at once; the oldest makes room. */
const most = 20

interface Sealed {
  nonce: Buffer
  text: Buffer
  tag: Buffer
}

export interface Drafts {
  /** Somebody is signed in: what they left here is theirs, what others left is gone. */
  open: (who: HeldBy) => void
  /** Forgets the key with the session; what was kept waits, sealed. */
  close: () => void
  /** Keeps what was typed into a form, in place of what was kept of it before. Nothing while nobody is signed in. */
  keep: (form: string, draft: unknown) => void
  /** What was kept of a form and is still in time; `null`: nothing. */
  take: (form: string) => unknown
  drop: (form: string) => void
  clear: () => void
}

/**
 * What was typed into forms and not saved, so that an idle sign-out takes nobody's work away. It is
 * kept in main's memory alone, sealed (AES-256-GCM) with a key of the account that the backend tells
 * in a session only: between two sessions nobody can read it, and only the same person afterwards.
 */
export function createDrafts(clock: Pick<Clock, 'now'>): Drafts {
  const sealed = new Map<string, Sealed>()
  /** Whose drafts these are: a user of a workspace. */
  let owner: string | null = null
  let key: Buffer | null = null
  /** When those of an ended session are forgotten. */
  let until = Infinity
  let timer: NodeJS.Timeout | undefined

  function clear(): void {
    clearTimeout(timer)
    sealed.clear()
  }

  /** Bound to person and form: none of them opens as another. */
  const boundTo = (form: string) => Buffer.from(JSON.stringify([owner, form]))

  function seal(secret: Buffer, form: string, draft: unknown): Sealed {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(boundTo(form))
    const text = Buffer.concat([cipher.update(JSON.stringify(draft)), cipher.final()])
    return { nonce, text, tag: cipher.getAuthTag() }
  }

  function unseal(secret: Buffer, form: string, { nonce, text, tag }: Sealed): unknown {
    try {
      const decipher = createDecipheriv('aes-256-gcm', secret, nonce)
        .setAAD(boundTo(form))
        .setAuthTag(tag)
      return JSON.parse(Buffer.concat([decipher.update(text), decipher.final()]).toString())
    } catch {
      // Of the same person before their account got another key: nobody can read it any more.
      return null
    }
  }

  return {
    open({ person, workspace, sealKey }) {
      clearTimeout(timer)
      const id = `${workspace.id} ${person.id}`
      if (id !== owner || clock.now() >= until) clear()
      owner = id
      key = Buffer.from(sealKey, 'base64')
      until = Infinity
    },
    close() {
      if (!key) return
      key.fill(0)
      key = null
      until = clock.now() + draftLife
      timer = setTimeout(clear, draftLife)
      timer.unref()
    },
    keep(form, draft) {
      if (!key) return
      sealed.delete(form)
      sealed.set(form, seal(key, form, draft))
      const [oldest] = sealed.keys()
      if (sealed.size > most && oldest !== undefined) sealed.delete(oldest)
    },
    take(form) {
      const found = sealed.get(form)
      return key && found ? unseal(key, form, found) : null
    },
    drop(form) {
      if (key) sealed.delete(form)
    },
    clear,
  }
}
