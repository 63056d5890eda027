import { useI18n } from 'vue-i18n'
import { moduleNames } from '../../../contract/permissions.ts'
import type { Profile } from '../../../contract/profiles.ts'
import { usePermissionWords } from '../../composables/use-permission-words.ts'
import type { Draft, DraftField } from './user-draft.ts'

const languages: Record<Draft['language'], string> = {
  es: 'Español',
  en: 'English',
  'pt-BR': 'Português',
}

/** Says a field of a user, whole, to be held against another version of it. */
export function useDraftWords(profiles: () => readonly Profile[]) {
  const { t, locale } = useI18n()
  const words = usePermissionWords()

  function access({ kind, profileId, grants }: Draft): string {
    if (kind === 'profile')
      return profiles().find(({ id }) => id === profileId)?.name ?? t('users.access.profile')
    if (kind !== 'custom') return t(`users.access.${kind}`)
    const lines = moduleNames.flatMap((module) => {
      const actions = grants[module] ?? []
      if (actions.length === 0) return []
      return `${words.module(module)}: ${actions.map(words.action).join(', ')}`
    })
    return [t('users.access.custom'), ...lines].join('\n')
  }

  function hours(it: Draft['hours']): string {
    if (!it) return t('users.hours.none')
    const day = new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium', timeZone: 'UTC' })
    const weekday = new Intl.DateTimeFormat(locale.value, { weekday: 'short', timeZone: 'UTC' })
    return [
      ...(it.from ? [`${t('users.hours.from')} ${day.format(new Date(it.from))}`] : []),
      ...(it.until ? [`${t('users.hours.until')} ${day.format(new Date(it.until))}`] : []),
      ...it.weekly.map(
        (one) => `${weekday.format(Date.UTC(2025, 0, 5 + one.day))} ${one.start}–${one.end}`,
      ),
    ].join('\n')
  }

  return (draft: Draft, field: DraftField): string => {
    switch (field) {
      case 'access':
        return access(draft)
      case 'hours':
        return hours(draft.hours)
      case 'role':
        return t(`roles.${draft.role}`)
      case 'language':
        return languages[draft.language]
      default:
        return draft[field]
    }
  }
}
