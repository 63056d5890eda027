import { type RawBuilder, sql } from 'kysely'

/** As people type it, in the form that it is kept in; PostgreSQL keeps no NUL. */
export const typed = (text: string) => text.normalize('NFC').replaceAll('\0', '')

/**
 * Whether a folded column contains a text, whatever its case and accents. Folded first: some
 * characters only become wildcards by it (the full-width `％`).
 */
export const contains = (column: RawBuilder<unknown>, text: string) =>
  sql<boolean>`${column} like '%' || regexp_replace(fold(${text}), '([\\\\%_])', '\\\\\\1', 'g') || '%'`
