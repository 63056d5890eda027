import { route } from './route.ts'
import { z } from './zod.ts'

const view = { module: 'supervision', action: 'view' } as const

export const licences = {
  'licences.show': route({
    method: 'GET',
    path: '/licences',
    need: view,
    summary: 'Seats taken now, the limit, and the sign-ins refused for want of one (U4).',
    input: z.strictObject({}),
    output: z.object({
      licences: z.int(),
      taken: z.int(),
      /** People who wait for a seat now. */
      waiting: z.int(),
      /** In the last 24 hours. */
      refused: z.int(),
    }),
  }),

  'licences.history': route({
    method: 'GET',
    path: '/licences/history',
    need: view,
    summary:
      'The use of the licences over a day, a week, a month or a year; sampled every minute, kept 13 months.',
    input: z.strictObject({ range: z.enum(['day', 'week', 'month', 'year']) }),
    output: z.object({
      /** At most 400 points, oldest first, each the summary of a stretch of equal length. */
      points: z.array(
        z.object({
          at: z.iso.datetime(),
          /** The mean and the most seats taken in the stretch. */
          mean: z.number(),
          peak: z.int(),
          licences: z.int(),
          refused: z.int(),
        }),
      ),
    }),
  }),
}
