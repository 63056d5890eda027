import {
  isPersonal,
  passwordMaxLength,
  type PasswordRule,
  unmetRules,
} from '../contract/passwords.ts'
import { type Guessable, ProblemError } from '../contract/problem.ts'

/** Why a password may not be chosen. */
export type PasswordFlaw =
  | { kind: 'too-long' }
  | { kind: 'rules'; unmet: PasswordRule[] }
  | { kind: 'guessable'; reason: Guessable }

let common: Promise<ReadonlySet<string>> | undefined

/** Half a megabyte that most processes never need. */
async function readCommon(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  return new Set(dictionary['passwords-common'])
}

/** In whatever case: who guesses tries “Password1” right after “password1” (ASVS 5.0, 6.2.4). */
async function isCommon(password: string): Promise<boolean> {
  common ??= readCommon()
  return (await common).has(password.normalize('NFC').toLowerCase())
}

/** What is wrong with a password that its owner wants to choose (S1); `null`: nothing. */
export async function flawOf(
  password: string,
  owner: { name: string; email: string },
): Promise<PasswordFlaw | null> {
  if (password.length > passwordMaxLength) return { kind: 'too-long' }
  const unmet = unmetRules(password)
  if (unmet.length > 0) return { kind: 'rules', unmet }
  if (isPersonal(password, owner)) return { kind: 'guessable', reason: 'personal' }
  return (await isCommon(password)) ? { kind: 'guessable', reason: 'common' } : null
}

/** Throws `password-rules`, `password-guessable`, or `invalid-input` for one that is too long. */
export async function assertNewPassword(
  password: string,
  owner: { name: string; email: string },
): Promise<void> {
  const flaw = await flawOf(password, owner)
  switch (flaw?.kind) {
    case 'too-long':
      throw new ProblemError('invalid-input', {
        errors: [{ path: 'next', message: `at most ${passwordMaxLength} characters` }],
      })
    case 'rules':
      throw new ProblemError('password-rules', { unmet: flaw.unmet })
    case 'guessable':
      throw new ProblemError('password-guessable', { reason: flaw.reason })
  }
}
