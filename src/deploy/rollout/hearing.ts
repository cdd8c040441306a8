// What devices say, as events of the journal: which of it speaks of this rollout, what is old, what contradicts itself.
import type { DeviceOutcome } from '../../model/rollout.ts'
import type { FailureClass } from '../../model/rollout.ts'
import type { DeviceReport, ReportHandler } from '../deployer.ts'
import type { DriveOptions } from './drive-options.ts'
import type { RolloutEvent } from './journal.ts'
import { at, succeeded, type RolloutProgress } from './state.ts'

export interface Hearing {
  readonly hear: ReportHandler
  /** Events of what was heard since the last time; `kept` is called once they are. */
  readonly take: () => { readonly events: RolloutEvent[]; readonly kept: () => void }
  readonly waiting: () => boolean
  /** Until something is heard, or so many milliseconds. */
  readonly wait: (milliseconds: number) => Promise<void>
  /** A failure, with the instant of its retry where it is retried. */
  readonly failed: (entry: number, now: number, kind: FailureClass, why: string, retryAfter?: number) => RolloutEvent
  /** Devices of the wave that count as successes, but now say something else. */
  readonly ask: (wave: number) => Promise<RolloutEvent[]>
  /** Events of what devices that were told say now. */
  readonly askAll: () => Promise<RolloutEvent[]>
  /** Ends a wait. */
  readonly wake: () => void
  readonly close: () => void
}

const steps = ['accepted', 'reported', 'verified'] as const

