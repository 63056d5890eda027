import { type Kysely, sql } from 'kysely'

/** Users, profiles, credentials and the queue for seats (rows U1–U9). */
const statements = [
  sql`create extension if not exists unaccent`,
  sql`create extension if not exists pg_trgm`,
  // `unaccent` alone depends on the search path, so no index may use it; with its dictionary named it does not.
  sql`
    create function fold(text) returns text language sql immutable strict parallel safe
    return lower(unaccent('unaccent'::regdictionary, $1))`,

  // A part of a failure is forgotten as time goes by (`attempts.ts`).
  sql`alter table sign_in_failures alter failures type double precision`,
  sql`alter table workspaces add time_zone text not null default 'UTC'`,

  sql`
    create table profiles (
      id uuid primary key default gen_random_uuid(),
      workspace_id uuid not null references workspaces on delete cascade,
      name text not null check (name <> ''),
      name_key text not null generated always as (fold(name)) stored,
      grants jsonb not null,
      version int not null default 1,
      created_at timestamptz not null default now(),
      changed_at timestamptz not null default now(),
      unique (workspace_id, name_key),
      unique (workspace_id, id)
    )`,

  sql`alter table users drop constraint users_state_check`,
  sql`update users set state = 'deactivated' where state = 'disabled'`,
  sql`
    alter table users
      alter password_hash drop not null,
      add constraint users_state_check check (state in ('invited', 'active', 'deactivated')),
      add must_change_password boolean not null default false,
      add access text not null default 'none'
        check (access in ('none', 'profile', 'custom', 'superuser')),
      add profile_id uuid,
      add grants jsonb,
      add hours jsonb,
      add agent_mode boolean not null default false,
      add last_sign_in_at timestamptz,
      add version int not null default 1,
      add name_key text not null generated always as (fold(name)) stored,
      add search text not null generated always as (fold(name || ' ' || email)) stored,
      add foreign key (workspace_id, profile_id) references profiles (workspace_id, id),
      add check ((access = 'profile') = (profile_id is not null)),
      add check ((access = 'custom') = (grants is not null)),
      add check (state <> 'active' or password_hash is not null)`,
  sql`create index users_by_name on users (workspace_id, name_key, id)`,
  sql`create index users_by_creation on users (workspace_id, created_at, id)`,
  sql`create index users_by_sign_in on users (workspace_id, coalesce(last_sign_in_at, 'epoch'), id)`,
  sql`create index users_by_profile on users (workspace_id, profile_id) where profile_id is not null`,
  sql`create index users_search on users using gin (search gin_trgm_ops)`,

  sql`
    alter table sessions
      add ended_by text,
      add ended_reason text,
      add hours_end_told timestamptz`,

  // Links that were mailed. At most one of a kind is open for a user.
  sql`
    create table mail_links (
      id uuid primary key default gen_random_uuid(),
      workspace_id uuid not null,
      user_id uuid not null,
      kind text not null check (kind in ('invitation', 'reset')),
      token_hash bytea not null unique,
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      closed_at timestamptz,
      foreign key (workspace_id, user_id) references users (workspace_id, id) on delete cascade
    )`,
  sql`create unique index one_open_link on mail_links (user_id, kind) where closed_at is null`,

  // Imports that are running, or were asked to stop; seen by every process between two of its steps.
  sql`
    create table imports (
      workspace_id uuid not null,
      user_id uuid not null,
      id uuid not null,
      cancelled boolean not null default false,
      created_at timestamptz not null default now(),
      primary key (workspace_id, user_id, id),
      foreign key (workspace_id, user_id) references users (workspace_id, id) on delete cascade
    )`,

  // A right password that met no free seat; `queued_at`: in line since.
  sql`
    create table seat_tickets (
      id uuid primary key default gen_random_uuid(),
      workspace_id uuid not null,
      user_id uuid not null,
      token_hash bytea not null unique,
      password_hash text not null,
      device jsonb not null,
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      queued_at timestamptz,
      asked_at timestamptz not null default now(),
      foreign key (workspace_id, user_id) references users (workspace_id, id) on delete cascade
    )`,
  sql`create index seat_queue on seat_tickets (workspace_id, queued_at) where queued_at is not null`,

  // The use of the licences, minute by minute.
  sql`
    create table seat_samples (
      workspace_id uuid not null references workspaces on delete cascade,
      at timestamptz not null check (at = date_trunc('minute', at)),
      taken int not null default 0,
      licences int not null,
      refused int not null default 0,
      primary key (workspace_id, at)
    )`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db)
}
