import { type RawBuilder, sql } from 'kysely'
import { finderMinLength, type Team } from '../contract/finder.ts'
import { Email } from '../contract/sessions.ts'
import { countSearch } from './attempts.ts'
import type { Database } from './db/database.ts'
import { contains, typed } from './db/search.ts'

/** The best ones; more are found by typing more. */
const shown = 10

/** What the public sees (S5), word for word as the indexes `findable_by_…` have it. */
const findable = sql<boolean>`w.findable and w.deletes_at is null`

/** Whether a text is long enough to look for, accents aside; fewer characters are answered with nothing. */
export const isSearchable = (query: string) =>
  Array.from(typed(query).normalize('NFD').replace(/\p{M}/gu, '').trim()).length >= finderMinLength

/**
 * The teams that let themselves be found by a name or by their registered e-mail address. A team that
 * is hidden or being deleted is in neither index: what is answered, and how fast, is the same as if it
 * did not exist. Throws `too-many-attempts` for a network that asks again and again.
 */
export async function findTeams(db: Database, query: string, address: string): Promise<Team[]> {
  if (!isSearchable(query)) return []
  await countSearch(db, address)
  const email = Email.safeParse(query)
  const { rows } = await (email.success ? byEmail(email.data) : byName(query)).execute(db)
  return rows
}

/** An address is found whole or not at all: it must not tell anything letter by letter. */
export const byEmail = (email: string): RawBuilder<Team> => sql`
  select w.link, w.name from workspaces w
  where ${findable} and w.email = ${email}
  order by w.name_key, w.id limit ${shown}`

/** First those that contain what was typed, then those that resemble it. */
export function byName(query: string): RawBuilder<Team> {
  const text = typed(query).trim()
  const within = contains(sql`w.name_key`, text)
  return sql`
    select w.link, w.name from workspaces w
    where ${findable} and (${within} or w.name_key % fold(${text}))
    order by ${within} desc, similarity(w.name_key, fold(${text})) desc, w.name_key, w.id
    limit ${shown}`
}
