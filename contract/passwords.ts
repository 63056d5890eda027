/**
 * The password rules (S1), as data: the form ticks them one by one, the backend refuses by the same
 * list. Letters are Unicode letters; a space counts as a symbol. Pasting is allowed everywhere
 * (OWASP ASVS 5.0, 6.2.7).
 */
export const passwordRules = [
  { id: 'length', met: (password: string) => Array.from(password).length >= 8 },
  { id: 'upper', met: (password: string) => /\p{Lu}/u.test(password) },
  { id: 'lower', met: (password: string) => /\p{Ll}/u.test(password) },
  { id: 'number-or-symbol', met: (password: string) => /[^\p{L}\p{M}]/u.test(password) },
] as const

export type PasswordRule = (typeof passwordRules)[number]['id']

/** Characters; ASVS 5.0, 6.2.9 asks for at least 64. */
export const passwordMaxLength = 128

/** The rules that a password does not meet. */
export const unmetRules = (password: string): PasswordRule[] =>
  passwordRules.filter((rule) => !rule.met(password)).map((rule) => rule.id)

/** Letters alone, without case and accents: what is left of “Beatriz-1!” is `beatriz`. */
const letters = (text: string) => text.normalize('NFD').toLowerCase().replace(/\P{L}/gu, '')

/** Shorter parts of a name (de, Ana) stand in too many words to mean anything. */
const shortestPart = 4

/**
 * Whether a password is the person's own e-mail address or name, with or without numbers and symbols
 * around it (ASVS 5.0, 6.2.11).
 */
export function isPersonal(password: string, { name, email }: { name: string; email: string }) {
  const plain = letters(password)
  if (password.toLowerCase().includes(email.toLowerCase())) return true
  const [local = ''] = email.split('@')
  const own = [name, email, local, ...name.split(/\s+/), ...local.split(/[^\p{L}]+/u)]
  return own.map(letters).some((part) => part.length >= shortestPart && part === plain)
}
