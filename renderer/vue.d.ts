/** For ESLint, which does not read .vue files; vue-tsc does, and never comes to this. */
declare module '*.vue' {
  import type { DefineComponent } from 'vue'

  const component: DefineComponent
  export default component
}
