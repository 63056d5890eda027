import type { SignedIn } from '../../../contract/sessions.ts'

/** Whoever has a profile may not change it: that would be changing one's own access. */
export const isOwn = (who: SignedIn | null, profileId: string): boolean =>
  who?.person.access.kind === 'profile' && who.person.access.profileId === profileId
