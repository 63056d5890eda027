import { createHash, randomBytes } from 'node:crypto'

/** 256 random bits: whoever shows them is let in. For sessions, mailed links, and places in the queue. */
export const newToken = () => randomBytes(32).toString('base64url')

/** What the database keeps of a token: the token itself is with its holder alone. */
export const hashToken = (token: string) => createHash('sha256').update(token).digest()
