import { sql } from 'kysely'
import { sessionLife } from '../../contract/idle.ts'
import { ProblemError } from '../../contract/problem.ts'
import type { Parsed } from '../../contract/routes.ts'
import type { SignedIn, sessions as contract } from '../../contract/sessions.ts'
import { accountGuard, addressGuard, assertOpen, countFailure, forgive } from '../attempts.ts'
import { type Caller, hashToken, newToken, whyEnded } from '../caller.ts'
import { record } from '../db/audit.ts'
import type { Database, Tx } from '../db/database.ts'
import { endSessions, pastExpiry, pastIdle, takeSeat } from '../db/sessions.ts'
import { verifyPassword } from '../passwords.ts'
import type { HandlersOf } from '../serve.ts'
import { endOverdue } from '../sweep.ts'

export const sessions: HandlersOf<typeof contract> = {
  'sessions.create': async ({ db, input, address }) => {
    const workspace = await findWorkspace(db, input.workspace)
    const account = accountGuard(workspace.id, input.email)
    const guards = [account, addressGuard(address)]
    await assertOpen(db, guards)

    const user = await findUser(db, workspace.id, input.email)
    const right = await verifyPassword(user?.password_hash, input.password)
    if (!user || !right) {
      await countFailure(db, guards)
      throw new ProblemError('bad-credentials')
    }

    return db.transaction().execute(async (tx) => {
      await assertOpen(tx, guards)
      await forgive(tx, account)
      await takeSeat(tx, workspace.id, user.id)
      await assertUnchanged(tx, user)
      await endReplaced(tx, user, input.device.id, address)
      return openSession(tx, { workspace, user, device: input.device, address })
    })
  },

  'sessions.current': ({ caller }) => Promise.resolve(signedIn(caller)),

  'sessions.report': async ({ db, caller, input }) => {
    // A duration, never a time: the workstation's clock is not believed, and time is only taken forward.
    const { rows } = await sql<{ remaining: number; minutes: number }>`
      update sessions s set
        last_report_at = now(),
        last_activity_at = greatest(s.last_activity_at, now() - ${input.idleSeconds} * interval '1 second')
      from workspaces w
      where s.id = ${caller.session.id} and w.id = s.workspace_id
        and s.ended_at is null and not (${pastIdle}) and not (${pastExpiry})
      returning w.idle_minutes as minutes, extract(epoch from
        least(s.expires_at, s.last_activity_at + w.idle_minutes * interval '1 minute') - now()
      )::float as remaining`.execute(db)
    const [report] = rows
    if (report) return { remainingSeconds: report.remaining, idleMinutes: report.minutes }

    // Its deadline passed while this request was under way.
    await endOverdue(db)
    throw await whyEnded(db, caller.session.id)
  },

  'sessions.end': async ({ db, caller, input }) => {
    await db
      .transaction()
      .execute((tx) => endSessions(tx, [caller.session.id], input.cause, caller.actor))
    return {}
  },
}

async function findWorkspace(db: Database, link: string) {
  const workspace = await db
    .selectFrom('workspaces')
    .select(['id', 'link', 'name', 'idle_minutes as idleMinutes'])
    .where('link', '=', link)
    .executeTakeFirst()
  if (!workspace) throw new ProblemError('workspace-not-found')
  return workspace
}

const findUser = (db: Database, workspaceId: string, email: string) =>
  db
    .selectFrom('users')
    .select(['id', 'workspace_id', 'name', 'email', 'role', 'password_hash'])
    .where('workspace_id', '=', workspaceId)
    .where('email', '=', email)
    .where('state', '=', 'active')
    .executeTakeFirst()

type User = NonNullable<Awaited<ReturnType<typeof findUser>>>

/** The password may have been changed, or the person disabled, while it was being checked. */
async function assertUnchanged(tx: Tx, user: User): Promise<void> {
  const same = await tx
    .selectFrom('users')
    .select('id')
    .where('id', '=', user.id)
    .where('password_hash', '=', user.password_hash)
    .where('state', '=', 'active')
    .forShare()
    .executeTakeFirst()
  if (!same) throw new ProblemError('bad-credentials')
}

/** One installation holds one session of a person: signing in again replaces it (B8). */
async function endReplaced(tx: Tx, user: User, deviceId: string, address: string): Promise<void> {
  const replaced = await tx
    .selectFrom('sessions')
    .select('id')
    .where('user_id', '=', user.id)
    .where('device_id', '=', deviceId)
    .where('ended_at', 'is', null)
    .execute()
  const ids = replaced.map(({ id }) => id)
  await endSessions(tx, ids, 'replaced', { ...user, sessionId: null, address })
}

async function openSession(
  tx: Tx,
  it: {
    workspace: Caller['workspace']
    user: User
    device: Parsed<'sessions.create'>['device']
    address: string
  },
) {
  const { workspace, user, device, address } = it
  const token = newToken()
  const session = await tx
    .insertInto('sessions')
    .values({
      workspace_id: workspace.id,
      user_id: user.id,
      token_hash: hashToken(token),
      device_id: device.id,
      device_name: device.name,
      device_platform: device.platform,
      device_version: device.version,
      address,
      expires_at: sql<Date>`now() + ${sessionLife} * interval '1 millisecond'`,
    })
    .returning(['id', 'created_at as createdAt', 'expires_at as expiresAt'])
    .executeTakeFirstOrThrow()
  const actor = { id: user.id, name: user.name, sessionId: session.id, address }
  const happening = { kind: 'session.started', target: session.id, after: { device } }
  await record(tx, actor, { workspaceId: workspace.id, ...happening })
  return { ...signedIn({ session, person: user, workspace }), token }
}

function signedIn(it: {
  session: Pick<Caller['session'], 'id' | 'createdAt' | 'expiresAt'>
  person: Pick<Caller['person'], 'id' | 'name' | 'email' | 'role'>
  workspace: Caller['workspace']
}): SignedIn {
  const { session, person, workspace } = it
  return {
    session: {
      id: session.id,
      createdAt: session.createdAt.toISOString(),
      expiresAt: session.expiresAt.toISOString(),
    },
    person: { id: person.id, name: person.name, email: person.email, role: person.role },
    workspace,
  }
}
