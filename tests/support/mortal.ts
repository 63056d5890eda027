import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely'
import pg from 'pg'
import type { Database } from '../../backend/db/database.ts'
import type { Tables } from '../../backend/db/tables.ts'

/** The statement at which a process dies: before it is sent, or before its answer is read. */
export interface Death {
  statement: number
  when: 'before' | 'after'
}

/** A database as a process sees it that can die at any statement, and be started again. */
export interface Mortal {
  db: Database
  /** Lives (again); statements are counted from here, from 1 on. */
  live: (death?: Death) => void
  /** How many statements were sent. */
  sent: () => number
}

/** Nothing is sent after a death, not even a rollback: the connections are cut, as they are by a crash. */
export function openMortal(url: string): Mortal {
  const pool = new pg.Pool({ connectionString: url })
  let death: Death | undefined
  let sent = 0
  let dead = false
  const die = () => {
    dead = true
    throw new Error('the process died')
  }
  const wrap = (client: pg.PoolClient) => ({
    query: async (text: string, values: readonly unknown[]) => {
      if (dead || (death?.when === 'before' && death.statement === sent + 1)) die()
      sent += 1
      const mine = sent
      const result = await client.query(text, [...values])
      if (death?.when === 'after' && death.statement === mine) die()
      return result
    },
    release: () => client.release(dead),
  })
  const dialect = new PostgresDialect({
    pool: {
      connect: async () => wrap(await pool.connect()) as unknown as PostgresPoolClient, // all that is used of it
      end: () => pool.end(),
      options: pool.options,
    },
  })
  return {
    db: new Kysely<Tables>({ dialect }),
    live: (next) => {
      death = next
      sent = 0
      dead = false
    },
    sent: () => sent,
  }
}
