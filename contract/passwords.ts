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
