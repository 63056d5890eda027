import { type Kysely, sql } from 'kysely'

/** Foreign keys carry the workspace, so that no row can point into another one. */
const statements = [
  sql`
    create table workspaces (
      id uuid primary key default gen_random_uuid(),
      link text not null unique check (link ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
      name text not null check (name <> ''),
      licences int not null check (licences >= 1),
      idle_minutes int not null default 30 check (idle_minutes between 1 and 120),
      idle_changed_at timestamptz,
      idle_changed_by text,
      created_at timestamptz not null default now()
    )`,
  sql`
    create table users (
      id uuid primary key default gen_random_uuid(),
      workspace_id uuid not null references workspaces on delete cascade,
      email text not null,
      name text not null check (name <> ''),
      role text not null check (role in ('owner', 'administrator', 'agent')),
      language text not null check (language in ('es', 'en', 'pt-BR')),
      state text not null default 'active' check (state in ('active', 'disabled')),
      password_hash text not null,
      password_changed_at timestamptz,
      created_at timestamptz not null default now(),
      unique (workspace_id, email),
      unique (workspace_id, id)
    )`,
  sql`create unique index one_owner on users (workspace_id) where role = 'owner'`,
  sql`
    create table workspace_modules (
      workspace_id uuid not null references workspaces on delete cascade,
      module text not null,
      state text not null check (state in ('inactive', 'hidden')),
      primary key (workspace_id, module)
    )`,
  sql`
    create table sessions (
      id uuid primary key default gen_random_uuid(),
      workspace_id uuid not null,
      user_id uuid not null,
      token_hash bytea not null unique,
      device_id uuid not null,
      device_name text not null,
      device_platform text not null,
      device_version text not null,
      address text not null,
      created_at timestamptz not null default now(),
      last_activity_at timestamptz not null default now(),
      last_report_at timestamptz not null default now(),
      expires_at timestamptz not null,
      ended_at timestamptz,
      ended_cause text,
      foreign key (workspace_id, user_id) references users (workspace_id, id) on delete cascade,
      check ((ended_at is null) = (ended_cause is null))
    )`,
  sql`create index open_sessions on sessions (workspace_id, user_id) where ended_at is null`,
  sql`
    create table sign_in_failures (
      key bytea primary key,
      failures int not null,
      last_at timestamptz not null default now(),
      blocked_until timestamptz not null default now()
    )`,
  sql`
    create table audit (
      id bigint generated always as identity primary key,
      workspace_id uuid not null references workspaces,
      at timestamptz not null default now(),
      actor_id uuid,
      actor_name text not null,
      session_id uuid,
      address text,
      kind text not null,
      target text,
      before jsonb,
      after jsonb
    )`,
  sql`create index audit_by_time on audit (workspace_id, at)`,
  sql`
    create function refuse_change() returns trigger language plpgsql as $$
    begin
      raise exception 'rows of % are never changed', tg_table_name;
    end $$`,
  sql`
    create trigger audit_is_append_only before update or delete or truncate on audit
    for each statement execute function refuse_change()`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db)
}
