import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { CallInput, CallOutput } from '../../../contract/ipc.ts'
import type { UserRow } from '../../../contract/users.ts'
import { call, CallFailed, on } from '../../api.ts'
import { useSession } from '../../stores/session.ts'

type Query = CallInput<'users.list'>

const pageSize = 100
/** Two changes in a row ask once: at least this long between two refreshes, ms. */
const calm = 1_000

/** A row that moved between two questions is in both answers. */
function append(rows: readonly UserRow[], more: readonly UserRow[]): readonly UserRow[] {
  const known = new Set(rows.map(({ id }) => id))
  return [...rows, ...more.filter(({ id }) => !known.has(id))]
}

/** A list whose pages bring nothing new would be asked for without end. */
const nextOf = ({ next }: { next: string | null }, added: number) => (added > 0 ? next : null)

/**
 * The rows that match, page after page as they come near (keyset: no page is asked for by number).
 * `seen`: how many rows have been in view; a refresh reads as many again, and lets the rest go.
 */
export function useUserPages(query: () => Query, seen: () => number) {
  const rows = shallowRef<readonly UserRow[]>([])
  const total = ref<number | null>(null)
  const failure = shallowRef<CallFailed | null>(null)
  const next = ref<string | null>(null)
  /** Every list that is asked for has a number; an answer to an earlier one comes too late. */
  let list = 0
  const asking = ref(false)

  async function read(wanted: number): Promise<void> {
    const turn = ++list
    asking.value = true
    try {
      let found: readonly UserRow[] = []
      let after: string | null = null
      do {
        const limit = Math.max(pageSize, Math.min(200, wanted - found.length))
        const page: CallOutput<'users.list'> = await call('users.list', {
          ...query(),
          limit,
          ...(after && { after }),
        })
        if (turn !== list) return
        const longer = append(found, page.rows)
        after = nextOf(page, longer.length - found.length)
        found = longer
        total.value = page.total
      } while (after && found.length < wanted)
      rows.value = found
      next.value = after
      failure.value = null
    } catch (error) {
      if (turn === list && error instanceof CallFailed) failure.value = error
    } finally {
      if (turn === list) asking.value = false
    }
  }

  /** The page after the last one. */
  async function extend(): Promise<void> {
    if (asking.value || !next.value) return
    const turn = list
    asking.value = true
    try {
      const page = await call('users.list', { ...query(), limit: pageSize, after: next.value })
      if (turn !== list) return
      const longer = append(rows.value, page.rows)
      next.value = nextOf(page, longer.length - rows.value.length)
      rows.value = longer
      total.value = page.total
      failure.value = null
    } catch (error) {
      if (turn === list && error instanceof CallFailed) failure.value = error
    } finally {
      if (turn === list) asking.value = false
    }
  }

  let last = -calm
  let timer: ReturnType<typeof setTimeout> | undefined
  /** Reads again what is shown; the first change at once, those that follow it together. */
  function refresh(): void {
    clearTimeout(timer)
    const wait = last + calm - performance.now()
    if (wait > 0) {
      timer = setTimeout(refresh, wait)
      return
    }
    last = performance.now()
    void read(seen() + pageSize)
  }

  const session = useSession()
  watch(
    () => session.connection,
    (connection) => connection === 'online' && refresh(),
  )
  // A profile's name stands in its users' rows.
  const stop = on('data.changed', ({ topic }) => {
    if (topic === 'users' || topic === 'profiles') refresh()
  })
  onScopeDispose(() => {
    stop()
    clearTimeout(timer)
    list += 1
  })

  watch(
    query,
    () => {
      rows.value = []
      next.value = null
      void read(pageSize)
    },
    { immediate: true },
  )

  const isFirst = computed(() => asking.value && rows.value.length === 0)
  return {
    rows,
    total,
    failure,
    next,
    asking,
    isFirst,
    extend,
    refresh,
    again: () => read(pageSize),
  }
}
