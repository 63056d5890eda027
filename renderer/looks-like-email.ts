/** Whether a text has the form of an e-mail address: enough to spare a question; the backend decides. */
export const looksLikeEmail = (text: string): boolean =>
  /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text.trim())
