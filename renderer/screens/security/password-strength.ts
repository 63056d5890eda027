import { type OptionsDictionary, ZxcvbnFactory } from '@zxcvbn-ts/core'
import * as common from '@zxcvbn-ts/language-common'
import type { Language } from '../../../contract/sessions.ts'

/** What makes a password weak; `null` where it is nothing in particular. */
export type Weakness = 'common' | 'keys' | 'date' | 'name' | 'word' | null

export interface Strength {
  /** From 0, guessed in no time, to 4, not worth trying. */
  score: 0 | 1 | 2 | 3 | 4
  weakness: Weakness
}

/** Says how hard a password is to guess. `own`: words that somebody who knows the person tries first. */
export type Measure = (password: string, own: readonly string[]) => Strength

/** Characters that are looked at: the work grows faster than the length, and nobody types more. */
const maxLength = 40

const words: Record<Language, () => Promise<{ dictionary: OptionsDictionary }>> = {
  es: () => import('@zxcvbn-ts/language-es-es'),
  en: () => import('@zxcvbn-ts/language-en'),
  'pt-BR': () => import('@zxcvbn-ts/language-pt-br'),
}

const weaknesses: Readonly<Record<string, Weakness>> = {
  topTen: 'common',
  topHundred: 'common',
  common: 'common',
  similarToCommon: 'common',
  straightRow: 'keys',
  keyPattern: 'keys',
  simpleRepeat: 'keys',
  extendedRepeat: 'keys',
  sequences: 'keys',
  recentYears: 'date',
  dates: 'date',
  namesByThemselves: 'name',
  commonNames: 'name',
  userInputs: 'name',
  wordByItself: 'word',
}

/** Comes with the words of one language, which are large: for the moment when a password is chosen. */
export async function measureIn(language: Language): Promise<Measure> {
  const { dictionary } = await words[language]()
  const factory = new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...dictionary },
    graphs: common.adjacencyGraphs,
    maxLength,
  })
  return (password, own) => {
    const { score, feedback } = factory.check(password, [...own])
    return { score, weakness: weaknesses[feedback.warning ?? ''] ?? null }
  }
}
