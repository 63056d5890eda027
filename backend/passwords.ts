import { randomInt } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { unmetRules } from '../contract/passwords.ts'

/** OWASP Password Storage Cheat Sheet: Argon2id (the library's default), 19 MiB, 2 passes, 1 lane. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** The same text typed on another keyboard may be composed otherwise (NIST SP 800-63B-4 §3.1.1.2). */
const normal = (password: string) => password.normalize('NFC')

export const hashPassword = (password: string): Promise<string> =>
  hash(normal(password), parameters)

const nobodys = hashPassword('nobody’s password')

/**
 * Whether the password is the one of the hash. Without a hash (nobody has this e-mail address, or the
 * invitation is still open) it does the same work and answers no, so that the time does not tell who exists.
 */
export async function verifyPassword(
  passwordHash: string | null | undefined,
  password: string,
): Promise<boolean> {
  const matches = await verify(passwordHash ?? (await nobodys), normal(password))
  return matches && typeof passwordHash === 'string'
}

/** Nothing that is mistaken for something else when it is read out or copied by hand. */
const unambiguous = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789'

/** Sixteen characters by chance (93 bits) that meet the rules; shown once by an administrator (U2). */
export function newOneTimePassword(): string {
  for (;;) {
    const drawn = Array.from({ length: 16 }, () => unambiguous[randomInt(unambiguous.length)])
    const password = drawn.join('')
    if (unmetRules(password).length === 0) return password
  }
}
