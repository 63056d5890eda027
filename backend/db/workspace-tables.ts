import type { Tables } from './tables.ts'

/** Every table whose rows belong to a workspace. */
export type WorkspaceTable = {
  [T in keyof Tables]: 'workspace_id' extends keyof Tables[T] ? T : never
}[keyof Tables]
