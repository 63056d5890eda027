import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { ProblemError } from '../contract/problem.ts'
import type { Database, Tx } from './db/database.ts'

/**
 * The growing delay after wrong passwords (ASVS 5.0, 6.3.1): 1 s doubling to 5 minutes from the 5th
 * failure on an account, to 30 s from the 20th from an address, forgotten after a quiet while. Kept
 * in the database, so that it holds over all processes. Guessing in parallel gains nothing: an
 * attempt that finishes during a block is refused before its result is told (`countFailure`,
 * `assertOpen`).
 */
const forgottenAfter = sql`interval '15 minutes'`

/** What an attempt is counted against. */
export interface Guard {
  key: Buffer
  /** The failure from which on there is a delay. */
  firstDelayed: number
  /** Seconds. */
  longestDelay: number
  /** Failures that are forgotten in a minute: a whole site behind one address mistypes all day. */
  leak: number
}

const perAccount = { firstDelayed: 5, longestDelay: 300, leak: 0 }
const perAddress = { firstDelayed: 20, longestDelay: 30, leak: 1 }

const keyOf = (...parts: string[]) => createHash('sha256').update(JSON.stringify(parts)).digest()

/** Counts whether or not the account exists, so that a block does not tell. */
export const accountGuard = (workspaceId: string, email: string): Guard => ({
  key: keyOf('account', workspaceId, email),
  ...perAccount,
})

const forgottenGuard = (workspaceId: string, email: string): Guard => ({
  key: keyOf('forgotten', workspaceId, email),
  ...perAccount,
  firstDelayed: firstForgotten.account,
})

export const addressGuard = (address: string): Guard => ({
  key: keyOf('address', network(address)),
  ...perAddress,
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

async function countOne(tx: Tx, guard: Guard): Promise<void> {
  const { key, firstDelayed: first, longestDelay, leak } = guard
  const minutes = sql`extract(epoch from clock_timestamp() - f.last_at)::float / 60`
  const failures = sql`case when f.last_at < now() - ${forgottenAfter} then 1
    else greatest(f.failures - ${leak}::float * ${minutes}, 0) + 1 end`
  // One statement that looks and counts: PostgreSQL holds the row from the one to the other.
  const { rows } = await sql`
    insert into sign_in_failures as f (key, failures) values (${key}, 1)
    on conflict (key) do update set
      failures = ${failures},
      last_at = clock_timestamp(),
      blocked_until = clock_timestamp() + case
        when ceil(${failures}) < ${first}::int then interval '0'
        else least(${longestDelay}::float, power(2, least(ceil(${failures}) - ${first}::int, 20)))
             * interval '1 second' end
    where f.blocked_until <= clock_timestamp()
    returning 1`.execute(tx)
  if (rows.length === 0) {
    await assertOpen(tx, [guard])
    throw refuse(1)
  }
}

/** A right password forgives the account, never the address: one good account must not cover guesses at others. */
export async function forgive(db: Database | Tx, account: Guard): Promise<void> {
  await db.deleteFrom('sign_in_failures').where('key', '=', account.key).execute()
}

/** Forgets all that is counted for accounts that are erased (S7). */
export async function forgetAccounts(tx: Tx, workspaceId: string, emails: string[]): Promise<void> {
  if (emails.length === 0) return
  const guards = emails.flatMap((email) => [
    accountGuard(workspaceId, email),
    forgottenGuard(workspaceId, email),
  ])
  await tx
    .deleteFrom('sign_in_failures')
    .where(
      'key',
      'in',
      guards.map(({ key }) => key),
    )
    .execute()
}

/** Requests for a new password in a quarter of an hour, before they have to wait (U3). */
const firstForgotten = { account: 3, address: 30 }

/**
 * Counts a request for a new password; `false`: this account has had enough mails for now, which is
 * not told. Throws `too-many-attempts` for an address that asks again and again.
 */
export async function countForgotten(
  db: Database,
  it: { workspaceId: string; email: string; address: string },
): Promise<boolean> {
  const place = {
    key: keyOf('forgotten from', network(it.address)),
    ...perAddress,
    firstDelayed: firstForgotten.address,
  }
  const account = forgottenGuard(it.workspaceId, it.email)
  await countFailure(db, [place])
  try {
    await countFailure(db, [account])
    return true
  } catch (error) {
    if (error instanceof ProblemError) return false
    throw error
  }
}

/** Searches of the public finder in a minute, before a network has to wait (S5). */
const searches = 30

/** Counts a search, whatever it finds. Throws `too-many-attempts`. */
export const countSearch = (db: Database, address: string): Promise<void> =>
  countFailure(db, [
    {
      key: keyOf('search from', network(address)),
      ...perAddress,
      firstDelayed: searches,
      leak: searches,
    },
  ])

/** For the sweep: rows that no longer count. */
export async function forgetOldFailures(db: Database): Promise<void> {
  await db
    .deleteFrom('sign_in_failures')
    .where('last_at', '<', sql<Date>`now() - ${forgottenAfter}`)
    .where('blocked_until', '<', sql<Date>`now()`)
    .execute()
}
