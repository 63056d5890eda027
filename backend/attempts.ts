import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { ProblemError } from '../contract/problem.ts'
import type { Database, Tx } from './db/database.ts'

/**
 * The growing delay after wrong passwords (ASVS 5.0, 6.3.1): 1 s doubling to 5 minutes, from the 5th
 * failure on an account and the 20th from an address, forgotten after a quiet while. Kept in the
 * database, so that it holds over all processes. Guessing in parallel gains nothing: an attempt
 * that finishes during a block is refused before its result is told (`countFailure`, `assertOpen`).
 */
const firstDelayed = { account: 5, address: 20 }
const longestDelay = 300
const forgottenAfter = sql`interval '15 minutes'`

/** What an attempt is counted against. */
export interface Guard {
  key: Buffer
  firstDelayed: number
}

const keyOf = (...parts: string[]) => createHash('sha256').update(JSON.stringify(parts)).digest()

/** Counts whether or not the account exists, so that a block does not tell. */
export const accountGuard = (workspaceId: string, email: string): Guard => ({
  key: keyOf('account', workspaceId, email),
  firstDelayed: firstDelayed.account,
})

export const addressGuard = (address: string): Guard => ({
  key: keyOf('address', network(address)),
  firstDelayed: firstDelayed.address,
})

/** IPv6 hands out whole /64 networks to one customer: they count as one address. */
function network(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*/, '')
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail ? tail.split(':') : []
  if (tail !== undefined)
    groups.push(...Array.from({ length: 8 - groups.length - rest.length }, () => '0'), ...rest)
  return groups.slice(0, 4).join(':')
}

const refuse = (retryAfterSeconds: number) =>
  new ProblemError('too-many-attempts', { retryAfterSeconds })

const secondsLeft = sql<number>`ceil(extract(epoch from blocked_until - clock_timestamp()))::int`

/** Throws `too-many-attempts` with `retryAfterSeconds` while one of the guards is blocked. */
export async function assertOpen(db: Database | Tx, guards: readonly Guard[]): Promise<void> {
  const rows = await db
    .selectFrom('sign_in_failures')
    .select(secondsLeft.as('seconds'))
    .where(
      'key',
      'in',
      guards.map(({ key }) => key),
    )
    .execute()
  const longest = Math.max(0, ...rows.map(({ seconds }) => seconds))
  if (longest > 0) throw refuse(longest)
}

/** Counts a wrong password; throws `too-many-attempts` if a block came up while it was checked. */
export async function countFailure(db: Database, guards: readonly Guard[]): Promise<void> {
  // One order for all, or two attempts could wait for each other's row.
  const sorted = [...guards].sort((a, b) => Buffer.compare(a.key, b.key))
  await db.transaction().execute(async (tx) => {
    for (const guard of sorted) await countOne(tx, guard)
  })
}

async function countOne(tx: Tx, { key, firstDelayed: first }: Guard): Promise<void> {
  const failures = sql`case when f.last_at < now() - ${forgottenAfter} then 1 else f.failures + 1 end`
  // One statement that looks and counts: PostgreSQL holds the row from the one to the other.
  const { rows } = await sql`
    insert into sign_in_failures as f (key, failures) values (${key}, 1)
    on conflict (key) do update set
      failures = ${failures},
      last_at = clock_timestamp(),
      blocked_until = clock_timestamp() + case
        when ${failures} < ${first}::int then interval '0'
        else least(${longestDelay}::float, power(2, least(${failures} - ${first}::int, 20)))
             * interval '1 second' end
    where f.blocked_until <= clock_timestamp()
    returning 1`.execute(tx)
  if (rows.length === 0) {
    await assertOpen(tx, [{ key, firstDelayed: first }])
    throw refuse(1)
  }
}

/** A right password forgives the account, never the address: one good account must not cover guesses at others. */
export async function forgive(tx: Tx, account: Guard): Promise<void> {
  await tx.deleteFrom('sign_in_failures').where('key', '=', account.key).execute()
}

/** For the sweep: rows that no longer count. */
export async function forgetOldFailures(db: Database): Promise<void> {
  await db
    .deleteFrom('sign_in_failures')
    .where('last_at', '<', sql<Date>`now() - ${forgottenAfter}`)
    .where('blocked_until', '<', sql<Date>`now()`)
    .execute()
}
