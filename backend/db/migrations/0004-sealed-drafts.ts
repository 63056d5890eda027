import { type Kysely, sql } from 'kysely'

/** The key that seals what a person typed and did not save, while nobody is signed in at the workstation. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Two random UUIDs, 244 bits of them random (RFC 9562 §5.4), hashed to the 256 of AES.
  await sql`
    alter table users add seal_key bytea not null
      default sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'))`.execute(
    db,
  )
}
