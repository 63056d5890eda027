import { watch } from 'vue'
import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router'
import { meets } from '../contract/permissions.ts'
import { type Page, screens, startOf } from './screens.ts'
import type { Session } from './stores/session.ts'

const routeOf = ({ path, title, need, component }: Page): RouteRecordRaw => ({
  path,
  component,
  meta: { title, need },
})

const routes = (session: Session): RouteRecordRaw[] => [
  ...screens.map(({ sections, details = [], ...screen }): RouteRecordRaw => ({
    ...routeOf(screen),
    children: [
      ...(sections ? [{ path: '', redirect: () => startOf(session.person, sections) }] : []),
      ...[...(sections ?? []), ...details].map(routeOf),
    ],
  })),
  { path: '/:anywhere(.*)*', redirect: () => startOf(session.person, screens) },
]

/**
 * Opens nothing without a session, and nothing that its person may not see. Who signs in again
 * comes back to the same page (B3); somebody else starts at the first one.
 */
export function createScreenRouter(session: Session) {
  const router = createRouter({ history: createWebHashHistory(), routes: routes(session) })

  router.beforeEach((to) => {
    const { person } = session
    if (!person) return false
    const allowed = to.matched.every(({ meta }) => meets(person, meta.need ?? 'signed-in').allowed)
    return allowed || { path: '/' }
  })

  // Main empties the page when a session ends, and tells it for whom the form is filled in.
  let last = session.state.status === 'signed-out' ? session.state.form.email : ''
  watch(
    () => session.who,
    async (who) => {
      if (!who) return
      const sameAsBefore = last === '' || last === who.person.email
      last = who.person.email
      const wanted = router.options.history.location
      await router.replace({ path: sameAsBefore ? wanted : '/', force: true })
    },
    { immediate: true },
  )

  return router
}
