// A window of so many tasks at once; the others wait in order.
import { onAbort } from './on-abort.ts'

export interface Window {
  /** Resolves as soon as a place is free and takes it; rejects with the signal's reason, and then takes none. */
  take(signal?: AbortSignal): Promise<void>
  /** Takes a place where one is free and nobody waits. */
  tryTake(): boolean
  give(): void
  resize(size: number): void
  /** Rejects all who wait, and all who come later. */
  close(reason: Error): void
}

interface Waiting {
  readonly enter: () => void
  readonly refuse: (reason: Error) => void
}

/** A window of `size` places. */
export function createWindow(size: number): Window {
  let places = size
  let taken = 0
  let closed: { readonly reason: Error } | undefined
  let waiting = new Set<Waiting>()
  const admit = (): void => {
    for (const one of waiting) {
      if (taken >= places) return
      waiting.delete(one)
      taken++
      one.enter()
    }
  }
  return {
    take: (signal) => {
      if (closed !== undefined) return Promise.reject(closed.reason)
      if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
      if (taken < places) {
        taken++
        return Promise.resolve()
      }
      return new Promise((resolve, reject) => {
        const one: Waiting = {
          enter: () => {
            calm()
            resolve()
          },
          refuse: (reason) => {
            calm()
            reject(reason)
          },
        }
        const calm = onAbort(signal, () => {
          waiting.delete(one)
          reject(signal?.reason as Error)
        })
        waiting.add(one)
      })
    },
    tryTake: () => {
      if (closed !== undefined || taken >= places || waiting.size > 0) return false
      taken++
      return true
    },
    give: () => {
      taken--
      admit()
    },
    resize: (next) => {
      places = next
      admit()
    },
    close: (reason) => {
      closed = { reason }
      const refused = waiting
      waiting = new Set()
      for (const one of refused) one.refuse(reason)
    },
  }
}
