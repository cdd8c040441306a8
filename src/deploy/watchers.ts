// Those who want to hear a deployer's reports.
import type { DeviceReport, ReportHandler } from './deployer.ts'

export interface Watchers {
  readonly add: (handler: ReportHandler) => () => Promise<void>
  /** Tells all of them; a promise where one of them wants to be waited for. */
  readonly tell: (reports: readonly DeviceReport[]) => void | Promise<void>
  readonly clear: () => void
}

export function createWatchers(): Watchers {
  const handlers = new Set<ReportHandler>()
  return {
    add: (handler) => {
      handlers.add(handler)
      return () => {
        handlers.delete(handler)
        return Promise.resolve()
      }
    },
    tell: (reports) => {
      // Handlers answer one promise for many reports.
      const waiting = new Set<Promise<void>>()
      for (const report of reports) {
        for (const handler of handlers) {
          const answer = handler(report)
          if (answer !== undefined) waiting.add(answer)
        }
      }
      if (waiting.size === 0) return undefined
      const [first, ...others] = waiting
      return others.length === 0 ? first : Promise.all(waiting).then(() => undefined)
    },
    clear: () => handlers.clear(),
  }
}
