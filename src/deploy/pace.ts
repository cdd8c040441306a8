// A rate that a backend allows: so many per second, a few at once.

export interface Pace {
  /** Whether nobody ever waits here. */
  readonly unlimited: boolean
  /** Resolves when `count` more may be sent; rejects with the signal's reason. Requests are served in order. */
  readonly take: (count: number, signal?: AbortSignal) => Promise<void>
}

/** Milliseconds on a clock that only goes forward, and sleeping by it. */
export interface Clock {
  readonly now: () => number
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error)
        return
      }
      const stop = (): void => {
        clearTimeout(timer)
        reject(signal?.reason as Error)
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }, milliseconds)
      signal?.addEventListener('abort', stop, { once: true })
    }),
}

/** A bucket that fills with `perSecond` places a second and holds `burst`; without a rate everything passes. */
export function createPace(perSecond: number | undefined, clock: Clock = systemClock, burst = Math.max(1, perSecond ?? 1)): Pace {
  if (perSecond === undefined) return { unlimited: true, take: () => Promise.resolve() }
  let free = burst
  let at = clock.now()
  let last: Promise<void> = Promise.resolve()
  const wait = async (count: number, signal: AbortSignal | undefined): Promise<void> => {
    const now = clock.now()
    free = Math.min(burst, free + ((now - at) * perSecond) / 1000)
    at = now
    free -= count
    // Debts are allowed, so that one request larger than the bucket passes; those behind it wait the longer.
    if (free < 0) await clock.sleep((-free * 1000) / perSecond, signal)
  }
  return {
    unlimited: false,
    take: (count, signal) => {
      const turn = last.then(() => wait(count, signal))
      last = turn.catch(() => undefined)
      return turn
    },
  }
}
