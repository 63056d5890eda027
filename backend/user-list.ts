import { type RawBuilder, sql } from 'kysely'
import { fieldErrors, ProblemError } from '../contract/problem.ts'
import type { Output, Parsed } from '../contract/routes.ts'
import { z } from '../contract/zod.ts'
import type { Database } from './db/database.ts'
import {
  conditions,
  countUsers,
  listedColumns,
  type ListedUser,
  signedIn,
  userRow,
  withProfile,
} from './db/users.ts'

type Asked = Parsed<'users.list'>

/** A column that orders the table: what it is compared by, and how its value travels in a cursor. */
interface Key {
  column: RawBuilder<unknown>
  /** As JSON keeps it exactly. */
  kept: RawBuilder<unknown>
  schema: z.ZodType
  /** Back from JSON. */
  bound: (kept: unknown) => RawBuilder<unknown>
}

const text = (column: RawBuilder<unknown>): Key => ({
  column,
  kept: column,
  schema: z
    .string()
    .max(500)
    .regex(/^\P{Cc}*$/u),
  bound: (kept) => sql`${kept}::text`,
})

/** Microseconds since 1970: JavaScript's dates are too coarse to go on from. */
const moment = (column: RawBuilder<unknown>): Key => ({
  column,
  kept: sql`(extract(epoch from ${column}) * 1000000)::bigint`,
  schema: z.int(),
  bound: (kept) => sql`'epoch'::timestamptz + ${kept}::float8 * interval '1 microsecond'`,
})

/** In the order people think of, not of the alphabet. */
const rank = (column: RawBuilder<unknown>): Key => ({
  column,
  kept: column,
  schema: z.int().min(0).max(9),
  bound: (kept) => sql`${kept}::int`,
})

const id: Key = {
  column: sql`u.id`,
  kept: sql`u.id`,
  schema: z.uuid(),
  bound: (kept) => sql`${kept}::uuid`,
}
const name = text(sql`u.name_key`)

/** The last key is always unique: the order is the same each time. */
const orders: Record<Asked['sort'], Key[]> = {
  name: [name, id],
  email: [text(sql`u.email`)],
  role: [
    rank(sql`case u.role when 'owner' then 0 when 'administrator' then 1 else 2 end`),
    name,
    id,
  ],
  state: [rank(sql`case u.state when 'invited' then 0 when 'active' then 1 else 2 end`), name, id],
  createdAt: [moment(sql`u.created_at`), id],
  // Who never signed in comes before everybody who did.
  lastSignInAt: [moment(sql`coalesce(u.last_sign_in_at, 'epoch')`), id],
}

/** A page of the table (U1). The cursor is where the page before ended, so that no page costs more than another. */
export async function listUsers(
  db: Database,
  workspaceId: string,
  { sort, descending, after, limit, ...filter }: Asked,
): Promise<Output<'users.list'>> {
  const keys = orders[sort]
  const matching = conditions(workspaceId, filter)
  const onwards =
    after === undefined ? [] : [beyondCursor(keys, descending, readCursor(sort, after))]
  const direction = descending ? sql`desc` : sql`asc`
  const columns = keys.map(({ column }) => sql`${column} ${direction}`)
  const page = sql<ListedUser & { cursor: unknown[] }>`
    select ${listedColumns}, ${signedIn(workspaceId)} as signed_in,
      jsonb_build_array(${sql.join(keys.map(({ kept }) => kept))}) as cursor
    from ${withProfile}
    where ${sql.join([...matching, ...onwards], sql` and `)}
    order by ${sql.join(columns)}
    limit ${limit + 1}`
  const [{ rows }, total] = await Promise.all([page.execute(db), countUsers(db, matching)])

  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return {
    rows: shown.map(userRow),
    next: last ? writeCursor(sort, last.cursor) : null,
    total,
  }
}

const beyondCursor = (keys: Key[], descending: boolean, kept: unknown[]) => {
  const columns = sql.join(keys.map(({ column }) => column))
  const bounds = sql.join(keys.map(({ bound }, index) => bound(kept[index])))
  return sql<boolean>`(${columns}) ${descending ? sql`<` : sql`>`} (${bounds})`
}

const writeCursor = (sort: Asked['sort'], kept: unknown[]) =>
  Buffer.from(JSON.stringify([sort, ...kept])).toString('base64url')

function readCursor(sort: Asked['sort'], cursor: string): unknown[] {
  const [first, ...rest] = [z.literal(sort), ...orders[sort].map(({ schema }) => schema)] as const
  const parsed = z.tuple([first, ...rest]).safeParse(decode(cursor))
  if (parsed.success) return parsed.data.slice(1)
  const errors = fieldErrors(parsed.error).map(({ message }) => ({ path: 'after', message }))
  throw new ProblemError('invalid-input', { errors })
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
}
