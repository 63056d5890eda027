/** Something an operator can put right; printed as it is, without a stack. */
export class StartError extends Error {
  override name = 'StartError'
}

/** The `code` of a Node or PostgreSQL error (`EACCES`, `57P03` …), or an empty text. */
export const codeOfError = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
