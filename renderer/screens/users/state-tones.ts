import type { UserRow } from '../../../contract/users.ts'

/** The tone that repeats what the word of a state says. */
export const stateTones = {
  invited: 'info',
  active: 'success',
  deactivated: 'plain',
} as const satisfies Record<UserRow['state'], string>
