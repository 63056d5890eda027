import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import type { CallInput, CallOutput } from '../../../contract/ipc.ts'
import { call, CallFailed, on } from '../../api.ts'
import { usePreferences } from '../../stores/preferences.ts'
import { readCsv, type ReadFile } from './import-file.ts'

type Given = CallInput<'imports.preview'>
export type Columns = Given['columns']
export type Defaults = Given['defaults']
export const steps = ['file', 'columns', 'rows', 'run'] as const
export type Step = (typeof steps)[number]

/** One import, from the choice of a file to its result. Nothing is written before `run`. */
export function useImport() {
  const step = ref<Step>('file')
  const name = ref('')
  const csv = ref('')
  const wrong = ref<Extract<ReadFile, { error: string }>['error'] | null>(null)
  const read = shallowRef<CallOutput<'imports.read'> | null>(null)
  const columns = ref<Columns>({})
  const defaults = ref<Defaults>({
    role: 'agent',
    language: usePreferences().spoken,
    profileId: null,
  })
  const preview = shallowRef<CallOutput<'imports.preview'> | null>(null)
  const progress = shallowRef<{ done: number; total: number } | null>(null)
  const result = shallowRef<CallOutput<'imports.run'> | null>(null)
  const failure = shallowRef<CallFailed | null>(null)
  const busy = ref(false)
  const cancelling = ref(false)
  let id = ''

  const valid = computed(
    () =>
      preview.value?.rows.filter(({ outcome }) => outcome === 'new' || outcome === 'change')
        .length ?? 0,
  )

  /** One at a time; answers whether it went well. */
  async function attempt(work: () => Promise<void>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    failure.value = null
    try {
      await work()
      return true
    } catch (error) {
      if (error instanceof CallFailed) failure.value = error
      return false
    } finally {
      busy.value = false
    }
  }

  const choose = (file: File) =>
    attempt(async () => {
      name.value = file.name
      read.value = null
      const found = await readCsv(file)
      wrong.value = 'error' in found ? found.error : null
      if ('error' in found) return
      csv.value = found.csv
      read.value = await call('imports.read', { csv: found.csv })
      columns.value = read.value.proposed
      step.value = 'columns'
    })

  const given = (): Given => ({ csv: csv.value, columns: columns.value, defaults: defaults.value })

  const look = () =>
    attempt(async () => {
      preview.value = await call('imports.preview', given())
      step.value = 'rows'
    })

  /** Who is told of the progress is known before it begins, so that it can be cancelled. */
  const run = () =>
    attempt(async () => {
      if (!preview.value) return
      id = crypto.randomUUID()
      cancelling.value = false
      progress.value = { done: 0, total: valid.value }
      step.value = 'run'
      try {
        const { digest } = preview.value
        result.value = await call('imports.run', { ...given(), digest, id })
      } finally {
        progress.value = null
      }
    })

  async function cancel(): Promise<void> {
    cancelling.value = true
    // It may be over by now: then its own answer says so.
    await call('imports.cancel', { id }).catch(() => (cancelling.value = false))
  }

  onScopeDispose(
    on('import.progressed', (it) => {
      if (it.id === id && progress.value) progress.value = { done: it.done, total: it.total }
    }),
  )

  /** Back to a step that was passed; what was chosen in it is still there. */
  function back(to: Step): void {
    failure.value = null
    step.value = to
  }

  return {
    step,
    name,
    wrong,
    read,
    columns,
    defaults,
    preview,
    valid,
    progress,
    result,
    failure,
    busy,
    cancelling,
    choose,
    look,
    run,
    cancel,
    back,
  }
}
