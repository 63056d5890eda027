import { computed, ref, shallowRef, watch } from 'vue'

/** Which rows are chosen, by id. A row that leaves the list is no longer chosen. */
export function useSelection(rows: () => readonly { id: string }[]) {
  const chosen = shallowRef<ReadonlySet<string>>(new Set())
  /** Where a range begins: the last row that was chosen alone. */
  const anchor = ref<string | null>(null)

  const all = computed(() => rows().length > 0 && chosen.value.size === rows().length)
  const some = computed(() => chosen.value.size > 0 && !all.value)

  function toggle(id: string): void {
    const next = new Set(chosen.value)
    if (!next.delete(id)) next.add(id)
    chosen.value = next
    anchor.value = id
  }

  /** From where the last one was chosen to here, both included. */
  function extendTo(id: string): void {
    const ids = rows().map((row) => row.id)
    const ends = [ids.indexOf(anchor.value ?? id), ids.indexOf(id)]
    if (ends.includes(-1)) {
      toggle(id)
      return
    }
    const [from, to] = [Math.min(...ends), Math.max(...ends)]
    chosen.value = new Set([...chosen.value, ...ids.slice(from, to + 1)])
  }

  function toggleAll(): void {
    chosen.value = new Set(all.value ? [] : rows().map(({ id }) => id))
  }

  function clear(): void {
    chosen.value = new Set()
    anchor.value = null
  }

  watch(rows, (now) => {
    const here = new Set(now.map(({ id }) => id))
    const left = [...chosen.value].filter((id) => here.has(id))
    if (left.length < chosen.value.size) chosen.value = new Set(left)
  })

  return { chosen, all, some, toggle, extendTo, toggleAll, clear }
}
