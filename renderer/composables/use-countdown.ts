import { onScopeDispose, ref } from 'vue'

/** Whole seconds that are left of a time, counted on a clock that nobody can set. */
export function useCountdown() {
  const left = ref(0)
  let end = 0
  let timer: ReturnType<typeof setInterval> | undefined

  function tick(): void {
    left.value = Math.max(0, Math.ceil((end - performance.now()) / 1000))
    if (left.value === 0) stop()
  }

  /** Starts over with so many ms. */
  function start(ms: number): void {
    stop()
    end = performance.now() + ms
    timer = setInterval(tick, 250)
    tick()
  }

  function stop(): void {
    clearInterval(timer)
    timer = undefined
  }

  onScopeDispose(stop)
  return { left, start, stop }
}

/** `83` → `1:23` */
export const minutesAndSeconds = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
