import type { ColumnType, Generated, JSONColumnType } from 'kysely'
import type { Module, ModuleState, Role } from '../../contract/permissions.ts'
import type { EndCause, Language } from '../../contract/sessions.ts'

/** Set by the database's clock unless given. */
type Stamp = ColumnType<Date, Date | undefined, Date>

export interface Tables {
  workspaces: {
    id: Generated<string>
    link: string
    name: string
    licences: number
    idle_minutes: Generated<number>
    idle_changed_at: Date | null
    idle_changed_by: string | null
    created_at: Stamp
  }
  users: {
    id: Generated<string>
    workspace_id: string
    email: string
    name: string
    role: Role
    language: Language
    state: Generated<'active' | 'disabled'>
    /** Argon2id, in PHC string format. */
    password_hash: string
    password_changed_at: Date | null
    created_at: Stamp
  }
  /** Modules that are not active; no row means active. */
  workspace_modules: {
    workspace_id: string
    module: Module
    state: Exclude<ModuleState, 'active'>
  }
  sessions: {
    id: Generated<string>
    workspace_id: string
    user_id: string
    /** SHA-256 of the token; the token itself is kept nowhere. */
    token_hash: Buffer
    device_id: string
    device_name: string
    device_platform: string
    device_version: string
    address: string
    created_at: Stamp
    /** Last human input, as far as reports tell. */
    last_activity_at: Stamp
    /** Renews the lease of the seat. */
    last_report_at: Stamp
    expires_at: Date
    ended_at: Date | null
    ended_cause: EndCause | null
  }
  sign_in_failures: {
    /** SHA-256 of what is guarded (account or address): what people mistype is not kept. */
    key: Buffer
    failures: number
    last_at: Stamp
    blocked_until: Stamp
  }
  /** Append only: the database refuses to change or delete a row. */
  audit: {
    id: Generated<string>
    workspace_id: string
    at: Stamp
    actor_id: string | null
    actor_name: string
    session_id: string | null
    address: string | null
    kind: string
    target: string | null
    before: JSONColumnType<object> | null
    after: JSONColumnType<object> | null
  }
}
