import type { Tables } from './db/tables.ts'
import type { WorkspaceTable } from './db/workspace-tables.ts'

/**
 * What becomes of a column: `true`: it is exported. `secret`: it lets somebody in, or proves who they
 * are. `technical`: it repeats others, or means nothing outside of this database.
 */
type Use = true | 'secret' | 'technical'

type ExportedTable = 'workspaces' | WorkspaceTable

/** A new column does not compile before somebody has decided about it. */
const uses: { [T in ExportedTable]: Record<keyof Tables[T], Use> } = {
  workspaces: {
    id: true,
    link: true,
    name: true,
    licences: true,
    time_zone: true,
    idle_minutes: true,
    idle_changed_at: true,
    idle_changed_by: true,
    email: true,
    findable: true,
    findable_changed_at: true,
    findable_changed_by: true,
    created_at: true,
    name_key: 'technical',
    deletes_at: 'technical',
    deletion_seconds_left: 'technical',
    deletion_counted_at: 'technical',
  },
  workspace_modules: { workspace_id: true, module: true, state: true },
  profiles: {
    id: true,
    workspace_id: true,
    name: true,
    grants: true,
    created_at: true,
    changed_at: true,
    version: true,
    name_key: 'technical',
  },
  users: {
    id: true,
    workspace_id: true,
    email: true,
    name: true,
    role: true,
    language: true,
    state: true,
    access: true,
    profile_id: true,
    grants: true,
    hours: true,
    agent_mode: true,
    seal_key: 'secret',
    must_change_password: true,
    password_changed_at: true,
    last_sign_in_at: true,
    created_at: true,
    version: true,
    password_hash: 'secret',
    name_key: 'technical',
    search: 'technical',
  },
  mail_links: {
    id: true,
    workspace_id: true,
    user_id: true,
    kind: true,
    created_at: true,
    expires_at: true,
    closed_at: true,
    token_hash: 'secret',
  },
  imports: { id: true, workspace_id: true, user_id: true, cancelled: true, created_at: true },
  sessions: {
    id: true,
    workspace_id: true,
    user_id: true,
    device_id: true,
    device_name: true,
    device_platform: true,
    device_version: true,
    address: true,
    created_at: true,
    last_activity_at: true,
    last_report_at: true,
    expires_at: true,
    ended_at: true,
    ended_cause: true,
    ended_by: true,
    ended_reason: true,
    hours_end_told: 'technical',
    token_hash: 'secret',
  },
  seat_tickets: {
    id: true,
    workspace_id: true,
    user_id: true,
    device: true,
    created_at: true,
    expires_at: true,
    queued_at: true,
    asked_at: true,
    token_hash: 'secret',
    password_hash: 'secret',
  },
  seat_samples: { workspace_id: true, at: true, taken: true, licences: true, refused: true },
  webhooks: {
    workspace_id: true,
    url: true,
    changed_at: true,
    changed_by: true,
    former_until: 'technical',
    secret: 'secret',
    former_secret: 'secret',
  },
  webhook_deliveries: {
    id: true,
    workspace_id: true,
    type: true,
    body: true,
    created_at: true,
    state: true,
    attempts: true,
    queued_at: 'technical',
    last_attempt_at: true,
    status: true,
    error: true,
  },
  // Answers may hold what is shown only once, such as a secret.
  once_answers: {
    workspace_id: 'technical',
    user_id: 'technical',
    route: 'technical',
    key: 'technical',
    answer: 'secret',
    created_at: 'technical',
  },
  audit: {
    id: true,
    workspace_id: true,
    at: true,
    actor_id: true,
    actor_name: true,
    session_id: true,
    address: true,
    kind: true,
    target: true,
    before: true,
    after: true,
  },
}

/** The columns of each table that leave the backend in an export, in the order of the file. */
export const exportedColumns = Object.entries(uses)
  .map(([table, columns]) => ({ table, columns: Object.entries<Use>(columns) }))
  .map(({ table, columns }) => ({
    table,
    columns: columns.filter(([, use]) => use === true).map(([name]) => name),
  }))
  .filter(({ columns }) => columns.length > 0)
