import { seatWarnings } from '../contract/seat-warnings.ts'

export const shareOf = (taken: number, licences: number): number =>
  licences > 0 ? taken / licences : Number(taken > 0)

/** The highest share that is reached of those that are warned of; `null`: none. */
export const levelOf = (taken: number, licences: number): number | null =>
  seatWarnings.findLast((level) => shareOf(taken, licences) >= level) ?? null
