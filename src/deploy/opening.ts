// A deployer is open until it is closed, once.
import { EngineError } from '../diagnostics/engine-error.ts'

export interface Opening {
  /** Throws `deploy/closed` after `end`, and the signal's reason where it is aborted. */
  readonly begin: (signal?: AbortSignal) => void
  readonly isClosed: () => boolean
  /** False where it had ended already. */
  readonly end: () => boolean
}

export function createOpening(): Opening {
  let closed = false
  return {
    begin: (signal) => {
      if (closed) throw new EngineError('deploy/closed', 'the deployer is closed')
      signal?.throwIfAborted()
    },
    isClosed: () => closed,
    end: () => {
      if (closed) return false
      closed = true
      return true
    },
  }
}
