import type { licences as contract } from '../../contract/licences.ts'
import { currentUse, history } from '../db/licences.ts'
import { countWaiting } from '../db/tickets.ts'
import type { HandlersOf } from '../serve.ts'

export const licences: HandlersOf<typeof contract> = {
  'licences.show': async ({ db, caller }) => {
    const use = await currentUse(db, caller.workspace.id)
    return { ...use, waiting: await countWaiting(db, caller.workspace.id) }
  },

  'licences.history': async ({ db, caller, input }) => ({
    points: await history(db, caller.workspace.id, input.range),
  }),
}
