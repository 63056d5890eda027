import type { SignedOut } from '../contract/ipc.ts'
import { codeOf, Problem, ProblemError } from '../contract/problem.ts'
import { SeatsFull, waitInterval } from '../contract/seats.ts'
import { Admitted } from '../contract/sessions.ts'
import type { Backend } from './backend.ts'
import { whyOver } from './why-over.ts'

type Form = SignedOut['form']

export interface SeatQueueOptions {
  backend: Pick<Backend, 'ask'>
  /** What the sign-in screen is to say. */
  show: (state: Omit<SignedOut, 'status'>) => void
  /** A seat is free, and a session is open on it. */
  admit: (admitted: Admitted) => void
  /** The seat came when nobody wanted it any more. */
  decline: (token: string) => void
  /** Milliseconds between two questions; a test may have less patience. */
  interval?: number | undefined
}

export interface SeatQueue {
  /** Keeps the ticket of a refused sign-in. Answers the refusal as the page may see it: without. */
  refused: (it: Problem, form: Form) => Problem
  /** Gets in line, and stays there whatever the network does. Throws `ticket-expired`. */
  wait: () => void
  /** The owner ends the sessions of a user and takes the seat (U4). Throws what the backend refuses with. */
  take: (from: string) => Promise<void>
  /** Gives up the place and forgets the ticket. */
  leave: () => void
  /** Until nothing of it is on its way any more. */
  settled: () => Promise<unknown>
}

/** A refused sign-in that may still be followed by a seat. Its identity tells it from the next one. */
interface Place {
  ticket: string
  full: SeatsFull
  form: Form
  isWaiting: boolean
}

/** What may leave main: the ticket stands for a password. */
const ShownFull = SeatsFull.omit({ ticket: true })

function takeTicket({ ticket, ...shown }: Problem): { ticket: string | null; shown: Problem } {
  // The rest type of a loose object forgets the members of the standard.
  return { ticket: typeof ticket === 'string' ? ticket : null, shown: Problem.parse(shown) }
}

/** Anything but a clear no leaves the place to the backend, which knows how long it keeps it. */
const isFinal = (it: Problem): boolean =>
  it.status < 500 && !['no-seat', 'too-many-attempts'].includes(codeOf(it))

/** The line for a seat, first come first served (U4). The ticket is in main's memory alone. */
export function createSeatQueue(options: SeatQueueOptions): SeatQueue {
  const { backend, show, interval = waitInterval } = options
  let place: Place | null = null
  let timer: NodeJS.Timeout | undefined
  let turn: Promise<unknown> = Promise.resolve()

  /** One question at a time: a seat is never asked for twice, and nobody leaves before having come. */
  function inTurn<T>(job: () => Promise<T>): Promise<T> {
    const mine = turn.then(job)
    turn = mine.catch(() => undefined)
    return mine
  }

  const isHere = (it: Place): boolean => place === it

  function arrive(mine: Place, admitted: Admitted): void {
    if (!isHere(mine)) {
      options.decline(admitted.token)
      return
    }
    forget()
    options.admit(admitted)
  }

  function forget(): void {
    clearTimeout(timer)
    place = null
  }

  /** The place is gone, and the ticket with it. */
  function lose({ form }: Place, why: Problem): void {
    forget()
    show({ ...(whyOver(why) ?? { because: 'no-seat' }), form, queue: null })
  }

  async function ask(mine: Place): Promise<void> {
    if (!isHere(mine)) return
    const { ticket } = mine
    const reply = await backend.ask('seats.wait', { ticket })
    const answer = reply.ok ? reply.data : null
    if (answer?.status === 'admitted') {
      arrive(mine, Admitted.parse(answer))
      return
    }
    if (!isHere(mine)) return
    if (answer) {
      mine.ticket = answer.ticket ?? ticket
      show({ because: 'no-seat', form: mine.form, queue: ShownFull.parse(answer) })
    } else if (!reply.ok && isFinal(reply.problem)) {
      lose(mine, reply.problem)
      return
    }
    timer = setTimeout(() => void inTurn(() => ask(mine)), interval)
  }

  async function takeFrom(mine: Place, from: string): Promise<void> {
    // The wait may have brought a seat, or was given up.
    if (!isHere(mine)) return
    const { ticket } = mine
    const reply = await backend.ask('seats.take', { ticket, from }, { timeout: 20_000 })
    if (reply.ok) {
      arrive(mine, reply.data)
      return
    }
    if (!isHere(mine)) return
    const { ticket: renewed, shown } = takeTicket(reply.problem)
    mine.ticket = renewed ?? ticket
    if (codeOf(shown) === 'ticket-expired') lose(mine, shown)
    throw new ProblemError(shown)
  }

  return {
    refused(it, form) {
      const { ticket, shown } = takeTicket(it)
      const full = ShownFull.safeParse(shown)
      if (ticket && full.success) place = { ticket, full: full.data, form, isWaiting: false }
      return shown
    },

    wait() {
      const mine = place
      if (!mine) throw new ProblemError('ticket-expired')
      if (mine.isWaiting) return
      mine.isWaiting = true
      show({ because: 'no-seat', form: mine.form, queue: mine.full })
      void inTurn(() => ask(mine))
    },

    take(from) {
      const mine = place
      return mine
        ? inTurn(() => takeFrom(mine, from))
        : Promise.reject(new ProblemError('ticket-expired'))
    },

    leave() {
      const was = place
      forget()
      if (!was?.isWaiting) return
      show({ because: null, form: was.form, queue: null })
      const { ticket } = was
      void inTurn(() => backend.ask('seats.leave', { ticket }, { timeout: 3_000 }))
    },

    settled: () => turn,
  }
}
