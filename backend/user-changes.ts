import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import type { AccessOutput } from '../contract/access.ts'
import type { Change, Outcome } from '../contract/users.ts'
import type { Caller } from './caller.ts'
import { recordAll } from './db/audit.ts'
import type { Tx } from './db/database.ts'
import { tellChanged, tellPermissions } from './db/notify.ts'
import { accessValues, lockUsers, openSessions, peopleOf, personOf } from './db/people.ts'
import { endSessions } from './db/sessions.ts'
import { closeLinks } from './mail-links.ts'
import { refusalOf, resolveAccess } from './rights.ts'
import type { Services } from './serve.ts'
import { tellAgentMode } from './webhook-events.ts'

interface Asked {
  ids: readonly string[]
  preview: boolean
}

/** Does the same to many users; `preview` finds the same outcomes and writes nothing. */
export async function changeUsers(
  tx: Tx,
  services: Pick<Services, 'sendWebhooks'>,
  caller: Caller,
  { ids, preview, change }: Asked & { change: Change },
): Promise<Outcome[]> {
  const assigned = await assignedBy(tx, caller.workspace.id, change)
  const targets = await readTargets(tx, caller.workspace.id, ids, preview)
  const outcomes = ids.map((id) => judge(caller, targets.get(id), id, change, assigned))
  const done = doneOf(outcomes, targets)
  if (preview || done.length === 0) return outcomes

  await carryOut(tx, caller, change, assigned, done)
  if (change.kind === 'deactivate' || change.kind === 'reactivate')
    await tellAgentMode(tx, services, caller.workspace.id, idsOf(done.filter(mayAttend)))
  return outcomes
}

/** Deletes users and ends their sessions; the ledger keeps their names. */
export async function deleteUsers(
  tx: Tx,
  services: Pick<Services, 'sendWebhooks'>,
  caller: Caller,
  { ids, preview }: Asked,
): Promise<Outcome[]> {
  const workspaceId = caller.workspace.id
  const targets = await readTargets(tx, workspaceId, ids, preview)
  const outcomes = ids.map((id) => judge(caller, targets.get(id), id))
  const done = doneOf(outcomes, targets)
  if (preview || done.length === 0) return outcomes

  await endTheirSessions(tx, caller, done, 'deleted')
  await recordAll(
    tx,
    caller.actor,
    done.map(({ person, name, email, state }) => ({
      workspaceId,
      kind: 'user.deleted',
      target: person.id,
      before: { name, email, state, role: person.role, access: person.access },
    })),
  )
  await tx
    .deleteFrom('users')
    .where('workspace_id', '=', workspaceId)
    .where('id', 'in', idsOf(done))
    .execute()
  await tellChanged(tx, workspaceId, 'users', 'profiles')
  const gone = done.filter((it) => it.state === 'active' && mayAttend(it))
  await tellAgentMode(tx, services, workspaceId, [], gone.map(agentModeOf))
  return outcomes
}

/** What `assign-profile` gives; `undefined`: there is no such profile, or nothing is assigned. */
async function assignedBy(tx: Tx, workspaceId: string, change: Change) {
  if (change.kind !== 'assign-profile') return undefined
  const { profileId } = change
  return resolveAccess(
    tx,
    workspaceId,
    profileId ? { kind: 'profile', profileId } : { kind: 'none' },
  )
}

async function readTargets(tx: Tx, workspaceId: string, ids: readonly string[], preview: boolean) {
  if (!preview) await lockUsers(tx, workspaceId, ids)
  const rows = await peopleOf(tx, workspaceId)
    .where('u.id', 'in', ids)
    .select(['u.state', 'u.agent_mode'])
    .select(
      sql<boolean>`exists (select from sessions s
      where s.workspace_id = u.workspace_id and s.user_id = u.id and s.ended_at is null)`.as(
        'open',
      ),
    )
    .execute()
  return new Map(rows.map((row) => [row.id, { ...row, person: personOf(row, {}) }]))
}
type Target = NonNullable<ReturnType<Awaited<ReturnType<typeof readTargets>>['get']>>

const idsOf = (targets: readonly Target[]) => targets.map(({ id }) => id)

/** Attends mass actions while the account is active (S2). */
const mayAttend = ({ role, agent_mode }: Target) => role === 'agent' || agent_mode

const agentModeOf = ({ id, name, email, agent_mode: agentMode }: Target) => ({
  ...{ id, name, email, agentMode },
})

