import type { imports as contract } from '../../contract/imports.ts'
import { ProblemError } from '../../contract/problem.ts'
import type { Caller } from '../caller.ts'
import { readCsv, writeCsv } from '../csv.ts'
import { record } from '../db/audit.ts'
import type { Database, Tx } from '../db/database.ts'
import {
  assertNotCancelled,
  beginImport,
  cancelImport,
  endImport,
  type ImportKey,
} from '../db/imports.ts'
import { notify, tellChanged, tellPermissions } from '../db/notify.ts'
import { lockUsers, withOpenSessions } from '../db/people.ts'
import { exportedColumns, exportUsers } from '../db/users.ts'
import { proposeColumns } from '../import-columns.ts'
import {
  digestOf,
  type ImportFile,
  type Known,
  type ReadRow,
  readKnown,
  readRows,
} from '../import-file.ts'
import { judgeRows } from '../import-rows.ts'
import { type Written, writeRows } from '../import-run.ts'
import type { Context, HandlersOf } from '../serve.ts'
import { tellAgentMode } from '../webhook-events.ts'

const sampleRows = 5

export const imports: HandlersOf<typeof contract> = {
  'imports.read': ({ input }) => {
    const { head, rows } = readCsv(input.csv)
    const sample = rows.slice(0, sampleRows).map(({ cells }) => cells)
    return Promise.resolve({ head, sample, rows: rows.length, proposed: proposeColumns(head) })
  },

  'imports.preview': async ({ db, caller, input }) => {
    const rows = readRows(input)
    const known = await readComplete(db, caller, rows, input)
    const judged = judgeRows(caller, rows, known, input)
    return { rows: judged.map(({ row }) => row), digest: digestOf(input, known) }
  },

  'imports.run': async (context) => {
    const { db, caller, input } = context
    const rows = readRows(input)
    const key = keyOf(caller, input.id)
    await beginImport(db, key)
    try {
      return await db.transaction().execute((tx) => run(tx, context, key, rows))
    } finally {
      await endImport(db, key)
    }
  },

  'imports.cancel': async ({ db, caller, input }) => {
    await cancelImport(db, keyOf(caller, input.id))
    return {}
  },

  'users.export': async ({ db, caller, input }) => {
    const rows = await exportUsers(db, caller.workspace.id, input)
    return { csv: writeCsv([exportedColumns, ...rows]), rows: rows.length }
  },
}

const keyOf = ({ workspace, person }: Caller, id: string): ImportKey => ({
  workspace_id: workspace.id,
  user_id: person.id,
  id,
})

async function readComplete(
  db: Database | Tx,
  caller: Caller,
  rows: readonly ReadRow[],
  file: ImportFile,
): Promise<Known> {
  const known = await readKnown(db, caller, rows, file)
  const { profileId } = file.defaults
  if (profileId && !known.profiles.has(profileId)) throw new ProblemError('no-such-profile')
  return known
}

async function run(
  tx: Tx,
  context: Context<'imports.run'>,
  key: ImportKey,
  rows: readonly ReadRow[],
) {
  const { db, caller, input } = context
  await lockKnown(tx, caller, await readComplete(tx, caller, rows, input))
  const known = await readComplete(tx, caller, rows, input)
  if (digestOf(input, known) !== input.digest) throw new ProblemError('import-changed')

  const judged = judgeRows(caller, rows, known, input)
  const count = (outcome: string) => judged.filter(({ row }) => row.outcome === outcome).length
  const [unchanged, left] = [count('unchanged'), count('error')]
  const total = judged.length - unchanged - left
  const onStep = async (done: number) => {
    // By another connection: what the transaction does is seen by nobody before its end.
    await assertNotCancelled(db, key)
    await tellProgress(db, caller, { id: input.id, done, total })
  }
  await onStep(0)
  const written = await writeRows(tx, context, caller, judged, onStep)
  const { created, changed } = written
  await tell(tx, caller, written, { created, changed, unchanged, left })
  await tellAgentMode(tx, context, caller.workspace.id, written.moved)
  return { created, changed, unchanged, left }
}

/** Profiles before users, as everywhere. */
async function lockKnown(tx: Tx, { workspace }: Caller, { users, profiles }: Known): Promise<void> {
  const ids = [...new Set([...profiles.values()].map(({ id }) => id))]
  if (ids.length > 0)
    await tx
      .selectFrom('profiles')
      .select('id')
      .where('workspace_id', '=', workspace.id)
      .where('id', 'in', ids)
      .orderBy('id')
      .forShare()
      .execute()
  const userIds = [...users.values()].map(({ id }) => id)
  if (userIds.length > 0) await lockUsers(tx, workspace.id, userIds)
}

const tellProgress = (
  db: Database,
  { workspace, session }: Caller,
  progress: { id: string; done: number; total: number },
) =>
  notify(db, {
    workspaceId: workspace.id,
    sessionId: session.id,
    event: { kind: 'import-progress', ...progress },
  })

async function tell(tx: Tx, { workspace, actor }: Caller, written: Written, after: object) {
  const workspaceId = workspace.id
  await record(tx, actor, { workspaceId, kind: 'users.imported', after })
  await tellChanged(tx, workspaceId, 'users', 'profiles')
  await tellPermissions(tx, workspaceId, await withOpenSessions(tx, workspaceId, written.affected))
}
