import type { ColumnType, Generated, GeneratedAlways, JSONColumnType } from 'kysely'
import type { Grants } from '../../contract/access.ts'
import type { Module, ModuleState, Role } from '../../contract/permissions.ts'
import type { Parsed, RouteName } from '../../contract/routes.ts'
import type { EndCause, Language } from '../../contract/sessions.ts'
import type { SignInHours, UserRow } from '../../contract/users.ts'
import type { WebhookDelivery } from '../../contract/webhooks.ts'

/** Set by the database's clock unless given. */
type Stamp = ColumnType<Date, Date | undefined, Date>

/** Written as text, read as what it holds. */
type Json<T> = ColumnType<T, string, string>

export interface Tables {
  workspaces: {
    id: Generated<string>
    link: string
    name: string
    licences: number
    /** IANA name; sign-in hours are told in it. */
    time_zone: Generated<string>
    idle_minutes: Generated<number>
    idle_changed_at: Date | null
    idle_changed_by: string | null
    /** Name without case and accents. */
    name_key: GeneratedAlways<string>
    /** The registered address of the team, as `Email` makes it. */
    email: string | null
    findable: Generated<boolean>
    findable_changed_at: Date | null
    findable_changed_by: string | null
    /** Being deleted, and gone then; `null`: not being deleted (S7). */
    deletes_at: Date | null
    /** Seconds that running clocks have yet to count; 0: may be erased. */
    deletion_seconds_left: number | null
    /** When they were counted last. */
    deletion_counted_at: Date | null
    created_at: Stamp
  }
  users: {
    id: Generated<string>
    workspace_id: string
    email: string
    name: string
    role: Role
    language: Language
    state: Generated<UserRow['state']>
    /** Argon2id, in PHC string format; `null` until an invitation is accepted. */
    password_hash: string | null
    password_changed_at: Date | null
    must_change_password: Generated<boolean>
    access: Generated<UserRow['access']>
    /** With access `profile`. */
    profile_id: string | null
    /** With access `custom`. */
    grants: Json<Grants> | null
    hours: Json<SignInHours> | null
    /** Seals what the person typed and did not save, at the workstation. */
    seal_key: Generated<Buffer>
    agent_mode: Generated<boolean>
    last_sign_in_at: Date | null
    version: Generated<number>
    /** Name without case and accents; the order of the table. */
    name_key: GeneratedAlways<string>
    /** Name and e-mail address without case and accents. */
    search: GeneratedAlways<string>
    created_at: Stamp
  }
  profiles: {
    id: Generated<string>
    workspace_id: string
    name: string
    name_key: GeneratedAlways<string>
    grants: Json<Grants>
    version: Generated<number>
    created_at: Stamp
    changed_at: Stamp
  }
  /** Links that were mailed; at most one of a kind is open (`closed_at` null) for a user. */
  mail_links: {
    id: Generated<string>
    workspace_id: string
    user_id: string
    kind: 'invitation' | 'reset' | 'recovery'
    /** SHA-256 of what stands in the link. */
    token_hash: Buffer
    created_at: Stamp
    expires_at: Date
    /** Used, withdrawn, or replaced by a newer one. */
    closed_at: Date | null
  }
  webhooks: {
    workspace_id: string
    /** `null`: nobody is told. */
    url: string | null
    /** `whsec_…`; signs every message. */
    secret: string
    /** Signs, too, until then. */
    former_secret: string | null
    former_until: Date | null
    changed_at: Stamp
    changed_by: string
  }
  webhook_deliveries: {
    /** `webhook-id` of the message. */
    id: string
    workspace_id: string
    type: WebhookDelivery['type']
    /** As it is signed and sent, to the letter. */
    body: string
    created_at: Stamp
    state: Generated<WebhookDelivery['state']>
    attempts: Generated<number>
    /** When it was last put where it is sent at once. */
    queued_at: Stamp
    last_attempt_at: Date | null
    status: number | null
    error: WebhookDelivery['error']
  }
  /** Answers to deeds that must not happen twice. */
  once_answers: {
    workspace_id: string
    user_id: string
    route: RouteName
    key: string
    answer: Json<unknown>
    created_at: Stamp
  }
  /** Imports that are running, or were asked to stop. */
  imports: {
    workspace_id: string
    /** Whose it is. */
    user_id: string
    /** Chosen by the caller. */
    id: string
    cancelled: Generated<boolean>
    created_at: Stamp
  }
  /** A right password that met no free seat (U4). */
  seat_tickets: {
    id: Generated<string>
    workspace_id: string
    user_id: string
    token_hash: Buffer
    /** The hash that the password was checked against: a change of it makes the ticket worthless. */
    password_hash: string
    device: Json<Parsed<'sessions.create'>['device']>
    created_at: Stamp
    expires_at: Date
    /** In line since; `null`: does not wait. */
    queued_at: Date | null
    asked_at: Stamp
  }
  /** The use of the licences, minute by minute. */
  seat_samples: {
    workspace_id: string
    at: Date
    taken: Generated<number>
    licences: number
    refused: Generated<number>
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
    /** Name of whoever ended it, and why, where a person did. */
    ended_by: string | null
    ended_reason: string | null
    /** The end of the account's hours that this session was warned of. */
    hours_end_told: Date | null
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
