import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { call } from './api.ts'
import { i18n, setLanguage } from './i18n.ts'
import { createScreenRouter } from './router.ts'
import { usePreferences } from './stores/preferences.ts'
import { useSession } from './stores/session.ts'
import { createTheme } from './theme.ts'

const nonce = document.querySelector<HTMLElement>('meta[property="csp-nonce"]')?.nonce ?? ''

async function start(): Promise<void> {
  const app = createApp(App)
  app.use(createPinia())

  // Listen before asking, so that nothing falls between the two.
  const session = useSession()
  session.listen()
  const first = await call('app.start', {})
  session.begin(first)
  const preferences = usePreferences()
  preferences.begin(first)
  await setLanguage(preferences.spoken)

  app.use(i18n).use(createTheme(nonce)).use(createScreenRouter(session)).mount('#app')
}

void start()
