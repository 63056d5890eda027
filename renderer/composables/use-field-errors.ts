import { type MaybeRefOrGetter, ref, type ShallowRef, toValue, useTemplateRef } from 'vue'
import { useI18n } from 'vue-i18n'

interface Field {
  focus(): void
}

/**
 * What is wrong in a form, said at its fields. `names`: the fields from top to bottom, each also the
 * template ref of what takes the focus. `words`: what the messages name.
 */
export function useFieldErrors<N extends string>(
  names: readonly N[],
  words: MaybeRefOrGetter<Record<string, string | number>> = {},
) {
  const { t } = useI18n()
  /** Keys in `locales/`, so that they follow a change of language. */
  const errors = ref<Partial<Record<string, string>>>({})
  const fields = Object.fromEntries(
    names.map((it) => [it, useTemplateRef<Field>(it)]),
  ) as unknown as Record<N, Readonly<ShallowRef<Field | null>>> // fromEntries forgets the keys

  const tell = (found: Partial<Record<N, string>>) => (errors.value = { ...found })

  function said(name: N): string | null {
    const key = errors.value[name]
    return key ? t(key, toValue(words)) : null
  }

  /** Puts the focus on the first field that is wrong; answers whether there is one. */
  function focusError(): boolean {
    const first = names.find((it) => errors.value[it])
    if (first) fields[first].value?.focus()
    return first !== undefined
  }

  return { fields, tell, said, focusError }
}
