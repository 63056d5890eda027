import { useI18n } from 'vue-i18n'
import type { Because, Permission } from '../../contract/permissions.ts'

/** Says rights, and the reasons of a decision (B4), in the language of the window. */
export function usePermissionWords() {
  const { t, locale } = useI18n()

  const module = (it: Permission['module']) => t(`modules.names.${it}`)
  const action = (it: Permission['action']) => t(`permissions.actions.${it}`)
  const right = (it: Permission) =>
    t('permissions.right', { module: module(it.module), action: action(it.action) })

  function reason(because: Because): string {
    switch (because.kind) {
      case 'module-state':
        return t(`permissions.because.module-state.${because.state}`, {
          module: module(because.module),
        })
      case 'no-such-action':
        return t('permissions.because.no-such-action', {
          module: module(because.module),
          action: action(because.action),
        })
      case 'role':
        return t(`permissions.because.role.${because.role}`)
      case 'profile':
        return t('permissions.because.profile', { name: because.name })
      case 'no-access':
        return t(`permissions.because.no-access.${because.access}`)
      case 'role-needed': {
        const roles = because.roles.map((it) => t(`roles.${it}`))
        const list = new Intl.ListFormat(locale.value, { type: 'disjunction' })
        return t('permissions.because.role-needed', { roles: list.format(roles) })
      }
      default:
        return t(`permissions.because.${because.kind}`)
    }
  }

  return { module, action, right, reason }
}
