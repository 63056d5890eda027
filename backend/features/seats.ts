import { ProblemError } from '../../contract/problem.ts'
import type { seats as contract } from '../../contract/seats.ts'
import {
  assertMayEnter,
  enter,
  enterInstead,
  type Entrant,
  findPerson,
  noSeat,
} from '../admission.ts'
import type { Database } from '../db/database.ts'
import { seatsFull } from '../db/seats.ts'
import { endSessions, openSessionsOf } from '../db/sessions.ts'
import { dropTicket, findTicket, standInLine, type Ticket, useTicket } from '../db/tickets.ts'
import type { HandlersOf } from '../serve.ts'

export const seats: HandlersOf<typeof contract> = {
  'seats.wait': async ({ db, input, address }) => {
    const { ticket, entrant } = await present(db, input.ticket, address)
    await standInLine(db, ticket)
    const admitted = await enter(db, entrant, (tx) => useTicket(tx, ticket))
    if (admitted) return { status: 'admitted', ...admitted }
    return { status: 'waiting', ...(await seatsFull(db, entrant)) }
  },

  'seats.leave': async ({ db, input }) => {
    await dropTicket(db, input.ticket)
    return {}
  },

  'seats.take': async ({ db, input, address }) => {
    const { ticket, entrant } = await present(db, input.ticket, address)
    const { workspaceId, userId, name, role } = entrant
    if (role !== 'owner') throw new ProblemError('forbidden')
    const holder = await findPerson(db, workspaceId).where('u.id', '=', input.from).execute()
    if (holder.length === 0) throw new ProblemError('not-found')

    const owner = { id: userId, name, sessionId: null, address }
    const admitted = await enterInstead(db, entrant, async (tx) => {
      await useTicket(tx, ticket)
      const ids = await openSessionsOf(tx, input.from)
      await endSessions(tx, ids, 'seat-taken', owner, { by: name })
    })
    // The seat went to somebody else meanwhile: the owner chooses again.
    if (!admitted) throw await noSeat(db, entrant, input.ticket)
    return admitted
  },
}

/** Who presents a ticket. It is worth nothing any more once the password was changed. */
async function present(
  db: Database,
  token: string,
  address: string,
): Promise<{ ticket: Ticket; entrant: Entrant }> {
  const ticket = await findTicket(db, token)
  const person = await findPerson(db, ticket.workspaceId)
    .where('u.id', '=', ticket.userId)
    .where('u.password_hash', '=', ticket.passwordHash)
    .executeTakeFirst()
  if (!person) throw new ProblemError('ticket-expired')
  assertMayEnter(person)
  return { ticket, entrant: { ...ticket, name: person.name, role: person.role, address } }
}
