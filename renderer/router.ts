import { watch } from 'vue'
import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router'
import { meets } from '../contract/permissions.ts'
import { screens, startOf } from './screens.ts'
import type { Session } from './stores/session.ts'

const routes = (session: Session): RouteRecordRaw[] => [
  ...screens.map(({ path, title, need, component, sections }): RouteRecordRaw => ({
    path,
    component,
    meta: { title, need },
    children: [
      { path: '', redirect: () => startOf(session.person, sections) },
      ...sections.map((section): RouteRecordRaw => ({
        path: section.path,
        component: section.component,
        meta: { title: section.title, need: section.need },
      })),
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

  let last: string | null = null
  watch(
    () => session.who,
    async (who) => {
      if (!who) return
      const sameAsBefore = last === null || last === who.person.id
      last = who.person.id
      const wanted = router.options.history.location
      await router.replace({ path: sameAsBefore ? wanted : '/', force: true })
    },
    { immediate: true },
  )

  return router
}
