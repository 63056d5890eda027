import { ProblemError } from '../../contract/problem.ts'
import type { ModuleSetting, modules as contract } from '../../contract/modules.ts'
import { moduleNames, modules as known } from '../../contract/permissions.ts'
import type { Caller } from '../caller.ts'
import { record } from '../db/audit.ts'
import type { Tx } from '../db/database.ts'
import { notify, tellChanged } from '../db/notify.ts'
import type { HandlersOf } from '../serve.ts'
import { tellWorkspaceModule } from '../webhook-events.ts'

export const modules: HandlersOf<typeof contract> = {
  'modules.list': ({ caller }) => {
    const { moduleStates } = caller.person
    return Promise.resolve({
      modules: moduleNames.map((module) => ({ module, state: moduleStates[module] ?? 'active' })),
    })
  },

  'modules.set': async ({ db, caller, input, sendWebhooks }) => {
    if ('everyone' in known[input.module] && input.state !== 'active')
      throw new ProblemError('module-always-active')
    await db.transaction().execute(async (tx) => {
      const before = await lockState(tx, caller, input)
      if (before === input.state) return
      await setState(tx, caller, input)
      await record(tx, caller.actor, {
        workspaceId: caller.workspace.id,
        kind: 'module.changed',
        target: input.module,
        before: { state: before },
        after: { state: input.state },
      })
      await tellChanged(tx, caller.workspace.id, 'modules')
      await notify(tx, { workspaceId: caller.workspace.id, event: { kind: 'permissions' } })
      if (input.module === 'workspace')
        await tellWorkspaceModule(tx, { sendWebhooks }, caller.workspace.id)
    })
    return input
  },
}

/** No row stands for an active module, so it is the workspace that is locked. */
async function lockState(tx: Tx, { workspace }: Caller, { module }: ModuleSetting) {
  await tx
    .selectFrom('workspaces')
    .select('id')
    .where('id', '=', workspace.id)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow()
  const row = await tx
    .selectFrom('workspace_modules')
    .select('state')
    .where('workspace_id', '=', workspace.id)
    .where('module', '=', module)
    .executeTakeFirst()
  return row?.state ?? 'active'
}

async function setState(tx: Tx, { workspace }: Caller, { module, state }: ModuleSetting) {
  if (state === 'active') {
    await tx
      .deleteFrom('workspace_modules')
      .where('workspace_id', '=', workspace.id)
      .where('module', '=', module)
      .execute()
    return
  }
  await tx
    .insertInto('workspace_modules')
    .values({ workspace_id: workspace.id, module, state })
    .onConflict((conflict) => conflict.columns(['workspace_id', 'module']).doUpdateSet({ state }))
    .execute()
}
