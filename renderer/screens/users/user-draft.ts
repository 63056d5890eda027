import type { AccessOutput, Grants } from '../../../contract/access.ts'
import type { CallInput } from '../../../contract/ipc.ts'
import type { Role } from '../../../contract/permissions.ts'
import type { Profile } from '../../../contract/profiles.ts'
import type { User } from '../../../contract/users.ts'
import { looksLikeEmail } from '../../looks-like-email.ts'

type Given = CallInput<'users.update'>

/** What the form holds. Every kind of access keeps what was chosen in it, so that trying another loses nothing. */
export interface Draft {
  name: string
  email: string
  role: Role
  language: User['language']
  kind: AccessOutput['kind']
  profileId: string
  grants: Grants
  hours: User['hours']
}
export const draftFields = ['name', 'email', 'role', 'language', 'access', 'hours'] as const
export type DraftField = (typeof draftFields)[number]

export const emptyDraft = (language: User['language']): Draft => ({
  name: '',
  email: '',
  role: 'agent',
  language,
  kind: 'none',
  profileId: '',
  grants: {},
  hours: null,
})

export const draftOf = ({ name, email, role, language, access, hours }: User): Draft => ({
  name,
  email,
  role,
  language,
  kind: access.kind,
  profileId: access.kind === 'profile' ? access.profileId : '',
  // Custom permissions begin as what the profile gives: they are its exceptions, most often.
  grants: 'grants' in access ? access.grants : {},
  hours,
})

/** The access that a draft means, whole; a profile that is not known any more grants nothing. */
export function accessOf(
  { kind, profileId, grants }: Pick<Draft, 'kind' | 'profileId' | 'grants'>,
  profiles: readonly Pick<Profile, 'id' | 'name' | 'grants'>[],
  now?: AccessOutput,
): AccessOutput {
  if (kind === 'custom') return { kind, grants }
  if (kind !== 'profile') return { kind }
  if (now?.kind === 'profile' && now.profileId === profileId) return now
  const profile = profiles.find(({ id }) => id === profileId)
  return { kind, profileId, name: profile?.name ?? '', grants: profile?.grants ?? {} }
}

/** As `users.create` and `users.update` take it. The owner's role is never sent: nobody may change it. */
export function fieldsOf(draft: Draft): Omit<Given, 'id' | 'version'> {
  const { name, email, role, language, kind, profileId, grants, hours } = draft
  const access: Given['access'] =
    kind === 'profile'
      ? { kind, profileId }
      : kind === 'custom'
        ? { kind, grants: changeable(grants) }
        : { kind }
  return {
    name,
    email,
    role: role === 'agent' ? 'agent' : 'administrator',
    language,
    access,
    hours,
  }
}

type Sent = Extract<Given['access'], { kind: 'custom' }>['grants']
/** The same, in the order of the table and without empty lines, which differ in nothing. */
function changeable(grants: Grants): Sent {
  return Object.fromEntries(
    Object.entries(grants)
      .filter(([, actions]) => actions.length > 0)
      .map(([module, actions]) => [module, [...actions]]),
  )
}

const order = (value: unknown): unknown => {
  if (Array.isArray(value))
    return value
      .map(order)
      .map((it) => JSON.stringify(it))
      .sort()
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, order(inner)]),
  )
}
const same = (a: unknown, b: unknown) => JSON.stringify(order(a)) === JSON.stringify(order(b))

/** The fields in which two drafts differ. */
export function changedFields(a: Draft, b: Draft): DraftField[] {
  const [left, right] = [fieldsOf(a), fieldsOf(b)]
  return draftFields.filter((field) => !same(left[field], right[field]))
}

/** Takes some fields of one draft and the others of another. */
export function mix(base: Draft, other: Draft, fields: ReadonlySet<DraftField>): Draft {
  const { kind, profileId, grants } = fields.has('access') ? other : base
  const pick = <K extends 'name' | 'email' | 'role' | 'language' | 'hours'>(key: K) =>
    (fields.has(key) ? other : base)[key]
  return {
    name: pick('name'),
    email: pick('email'),
    role: pick('role'),
    language: pick('language'),
    hours: pick('hours'),
    ...{ kind, profileId, grants },
  }
}

/** What is wrong before anybody is asked: keys in `locales/`. */
export function errorsIn({ name, email, kind, profileId, hours }: Draft) {
  const found: Partial<Record<DraftField, string>> = {}
  if (!name.trim()) found.name = 'users.errors.name-empty'
  else if (name.trim().length > 200) found.name = 'users.errors.name-long'
  if (!email.trim()) found.email = 'users.errors.email-empty'
  else if (!looksLikeEmail(email)) found.email = 'users.errors.email-invalid'
  if (kind === 'profile' && !profileId) found.access = 'users.errors.profile-empty'
  if (hours?.from && hours.until && hours.from > hours.until) found.hours = 'users.errors.days'
  else if (hours?.weekly.some(({ start, end }) => !start || !end || start >= end))
    found.hours = 'users.errors.hours'
  return found
}