export function createHearing(options: DriveOptions, progress: RolloutProgress): Hearing {
  const { plan, deployer, clock, release } = options
  const { changes } = plan
  const entryOf = new Map<string, number>()
  for (const [entry, id] of changes.ids.entries()) entryOf.set(id, entry)
  let heard: DeviceReport[] = []
  let resolvers: (() => void)[] = []
  /** Several may wait: one that was overtaken by an answer sleeps on. */
  const waking = new Set<() => void>()
  const wakeAll = (): void => {
    for (const one of waking) one()
  }
  let closed = false
  /** Execution whose last report contradicted what it should run, by entry. */
  const contradicted = new Map<number, number>()

  const failed = (entry: number, now: number, kind: FailureClass, why: string, retryAfter?: number): RolloutEvent => {
    const attempts = progress.attempts[entry] ?? 1
    const again = kind === 'retryable' && attempts < (options.attempts ?? 3)
    const pause = retryAfter ?? (options.backOff ?? 5000) * 2 ** Math.max(0, attempts - 1)
    return ['failed', now, entry, kind, why.slice(0, 500), again ? now + pause : null]
  }
  const target = (entry: number): DeviceOutcome => {
    const choice = plan.choices[changes.to[entry] ?? 0]
    return { outcome: choice?.outcome ?? 'none', variant: choice?.variant ?? null, settings: { ...choice?.settings } }
  }

  /** Not what is known already: a device that failed may still succeed. */
  const news = (entry: number, status: number): boolean => {
    const now = progress.status[entry] ?? 0
    return now < status || now === at.failed
  }

  /** Sorts the reports into events; several of one sort become one event. INVARIANT: within a device the order of reports is kept. */
  const sort = (reports: readonly DeviceReport[]): RolloutEvent[] => {
    const now = clock.now()
    const events: RolloutEvent[] = []
    const heardOf = { accepted: [] as number[], reported: [] as number[], verified: [] as number[] }
    const furthest = new Map<number, number>()
    const flush = (): void => {
      for (const is of steps) if (heardOf[is].length > 0) events.push([is, now, heardOf[is].splice(0)])
      furthest.clear()
    }
    const group = (is: (typeof steps)[number], entry: number): void => {
      const step = steps.indexOf(is)
      // The groups are told in the order of the steps: a device that goes back begins new ones.
      if ((furthest.get(entry) ?? 0) > step) flush()
      furthest.set(entry, step)
      heardOf[is].push(entry)
    }
    for (const report of reports) {
      const entry = entryOf.get(report.device)
      if (entry === undefined || report.is === 'alive') continue
      const execution = progress.execution[entry] ?? 0
      if (execution === 0) continue
      const mine = report.revision?.release === release && report.revision.execution === execution
      switch (report.is) {
        case 'accepted':
          if (mine && (progress.status[entry] ?? 0) < at.accepted) group('accepted', entry)
          break
        case 'reported': {
          if (report.revision !== undefined && !mine) break
          const wanted = target(entry)
          if (sameOutcome(report.runs, wanted)) {
            contradicted.delete(entry)
            if (news(entry, at.reported)) group('reported', entry)
          } else if (mine) {
            contradicted.set(entry, execution)
            if (progress.status[entry] !== at.failed) {
              flush()
              events.push(
                failed(entry, now, 'retryable', `it says that it took the revision, but runs ${named(report.runs)}, not ${named(wanted)}`),
              )
            }
          }
          break
        }
        case 'verified':
          if (mine && contradicted.get(entry) !== execution && news(entry, at.verified)) group('verified', entry)
          break
        case 'failed':
          if (mine && !succeeded(progress, entry) && progress.status[entry] !== at.failed) {
            flush()
            events.push(failed(entry, now, report.class, report.why))
          }
      }
    }
    flush()
    return events
  }

  const askOf = async (entries: readonly number[]): Promise<readonly DeviceReport[]> => {
    const reports: DeviceReport[] = []
    const size = Math.max(1, Math.min(1000, deployer.capabilities.limits.batch))
    for (let from = 0; from < entries.length; from += size) {
      const ids = entries.slice(from, from + size).map((entry) => changes.ids[entry] ?? '')
      reports.push(...(await deployer.read(ids, options.signal)))
    }
    return reports
  }

  return {
    hear: (report) => {
      if (closed) return
      heard.push(report)
      wakeAll()
      // Counts as delivered once it is kept.
      return new Promise<void>((resolve) => resolvers.push(resolve))
    },
    take: () => {
      const reports = heard
      const delivered = resolvers
      heard = []
      resolvers = []
      return {
        events: sort(reports),
        kept: () => {
          for (const resolve of delivered) resolve()
        },
      }
    },
    waiting: () => heard.length > 0,
    wait: async (milliseconds) => {
      if (heard.length > 0) return
      const stop = new AbortController()
      const signal = options.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.signal])
      const slept = clock.sleep(milliseconds, signal).catch(() => undefined)
      let up: () => void = () => undefined
      const woken = new Promise<void>((resolve) => (up = resolve))
      waking.add(up)
      await Promise.race([slept, woken])
      waking.delete(up)
      stop.abort()
      options.signal?.throwIfAborted()
    },
    failed,
    wake: wakeAll,
    ask: async (wave) => {
      const entries: number[] = []
      for (let entry = 0; entry < changes.count; entry++) {
        if (changes.wave[entry] === wave && succeeded(progress, entry)) entries.push(entry)
      }
      const now = clock.now()
      const events: RolloutEvent[] = []
      for (const report of await askOf(entries)) {
        const entry = entryOf.get(report.device)
        if (entry === undefined || report.is !== 'reported' || !succeeded(progress, entry)) continue
        const wanted = target(entry)
        if (sameOutcome(report.runs, wanted)) continue
        contradicted.set(entry, progress.execution[entry] ?? 0)
        events.push(failed(entry, now, 'retryable', `it had succeeded, but now runs ${named(report.runs)}, not ${named(wanted)}`))
      }
      return events
    },
    askAll: async () => {
      const entries: number[] = []
      for (let entry = 0; entry < changes.count; entry++) {
        const status = progress.status[entry] ?? 0
        if (status >= at.desired && status < at.withdrawn && !succeeded(progress, entry)) entries.push(entry)
      }
      return entries.length === 0 ? [] : sort(await askOf(entries))
    },
    close: () => {
      closed = true
      for (const resolve of resolvers) resolve()
      resolvers = []
    },
  }
}

function sameOutcome(a: DeviceOutcome, b: DeviceOutcome): boolean {
  if (a.outcome !== b.outcome || a.variant !== b.variant) return false
  const names = Object.keys(b.settings)
  return names.length === Object.keys(a.settings).length && names.every((name) => a.settings[name] === b.settings[name])
}

const named = (is: DeviceOutcome): string => (is.variant === null ? (is.outcome === 'none' ? 'nothing' : is.outcome) : `\`${is.variant}\``)
