/** Shares of the licences at which those who may see them are warned. */
export const seatWarnings = [0.8, 0.95] as const
