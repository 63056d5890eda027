import { sql } from 'kysely'
import type { sessions as contract } from '../../contract/sessions.ts'
import { assertMayEnter, enter, heldBy, noSeat, recognise } from '../admission.ts'
import { whyEnded } from '../caller.ts'
import { endSessions, pastExpiry, pastIdle } from '../db/sessions.ts'
import { issueTicket } from '../db/tickets.ts'
import { findWorkspace } from '../db/workspaces.ts'
import type { HandlersOf } from '../serve.ts'
import { endOverdue } from '../sweep.ts'

export const sessions: HandlersOf<typeof contract> = {
  'sessions.create': async ({ db, input, address }) => {
    const workspace = await findWorkspace(db, input.workspace)
    const { email, password, device } = input
    const person = await recognise(db, { workspaceId: workspace.id, email, password, address })
    assertMayEnter(person)

    const { id: userId, name, role, password_hash: passwordHash } = person
    const entrant = { workspaceId: workspace.id, userId, name, role, passwordHash, device, address }
    const admitted = await enter(db, entrant)
    if (!admitted) throw await noSeat(db, entrant, await issueTicket(db, entrant))
    return admitted
  },

  'sessions.current': ({ db, caller }) => heldBy(db, caller),

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