const doneOf = (outcomes: readonly Outcome[], targets: ReadonlyMap<string, Target>) =>
  outcomes.flatMap(({ id, outcome }) => (outcome === 'done' ? (targets.get(id) ?? []) : []))

function judge(
  { person: actor }: Caller,
  target: Target | undefined,
  id: string,
  change?: Change,
  assigned?: AccessOutput,
): Outcome {
  const refused = (name: string, because: Outcome['because']) =>
    ({ id, name, outcome: 'refused', because }) as const
  if (!target) return refused('', 'not-found')
  const { name, person } = target
  const refusal = refusalOf(actor, person, assigned ? { ...person, access: assigned } : person)
  if (refusal) return refused(name, refusal)
  if (change?.kind === 'assign-profile' && !assigned) return refused(name, 'no-such-profile')
  const same = change !== undefined && changesNothing(change, target, assigned)
  return { id, name, outcome: same ? 'unchanged' : 'done', because: null }
}

function changesNothing(
  { kind }: Change,
  { state, person, open }: Target,
  assigned?: AccessOutput,
) {
  switch (kind) {
    case 'assign-profile':
      return isDeepStrictEqual(person.access, assigned)
    case 'deactivate':
      return state === 'deactivated'
    case 'reactivate':
      return state !== 'deactivated'
    case 'sign-out':
      return !open
  }
}

async function carryOut(
  tx: Tx,
  caller: Caller,
  change: Change,
  assigned: AccessOutput | undefined,
  targets: readonly Target[],
): Promise<void> {
  switch (change.kind) {
    case 'assign-profile':
      await assign(tx, caller, assigned ?? { kind: 'none' }, targets)
      break
    case 'deactivate':
      await deactivate(tx, caller, targets)
      break
    case 'reactivate':
      await reactivate(tx, caller, targets)
      break
    case 'sign-out':
      await endTheirSessions(tx, caller, targets, 'ended-by-other', change.reason)
  }
  await tellChanged(tx, caller.workspace.id, 'users')
}

async function assign(tx: Tx, caller: Caller, access: AccessOutput, targets: readonly Target[]) {
  const workspaceId = caller.workspace.id
  await update(tx, caller, targets).set(accessValues(access)).execute()
  await recordEach(tx, caller, 'user.changed', targets, ({ person }) => ({
    before: { access: person.access },
    after: { access },
  }))
  await tellChanged(tx, workspaceId, 'profiles')
  await tellPermissions(tx, workspaceId, idsOf(targets))
}

async function deactivate(tx: Tx, caller: Caller, targets: readonly Target[]) {
  await update(tx, caller, targets).set({ state: 'deactivated' }).execute()
  for (const kind of ['invitation', 'reset'] as const)
    await closeLinks(tx, caller.workspace.id, idsOf(targets), kind)
  await endTheirSessions(tx, caller, targets, 'deactivated')
  await recordEach(tx, caller, 'user.deactivated', targets, ({ state }) => ({ before: { state } }))
}

/** Whoever never chose a password is invited again, not active: the invitation has to be sent anew. */
async function reactivate(tx: Tx, caller: Caller, targets: readonly Target[]) {
  const state = sql<
    'invited' | 'active'
  >`case when password_hash is null then 'invited' else 'active' end`
  await update(tx, caller, targets).set({ state }).execute()
  await recordEach(tx, caller, 'user.reactivated', targets, () => ({}))
}

const update = (tx: Tx, caller: Caller, targets: readonly Target[]) =>
  tx
    .updateTable('users')
    .set({ version: sql<number>`version + 1` })
    .where('workspace_id', '=', caller.workspace.id)
    .where('id', 'in', idsOf(targets))

async function endTheirSessions(
  tx: Tx,
  caller: Caller,
  targets: readonly Target[],
  cause: 'deactivated' | 'deleted' | 'ended-by-other',
  reason?: string,
) {
  const open = await openSessions(tx, caller.workspace.id, idsOf(targets))
  await endSessions(tx, open, cause, caller.actor, { by: caller.person.name, reason })
}

const recordEach = (
  tx: Tx,
  { workspace, actor }: Caller,
  kind: string,
  targets: readonly Target[],
  what: (target: Target) => { before?: object; after?: object },
) =>
  recordAll(
    tx,
    actor,
    targets.map((it) => ({ workspaceId: workspace.id, kind, target: it.id, ...what(it) })),
  )
