import type { sessions as contract } from '../../contract/sessions.ts'
import { assertMayEnter, enter, heldBy, noSeat, recognise } from '../admission.ts'
import { whyOver } from '../caller.ts'
import { endSessions, reportActivity } from '../db/sessions.ts'
import { issueTicket } from '../db/tickets.ts'
import { findWorkspace } from '../db/workspaces.ts'
import type { HandlersOf } from '../serve.ts'

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
    const { id } = caller.session
    const [report] = await reportActivity(db, [{ sessionId: id, idleSeconds: input.idleSeconds }])
    // Its deadline passed, or somebody ended it, while this request was under way.
    if (!report) throw await whyOver(db, caller)
    return { remainingSeconds: report.remaining, idleMinutes: report.minutes }
  },

  'sessions.end': async ({ db, caller, input }) => {
    await db
      .transaction()
      .execute((tx) => endSessions(tx, [caller.session.id], input.cause, caller.actor))
    return {}
  },
}
