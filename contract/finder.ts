import { managers } from './permissions.ts'
import { route } from './route.ts'
import { Email } from './sessions.ts'
import { z } from './zod.ts'

/** What the public sees of a team that lets itself be found (S5). */
export const Team = z.object({ link: z.string(), name: z.string() })
export type Team = z.infer<typeof Team>

/** Characters of a name that are needed to look for it: fewer would list everybody. */
export const finderMinLength = 3

export const FinderSetting = z.object({
  visible: z.boolean(),
  /** The team as the public would see it. */
  team: Team,
  /** The registered e-mail address of the team; whoever types it exactly finds the team, too. */
  email: z.string().nullable(),
  /** Who changed it last and when; `null`: never since the workspace was created. */
  changed: z.object({ by: z.string(), at: z.iso.datetime() }).nullable(),
})
export type FinderSetting = z.infer<typeof FinderSetting>

export const finder = {
  'finder.search': route({
    method: 'GET',
    path: '/finder/teams',
    need: 'anyone',
    summary:
      'Teams that let themselves be found: by name, whatever its case and accents, or by their registered e-mail address, exactly (S5).',
    input: z.strictObject({ query: z.string().trim().min(1).max(254) }),
    output: z.object({
      /** The best 10. */
      teams: z.array(Team),
    }),
  }),

  'finder.show': route({
    method: 'GET',
    path: '/workspace/finder',
    need: managers,
    summary: 'Whether the caller’s team is found by the public, and as what.',
    input: z.strictObject({}),
    output: FinderSetting,
  }),

  'finder.set': route({
    method: 'PUT',
    path: '/workspace/finder',
    need: managers,
    summary:
      'Lets the team be found by the public or not, and sets its registered e-mail address (S5).',
    input: z.strictObject({ visible: z.boolean(), email: Email.nullable() }),
    output: FinderSetting,
  }),
}
