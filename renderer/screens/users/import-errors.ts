/** Problems of a run after which the rows have to be looked at again. */
export const importErrorsThatGoBack: readonly string[] = [
  'import-changed',
  'import-cancelled',
  'no-such-profile',
]
