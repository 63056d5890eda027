import { type Kysely, sql } from 'kysely'

/** Agent mode's webhook, the owner, the finder, deletion (rows S1–S7). */
const statements = [
  // The finder (S5) sees what is visible and not being deleted, and nothing else: not even an index does.
  sql`
    alter table workspaces
      add name_key text not null generated always as (fold(name)) stored,
      add email text check (email = lower(email)),
      add findable boolean not null default false,
      add findable_changed_at timestamptz,
      add findable_changed_by text`,

  // Deletion (S7). The time that is left is counted down by running clocks, so that no step of the
  // wall clock deletes early.
  sql`
    alter table workspaces
      add deletes_at timestamptz,
      add deletion_seconds_left double precision,
      add deletion_counted_at timestamptz,
      add check ((deletes_at is null) = (deletion_seconds_left is null)),
      add check ((deletes_at is null) = (deletion_counted_at is null))`,
  sql`
    create index findable_by_name on workspaces using gin (name_key gin_trgm_ops)
      where findable and deletes_at is null`,
  sql`
    create index findable_by_email on workspaces (email)
      where findable and deletes_at is null and email is not null`,
  sql`create index being_deleted on workspaces (deletes_at) where deletes_at is not null`,

  // What is deleted with its user: without these, every user who goes costs a walk through all rows.
  sql`create index sessions_by_user on sessions (workspace_id, user_id)`,
  sql`create index mail_links_by_user on mail_links (workspace_id, user_id)`,
  sql`create index seat_tickets_by_user on seat_tickets (workspace_id, user_id)`,

  // Never two owners is the index `one_owner`; never none is this, looked at when a transaction commits.
  sql`
    create function assert_owner() returns trigger language plpgsql as $$
    begin
      if exists (select from workspaces where id = old.workspace_id and deletion_seconds_left is distinct from 0)
        and not exists (select from users where workspace_id = old.workspace_id and role = 'owner')
      then
        raise exception 'the workspace % would be without an owner', old.workspace_id
          using errcode = 'integrity_constraint_violation', constraint = 'always_an_owner';
      end if;
      return null;
    end $$`,
  sql`
    create constraint trigger always_an_owner after update of role or delete on users
    deferrable initially deferred for each row when (old.role = 'owner') execute function assert_owner()`,

  // Rows of the ledger are deleted with their workspace, and in no other way: see `erase.ts`.
  sql`drop trigger audit_is_append_only on audit`,
  sql`
    create function refuse_change_but_erasure() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' and current_setting('atalaya.erasing', true) = old.workspace_id::text then
        return old;
      end if;
      raise exception 'rows of % are never changed', tg_table_name;
    end $$`,
  sql`
    create trigger audit_is_append_only before update or delete on audit
    for each row execute function refuse_change_but_erasure()`,
  sql`
    create trigger audit_is_not_truncated before truncate on audit
    for each statement execute function refuse_change()`,

  sql`alter table mail_links drop constraint mail_links_kind_check`,
  sql`
    alter table mail_links add constraint mail_links_kind_check
      check (kind in ('invitation', 'reset', 'recovery'))`,

  sql`
    create table webhooks (
      workspace_id uuid primary key references workspaces on delete cascade,
      url text,
      secret text not null,
      former_secret text,
      former_until timestamptz,
      changed_at timestamptz not null default now(),
      changed_by text not null,
      check ((former_secret is null) = (former_until is null))
    )`,
  sql`
    create table webhook_deliveries (
      id text primary key,
      workspace_id uuid not null references workspaces on delete cascade,
      type text not null,
      body text not null,
      created_at timestamptz not null default now(),
      state text not null default 'waiting' check (state in ('waiting', 'delivered', 'failed')),
      attempts int not null default 0,
      queued_at timestamptz not null default now(),
      last_attempt_at timestamptz,
      status int,
      error text
    )`,
  sql`create index webhook_deliveries_by_time on webhook_deliveries (workspace_id, created_at desc)`,
  sql`create index webhook_deliveries_by_age on webhook_deliveries (created_at)`,
  sql`
    create index webhook_deliveries_waiting on webhook_deliveries (workspace_id)
      where state = 'waiting'`,

  // What was answered to a deed that must not happen twice, by the key that its caller made for it.
  sql`
    create table once_answers (
      workspace_id uuid not null,
      user_id uuid not null,
      route text not null,
      key uuid not null,
      answer jsonb not null,
      created_at timestamptz not null default now(),
      primary key (user_id, route, key),
      foreign key (workspace_id, user_id) references users (workspace_id, id) on delete cascade
    )`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db)
}
