import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import type { CallInput } from '../../../contract/ipc.ts'
import { useSession } from '../../stores/session.ts'

type Query = CallInput<'users.list'>
export type Sort = NonNullable<Query['sort']>
/** What narrows the list besides the search. */
export type Filter = Pick<
  Query,
  'role' | 'access' | 'profileId' | 'state' | 'agentMode' | 'signedIn'
>

/** `sort`: by what its head sorts; `width`: as a track of the grid. The name is always shown. */
export const columns = [
  { key: 'name', sort: 'name', width: 'minmax(200px, 1.7fr)' },
  { key: 'email', sort: 'email', width: 'minmax(180px, 2fr)' },
  { key: 'role', sort: 'role', width: 'minmax(132px, 0.8fr)' },
  { key: 'access', sort: null, width: 'minmax(150px, 1.4fr)' },
  { key: 'state', sort: 'state', width: 'minmax(116px, 0.7fr)' },
  { key: 'signedIn', sort: null, width: 'minmax(120px, 0.7fr)' },
  { key: 'agentMode', sort: null, width: 'minmax(124px, 0.7fr)' },
  { key: 'lastSignInAt', sort: 'lastSignInAt', width: 'minmax(140px, 0.9fr)' },
  { key: 'createdAt', sort: 'createdAt', width: 'minmax(140px, 0.9fr)' },
] as const satisfies readonly { key: string; sort: Sort | null; width: string }[]
export type ColumnKey = (typeof columns)[number]['key']

const shownAtFirst: readonly ColumnKey[] = ['name', 'role', 'access', 'state', 'signedIn']

/** How a person looks at the list; kept while the window is open, and for that person alone. */
export const useUsersView = defineStore('users-view', () => {
  const search = ref('')
  const filter = ref<Filter>({})
  const sort = ref<Sort>('name')
  const descending = ref(false)
  const shown = ref<readonly ColumnKey[]>(shownAtFirst)

  const query = computed<Query>(() => ({
    ...filter.value,
    ...(search.value.trim() && { search: search.value.trim() }),
    sort: sort.value,
    descending: descending.value,
  }))
  /** As the export takes it. */
  const narrowed = computed<CallInput<'users.export'>>(() => ({
    ...filter.value,
    ...(search.value.trim() && { search: search.value.trim() }),
  }))
  const isNarrowed = computed(() => Object.keys(narrowed.value).length > 0)
  const visible = computed(() => columns.filter(({ key }) => shown.value.includes(key)))

  /** A second time on the same column turns the order around. */
  function sortBy(by: Sort): void {
    descending.value = sort.value === by && !descending.value
    sort.value = by
  }

  /** Without `value`, the filter is taken off. */
  function narrow<K extends keyof Filter>(key: K, value?: Filter[K]): void {
    const others = Object.fromEntries(Object.entries(filter.value).filter(([it]) => it !== key))
    filter.value = value === undefined ? others : { ...others, [key]: value }
  }

  function clear(): void {
    search.value = ''
    filter.value = {}
  }

  const session = useSession()
  watch(
    () => session.who?.person.id,
    (now, before) => {
      if (!now || !before || now === before) return
      clear()
      shown.value = shownAtFirst
    },
  )

  return {
    search,
    filter,
    sort,
    descending,
    shown,
    query,
    narrowed,
    isNarrowed,
    visible,
    sortBy,
    narrow,
    clear,
  }
})
