import { computed, ref, watch } from 'vue'
import type { Grants } from '../../../contract/access.ts'
import type { Profile } from '../../../contract/profiles.ts'
import { changesOf, type Grantable, grants } from '../../components/permission-matrix.ts'
import { decide, type Person } from '../../../contract/permissions.ts'

/**
 * What is edited of a profile. It follows what others save as long as nothing was changed here;
 * afterwards the version that the edit began with stays, so that saving meets the conflict.
 */
export function useProfileForm(
  saved: () => Profile | null,
  first: { name: string; grants: Grants },
) {
  const name = ref(first.name)
  const given = ref<Grants>(first.grants)
  /** What the edit began with. */
  const base = ref<Profile | null>(saved())

  const changes = computed(() => changesOf(given.value, base.value?.grants ?? {}))
  const renamed = computed(() => name.value.trim() !== (base.value?.name ?? ''))
  const dirty = computed(() => renamed.value || changes.value.length > 0)

  /** Begins anew with a version. */
  function begin(profile: Profile): void {
    base.value = profile
    name.value = profile.name
    given.value = profile.grants
  }
  function undo(): void {
    const now = saved()
    if (now) begin(now)
  }
  watch(saved, (now) => now && !dirty.value && begin(now))

  return { name, given, base, changes, dirty, begin, undo }
}

/** What a person may turn on in a profile: what they hold, and what is saved in it already. */
export const grantableBy =
  (person: Person | null, saved: Grants): Grantable =>
  (module, action) =>
    grants(saved, { module, action }) ||
    // As though every module were on: a right is held all the same while its module is off.
    (person !== null && decide({ ...person, moduleStates: {} }, module, action).allowed)
