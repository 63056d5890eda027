import { type Module, moduleNames, modules } from '../contract/permissions.ts'

interface About {
  actions: readonly unknown[]
  everyone?: true
  administration?: true
}
const about = (module: Module): About => modules[module]

/** The modules as they are shown together; the last group is used in the products that own it. */
export const moduleGroups: readonly {
  name: 'everyone' | 'administration' | 'elsewhere'
  modules: readonly Module[]
}[] = [
  { name: 'everyone', modules: moduleNames.filter((it) => about(it).everyone) },
  { name: 'administration', modules: moduleNames.filter((it) => about(it).administration) },
  {
    name: 'elsewhere',
    modules: moduleNames.filter((it) => !about(it).everyone && !about(it).administration),
  },
]

/** Whether everybody has it, so that it is neither given nor taken (U6). */
export const isEveryones = (module: Module): boolean => about(module).everyone === true

/** As names are compared in a search: without case and accents. */
export const plainText = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
