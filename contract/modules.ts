import { managers, moduleNames, moduleStates } from './permissions.ts'
import { route } from './route.ts'
import { z } from './zod.ts'

export const ModuleSetting = z.object({ module: z.enum(moduleNames), state: z.enum(moduleStates) })
export type ModuleSetting = z.infer<typeof ModuleSetting>

export const modules = {
  'modules.list': route({
    method: 'GET',
    path: '/modules',
    need: managers,
    summary: 'The state of every module in the caller’s workspace.',
    input: z.strictObject({}),
    output: z.object({ modules: z.array(ModuleSetting) }),
  }),

  'modules.set': route({
    method: 'PUT',
    path: '/modules/:module',
    need: managers,
    summary: 'Makes a module active, inactive or hidden. Inbox and Agenda are always active.',
    input: ModuleSetting.strict(),
    output: ModuleSetting,
  }),
}
