import fc from 'fast-check'
import { afterAll, beforeAll, describe, test } from 'vitest'
import type { Database } from '../../backend/db/database.ts'
import { overHttp, startStill, together } from '../support/session-acts.ts'
import { longest, type Story, story, sweeps, Telling } from '../support/session-stories.ts'
import {
  type Act,
  addPlaces,
  begin,
  firstOdd,
  writtenEnds,
  frozenDatabase,
  lastWritten,
  passEach,
  type Place,
  sweepAll,
} from '../support/session-world.ts'

/**
 * Random sessions against the model that the idle machine of the workstation is held to as well.
 * `SEED=…` tells the same stories again.
 */
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
const atOnce = 2000

let db: Database
let places: Place[]
let backend: Awaited<ReturnType<typeof startStill>>
beforeAll(async () => {
  db = await frozenDatabase()
  places = await addPlaces(db, atOnce)
  backend = await startStill(db)
})
afterAll(async () => {
  await backend.close()
  await db.destroy()
})

interface Failure {
  story: Story
  told: string
}

/** Plays stories side by side; answers with one that went otherwise than the model says. */
async function play(
  stories: readonly Story[],
  swept: readonly boolean[],
  act: Act,
): Promise<Failure | undefined> {
  const since = await lastWritten(db)
  const begun = await begin(db, places, stories)
  const cast = stories.map((it, index) => {
    const place = begun[index]
    if (!place) throw new Error('more stories than places')
    return { story: it, place, telling: new Telling(it) }
  })
  const failure = (id: string, told: string): Failure | undefined => {
    const found = cast.find(({ place }) => place.id === id)
    return found && { story: found.story, told }
  }

  for (let step = 0; step < longest; step += 1) {
    const acting = cast.flatMap((it) => {
      const moment = it.story.moments[step]
      return moment ? [{ ...it, after: moment.after, deed: it.telling.written(moment.deed) }] : []
    })
    await passEach(
      db,
      acting.map(({ place }) => place),
      acting.map((it) => it.after),
    )
    const answers = await act(acting)
    for (const [index, { telling, after, deed, place }] of acting.entries()) {
      telling.now += after
      const expected = telling.take(deed)
      if (answers[index] !== expected)
        return failure(place.id, `step ${step}: “${answers[index]}” instead of “${expected}”`)
    }
    if (swept[step]) {
      await sweepAll(db, stories.length)
      for (const { telling } of cast) telling.session.look(telling.now)
    }
    const rows = new Map(cast.map(({ place, telling }) => [place.id, telling.row()]))
    const odd = await firstOdd(db, begun, [...rows.values()])
    if (odd) {
      const [is, ought] = [odd.row, rows.get(odd.id)].map((it) => JSON.stringify(it))
      return failure(odd.id, `step ${step}: ${is} instead of ${ought}`)
    }
  }
  const ends = await writtenEnds(db, since)
  const odd = cast.find(
    ({ place, telling }) =>
      (ends.get(place.id) ?? []).join() !== (telling.session.ended?.cause ?? ''),
  )
  return odd && { story: odd.story, told: `the ledger: ${String(ends.get(odd.place.id))}` }
}

/** Plays a story that failed alone, and tells the shortest that still fails. */
async function tellShortest(failed: Failure, swept: boolean[], act: Act): Promise<never> {
  const alone = fc.asyncProperty(story, sweeps, async (it, when) => {
    const failure = await play([it], when, act)
    if (failure) throw new Error(failure.told)
  })
  await fc.assert(alone, { examples: [[failed.story, swept]], numRuns: 1 })
  throw new Error(`only among others: ${failed.told}\n${JSON.stringify(failed.story)}`)
}

async function tellAll(act: Act, batches: number, size: number): Promise<void> {
  for (let batch = 0; batch < batches; batch += 1) {
    const stories = fc.sample(story, { numRuns: size, seed: seed + batch })
    const [swept = []] = fc.sample(sweeps, { numRuns: 1, seed: seed + batch })
    const failure = await play(stories, swept, act)
    if (!failure) continue
    await tellShortest(failure, swept, act).catch((error: unknown) => {
      throw new Error(`SEED=${seed}, batch ${batch}`, { cause: error })
    })
  }
}

describe('sessions against their model', () => {
  test('100,000 random sessions end when and why they have to, and never live longer', async () => {
    await tellAll(together(db), 50, atOnce)
  }, 240_000)

  test('so do those that ask over HTTP', async () => {
    await tellAll(overHttp(db, backend.url), 2, 150)
  }, 120_000)
})
