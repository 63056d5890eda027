import { toValue, watchEffect, type MaybeRefOrGetter } from 'vue'
import { useI18n } from 'vue-i18n'

/** Names the window after what it shows (WCAG 2.4.2). `key`: in `locales/`. */
export function useTitle(key: MaybeRefOrGetter<string>): void {
  const { t } = useI18n()
  watchEffect(() => {
    document.title = `${t(toValue(key))} · ${t('app.name')}`
  })
}
