import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { ProblemError } from '../contract/problem.ts'
import type { Caller } from './caller.ts'
import { recordAll } from './db/audit.ts'
import type { Tx } from './db/database.ts'
import { accessValues } from './db/people.ts'
import type { Existing, Wanted } from './import-file.ts'
import type { Judged } from './import-rows.ts'
import { inviteMany } from './invitations.ts'
import type { Services } from './serve.ts'

/** Rows of one step: between two of them progress is told and a cancellation heard. */
const step = 500

export interface Written {
  created: number
  changed: number
  /** Whose rights are others now. */
  affected: string[]
  /** Whose role is another now. */
  moved: string[]
}

/** Writes the rows that are `new` or `change`, in steps; `onStep` is told how many are done, and may throw. */
export async function writeRows(
  tx: Tx,
  services: Pick<Services, 'sendMail'>,
  caller: Caller,
  judged: readonly Judged[],
  onStep: (done: number) => Promise<void>,
): Promise<Written> {
  const created = judged.flatMap(({ row, wanted }) =>
    wanted && row.outcome === 'new' ? [wanted] : [],
  )
  const changed = judged.flatMap(({ existing, wanted }) =>
    wanted && existing ? [{ existing, wanted }] : [],
  )
  let done = 0
  const each = async <T>(all: readonly T[], write: (some: readonly T[]) => Promise<void>) => {
    for (let start = 0; start < all.length; start += step) {
      const some = all.slice(start, start + step)
      await write(some)
      done += some.length
      await onStep(done)
    }
  }
  await each(created, (some) => create(tx, services, caller, some))
  await each(changed, (some) => change(tx, caller, some))
  return {
    created: created.length,
    changed: changed.length,
    affected: changed.filter(changesRights).map(({ existing }) => existing.id),
    moved: changed.filter(changesRole).map(({ existing }) => existing.id),
  }
}

interface Changing {
  existing: Existing
  wanted: Wanted
}

const changesRole = ({ existing, wanted }: Changing) => existing.role !== wanted.role

const changesRights = ({ existing, wanted }: Changing) =>
  existing.role !== wanted.role || JSON.stringify(existing.access) !== JSON.stringify(wanted.access)

async function create(
  tx: Tx,
  services: Pick<Services, 'sendMail'>,
  caller: Caller,
  all: readonly Wanted[],
): Promise<void> {
  const workspaceId = caller.workspace.id
  const users = all.map((it) => ({ ...it, id: randomUUID() }))
  const inserted = await tx
    .insertInto('users')
    .values(
      users.map(({ id, name, email, role, language, access }) => ({
        ...{ id, name, email, role, language },
        ...accessValues(access),
        workspace_id: workspaceId,
        state: 'invited' as const,
        password_hash: null,
      })),
    )
    .onConflict((conflict) => conflict.columns(['workspace_id', 'email']).doNothing())
    .returning('id')
    .execute()
  // Somebody created one of them in this very moment.
  if (inserted.length < users.length) throw new ProblemError('import-changed')
  await recordAll(
    tx,
    caller.actor,
    users.map(({ id, ...after }) => ({ workspaceId, kind: 'user.created', target: id, after })),
  )
  await inviteMany(
    tx,
    services,
    users.map(({ id, name, email, language }) => ({ id, workspaceId, name, email, language })),
    caller.person.name,
  )
}

async function change(tx: Tx, { workspace, actor }: Caller, all: readonly Changing[]) {
  const rows = all.map(({ existing, wanted: { name, role, language, access } }) => ({
    ...{ id: existing.id, name, role, language },
    ...accessValues(access),
  }))
  await sql`
    update users u set name = v.name, role = v.role, language = v.language, access = v.access,
      profile_id = v.profile_id, grants = v.grants::jsonb, version = u.version + 1
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as v
      (id uuid, name text, role text, language text, access text, profile_id uuid, grants text)
    where u.workspace_id = ${workspace.id} and u.id = v.id`.execute(tx)
  const told = ({ name, role, language, access }: Wanted) => ({ name, role, language, access })
  await recordAll(
    tx,
    actor,
    all.map(({ existing, wanted }) => ({
      workspaceId: workspace.id,
      kind: 'user.changed',
      target: existing.id,
      before: told(existing),
      after: told(wanted),
    })),
  )
}
