import type { CallFailed } from '../../api.ts'
import { type DraftField, draftFields } from './user-draft.ts'

/** The field that a problem speaks of, with the key of its words; none where it speaks of all. */
export function fieldErrors({ code, problem }: CallFailed): Partial<Record<DraftField, string>> {
  if (code === 'email-taken') return { email: 'problems.email-taken' }
  if (code === 'no-such-profile') return { access: 'problems.no-such-profile' }
  if (code === 'beyond-own-rights') return { access: 'problems.beyond-own-rights' }
  if (code !== 'invalid-input' || !Array.isArray(problem['errors'])) return {}
  const paths = problem['errors'].map((it: { path: string }) => it.path.split('.')[0])
  return Object.fromEntries(
    draftFields
      .filter((field) => paths.includes(field))
      .map((field) => [field, `users.errors.${field}-refused`]),
  )
}
