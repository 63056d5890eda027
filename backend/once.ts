import { sql } from 'kysely'
import type { RouteName } from '../contract/routes.ts'
import { z } from '../contract/zod.ts'
import { type Caller, whyEnded } from './caller.ts'
import type { Database, Tx } from './db/database.ts'

/** A deed of a caller that must not happen twice: the route, and the key made for this one. */
export interface Deed {
  caller: Caller
  route: RouteName
  key: string
}

/** How long a repetition is recognised: a workstation tries again for minutes, not for days. */
const rememberedFor = sql`interval '1 day'`

/** The deed that an input asks for; nothing without a key that could be one. */
export function deedOf(caller: Caller, route: RouteName, input: unknown): Deed | undefined {
  const { data } = z.object({ key: z.uuid() }).safeParse(input)
  return data && { caller, route, key: data.key }
}

/** What was answered when it was done; nothing: it was not. */
export async function answeredBefore(db: Database, deed: Deed): Promise<unknown> {
  const done = await db
    .selectFrom('once_answers')
    .select('answer')
    .where('user_id', '=', deed.caller.person.id)
    .where('route', '=', deed.route)
    .where('key', '=', deed.key)
    .executeTakeFirst()
  return done?.answer
}

/**
 * Takes the row that a remembered answer points at, for a deed that takes other locks before it
 * remembers: whoever deletes the caller has the row first, and then waits for those. Throws what the
 * session of a caller who is deleted ended with.
 */
export async function holdCaller(tx: Tx, { person, workspace, session }: Caller): Promise<void> {
  const held = await tx
    .selectFrom('users')
    .select('id')
    .where('workspace_id', '=', workspace.id)
    .where('id', '=', person.id)
    .forKeyShare()
    .executeTakeFirst()
  if (!held) throw await whyEnded(tx, session.id)
}

/** Remembers the answer in the transaction of the deed: of two at the same moment one fails whole. */
export async function remember(tx: Tx, deed: Deed, answer: unknown): Promise<void> {
  await tx
    .insertInto('once_answers')
    .values({
      workspace_id: deed.caller.workspace.id,
      user_id: deed.caller.person.id,
      route: deed.route,
      key: deed.key,
      answer: JSON.stringify(answer),
    })
    .execute()
}

/** For the sweep. */
export async function forgetOldAnswers(db: Database): Promise<void> {
  await db
    .deleteFrom('once_answers')
    .where('created_at', '<', sql<Date>`now() - ${rememberedFor}`)
    .execute()
}
