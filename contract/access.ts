import { type Action, actions, type Module, moduleNames, modules } from './permissions.ts'
import { z } from './zod.ts'

const offered: Record<Module, readonly Action[]> = Object.fromEntries(
  moduleNames.map((module) => [module, modules[module].actions]),
) as Record<Module, readonly Action[]> // fromEntries forgets the keys

/** Actions by module, in the order of the table; a module without any is left out. */
export const Grants = z
  .partialRecord(z.enum(moduleNames), z.array(z.enum(actions)))
  .superRefine((grants, context) => {
    for (const module of moduleNames)
      for (const action of grants[module] ?? [])
        if (!offered[module].includes(action))
          context.addIssue({
            code: 'custom',
            path: [module],
            message: `has no action ${action}; it has ${offered[module].join(', ')}`,
          })
  })
  .transform((grants) => {
    const ordered: Partial<Record<Module, Action[]>> = {}
    for (const module of moduleNames) {
      const granted = actions.filter((action) => grants[module]?.includes(action))
      if (granted.length > 0) ordered[module] = granted
    }
    return ordered
  })
export type Grants = z.output<typeof Grants>

/** What a user is given besides the role, as it is asked for (U6–U9). */
export const AccessInput = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('profile'), profileId: z.uuid() }),
  z.strictObject({ kind: z.literal('custom'), grants: Grants }),
  z.strictObject({ kind: z.literal('superuser') }),
])
export type AccessInput = z.output<typeof AccessInput>

/** … and as it is answered: whole, so that `decide()` can be asked about the user anywhere. */
export const AccessOutput = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('profile'), profileId: z.uuid(), name: z.string(), grants: Grants }),
  z.object({ kind: z.literal('custom'), grants: Grants }),
  z.object({ kind: z.literal('superuser') }),
])
export type AccessOutput = z.output<typeof AccessOutput>
