import {
  mdiAccountCircleOutline,
  mdiAccountGroupOutline,
  mdiAccountKeyOutline,
  mdiOfficeBuildingCogOutline,
  mdiSeatOutline,
  mdiShieldLockOutline,
} from '@mdi/js'
import type { Component } from 'vue'
import { managers, meets, type Need, type Person } from '../contract/permissions.ts'

/** What an address shows. */
export interface Page {
  /** Address within the window. */
  path: `/${string}`
  /** Key in `locales/`. */
  title: string
  need: Need
  component: () => Promise<{ default: Component }>
}

interface Place extends Page {
  /** SVG path. */
  icon: string
}

type AtLeastOne<T> = readonly [T, ...T[]]

/** One line of the navigation. */
interface Screen extends Place {
  /** The left column of its page; without any, the screen is a page of its own. */
  sections?: AtLeastOne<Place>
  /** What opens above it and is in no list: one of the things that it shows. */
  details?: readonly Page[]
}

/** Everything a person can open. The router, its guard and the navigation are drawn from it. */
export const screens: AtLeastOne<Screen> = [
  {
    path: '/users',
    title: 'users.title',
    icon: mdiAccountGroupOutline,
    need: { module: 'users', action: 'view' },
    component: () => import('./screens/users/Users.vue'),
    details: [
      {
        path: '/users/:id',
        title: 'users.one',
        need: { module: 'users', action: 'view' },
        component: () => import('./screens/users/UserPage.vue'),
      },
      {
        path: '/users/:id/compare/:other',
        title: 'users.compare.title',
        need: { module: 'users', action: 'view' },
        component: () => import('./screens/users/ComparePage.vue'),
      },
    ],
  },
  {
    path: '/profiles',
    title: 'profiles.title',
    icon: mdiAccountKeyOutline,
    need: { module: 'profiles', action: 'view' },
    component: () => import('./screens/profiles/Profiles.vue'),
    details: [
      {
        path: '/profiles/:id',
        title: 'profiles.one',
        need: { module: 'profiles', action: 'view' },
        component: () => import('./screens/profiles/Profile.vue'),
      },
    ],
  },
  {
    path: '/licences',
    title: 'licences.title',
    icon: mdiSeatOutline,
    need: { module: 'supervision', action: 'view' },
    component: () => import('./screens/licences/Licences.vue'),
  },
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
