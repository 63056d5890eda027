/**
 * The rules of a session in their plainest form, for the workstation and the backend alike (B2, D2):
 * it is alive as long as, whenever it was looked at, less than the limit had passed since somebody
 * touched the workstation, and less than its life since the sign-in. Milliseconds.
 */
export class SessionModel<Cause extends string = never> {
  /** For good: nothing that comes later changes it. */
  ended: { at: number; cause: Cause | 'expired' | 'idle' } | null = null
  touched: number
  limit: number
  readonly lifeEnd: number

  constructor(now: number, it: { idleFor: number; lifeLeft: number; limit: number }) {
    this.touched = now - it.idleFor
    this.lifeEnd = now + it.lifeLeft
    this.limit = it.limit
  }

  /** How long it has if nobody touches the workstation. */
  left = (now: number) => Math.min(this.touched + this.limit, this.lifeEnd) - now

  /** Looks at it, which ends it if it is over. Answers whether it is alive. */
  look(now: number): boolean {
    // The deadline that came first is the cause.
    if (this.left(now) <= 0)
      this.end(now, this.touched + this.limit < this.lifeEnd ? 'idle' : 'expired')
    return this.ended === null
  }

  /** Somebody touched the workstation so long ago: the only thing that makes it live longer. */
  touch(now: number, idleFor: number): void {
    if (this.look(now)) this.touched = Math.max(this.touched, now - idleFor)
  }

  end(now: number, cause: Cause | 'expired' | 'idle'): void {
    this.ended ??= { at: now, cause }
  }
}
