import { onScopeDispose, shallowRef } from 'vue'
import type { Profile } from '../../../contract/profiles.ts'
import { call, on } from '../../api.ts'
import { useSession } from '../../stores/session.ts'

/** The workspace's profiles, to choose from; none for who may not see them. */
export function useProfiles() {
  const session = useSession()
  const profiles = shallowRef<readonly Profile[]>([])

  async function read(): Promise<void> {
    if (!session.can('profiles.list')) return
    // Without them there is less to choose from, and nothing else is lost.
    const answer = await call('profiles.list', {}).catch(() => null)
    if (answer) profiles.value = answer.profiles
  }

  onScopeDispose(on('data.changed', ({ topic }) => topic === 'profiles' && void read()))
  void read()
  return profiles
}
