import { mdiChevronDown, mdiClose, mdiMenu } from '@mdi/js'
import { useI18n } from 'vue-i18n'
import { createVuetify, type ThemeDefinition } from 'vuetify'
import { mdi } from 'vuetify/iconsets/mdi-svg'
import { createVueI18nAdapter } from 'vuetify/locale/adapters/vue-i18n'
import { i18n } from './i18n.ts'
import 'vuetify/styles/core'
import './styles/vuetify.css'

/** Every pair of text and ground below has a contrast of 4.5 or more; of lines and icons, 3 (WCAG AA). */
const light: ThemeDefinition = {
  dark: false,
  colors: {
    background: '#f4f6f7',
    surface: '#ffffff',
    'on-background': '#17212b',
    'on-surface': '#17212b',
    muted: '#55626f',
    line: '#dde3e7',
    'line-strong': '#7d8a96',
    primary: '#0a6570',
    'on-primary': '#ffffff',
    error: '#b3261e',
    warning: '#8a5200',
    success: '#1a6b3f',
    info: '#0a6570',
  },
}

const dark: ThemeDefinition = {
  dark: true,
  colors: {
    background: '#0e1418',
    surface: '#161e24',
    'on-background': '#e7edf1',
    'on-surface': '#e7edf1',
    muted: '#a0aeb9',
    line: '#28333b',
    'line-strong': '#6f7f8b',
    primary: '#6fd0d8',
    'on-primary': '#04262a',
    error: '#ff9a91',
    warning: '#f3bd66',
    success: '#77d69a',
    info: '#6fd0d8',
  },
}

/** `nonce`: what the content security policy asks of the one style element that Vuetify writes. */
export const createTheme = (nonce: string) =>
  createVuetify({
    theme: {
      defaultTheme: 'system',
      cspNonce: nonce,
      variations: false,
      themes: { light, dark },
    },
    icons: {
      defaultSet: 'mdi',
      sets: { mdi },
      aliases: { close: mdiClose, menu: mdiMenu, dropdown: mdiChevronDown },
    },
    locale: { adapter: createVueI18nAdapter({ i18n, useI18n }) },
    defaults: {
      VBtn: { variant: 'flat', ripple: false },
      VTextField: { variant: 'outlined', density: 'compact', hideDetails: 'auto' },
      VMenu: { offset: 8 },
      VSlider: { color: 'primary', hideDetails: true, ripple: false },
    },
  })
