import { mdiAccountCircleOutline, mdiOfficeBuildingCogOutline, mdiShieldLockOutline } from '@mdi/js'
import type { Component } from 'vue'
import { managers, meets, type Need, type Person } from '../contract/permissions.ts'

interface Place {
  /** Address within the window. */
  path: `/${string}`
  /** Key in `locales/`. */
  title: string
  /** SVG path. */
  icon: string
  need: Need
  component: () => Promise<{ default: Component }>
}

type AtLeastOne<T> = readonly [T, ...T[]]

/** One line of the navigation; its sections are the left column of its page. */
interface Screen extends Place {
  sections: AtLeastOne<Place>
}

/** Everything a person can open. The router, its guard and the navigation are drawn from it. */
export const screens: AtLeastOne<Screen> = [
  {
    path: '/security',
    title: 'security.title',
    icon: mdiShieldLockOutline,
    need: 'signed-in',
    component: () => import('./screens/security/Security.vue'),
    sections: [
      {
        path: '/security/account',
        title: 'security.account.title',
        icon: mdiAccountCircleOutline,
        need: 'signed-in',
        component: () => import('./screens/security/Account.vue'),
      },
      {
        path: '/security/workspace',
        title: 'security.workspace.title',
        icon: mdiOfficeBuildingCogOutline,
        need: managers,
        component: () => import('./screens/security/Workspace.vue'),
      },
    ],
  },
]

/** Those of a list that a person may open. */
export const openTo = <P extends Place>(person: Person | null, places: readonly P[]): P[] =>
  places.filter(({ need }) => meets(person, need).allowed)

/** Where a person starts in a list. Without a session any place will do: the guard opens none. */
export const startOf = (person: Person | null, places: AtLeastOne<Place>): string =>
  (openTo(person, places)[0] ?? places[0]).path
