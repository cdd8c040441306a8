/** Slows down who guesses: after too many failures from one address, none is even looked at for a while. */

export interface FailedLogins {
  /** Seconds to wait before the next try counts; 0: now. */
  readonly wait: (address: string) => number
  readonly failed: (address: string) => void
}

interface Guard {
  readonly most: number
  readonly seconds: number
  /** Milliseconds. */
  readonly clock: () => number
}

// An attacker with many addresses must not fill our memory.
const MOST_ADDRESSES = 10_000

/** At most `most` failures of one address in `seconds`. */
export function failedLogins({ most, seconds, clock }: Guard): FailedLogins {
  const windows = new Map<string, { readonly until: number; count: number }>()
  const current = (address: string) => {
    const window = windows.get(address)
    return window !== undefined && window.until > clock() ? window : undefined
  }
  return {
    wait: (address) => {
      const window = current(address)
      return window === undefined || window.count < most ? 0 : Math.ceil((window.until - clock()) / 1000)
    },
    failed: (address) => {
      const window = current(address)
      if (window !== undefined) {
        window.count++
        return
      }
      windows.delete(address)
      if (windows.size >= MOST_ADDRESSES) windows.delete(windows.keys().next().value!)
      windows.set(address, { until: clock() + 1000 * seconds, count: 1 })
    },
  }
}
