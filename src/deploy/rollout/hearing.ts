// What devices say, as events of the journal: which of it speaks of this rollout, what is old, what contradicts itself.
import type { DeviceOutcome, FailureClass } from '../../model/rollout.ts'
import type { DeviceReport, ReportHandler } from '../deployer.ts'
import type { DriveOptions } from './drive-options.ts'
import type { RolloutEvent } from './journal.ts'
import { outcomeOf } from './outcome-of.ts'
import { at, succeeded, type RolloutProgress } from './state.ts'

export interface Hearing {
  readonly hear: ReportHandler
  /** Events of what was heard since the last time; `kept` is called once they are. */
  readonly take: () => { readonly events: RolloutEvent[]; readonly kept: () => void }
  readonly waiting: () => boolean
  /** The newest execution, of whatever release, that the device was heard to speak of; 0: none. */
  readonly newest: (entry: number) => number
  /** Until something is heard, or so many milliseconds. */
  readonly wait: (milliseconds: number) => Promise<void>
  /** A failure, with the instant of its retry where it is retried. */
  readonly failed: (entry: number, now: number, kind: FailureClass, why: string, retryAfter?: number) => RolloutEvent
  /** Resolves once all that devices have said by now can be taken; at once where the backend does not bring every word. */
  readonly caughtUp: () => Promise<void>
  /** Devices of the wave that count as successes, but now say something else. Where every word of devices comes by itself, only those are asked whose words contradicted one another. */
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
  let delivery: Delivery | undefined
  /** Several may wait: one that was overtaken by an answer sleeps on. */
  const waking = new Set<() => void>()
  const wakeAll = (): void => {
    for (const one of waking) one()
  }
  let closed = false
  /** Execution whose last report contradicted what it should run, by entry. */
  const contradicted = new Map<number, number>()
  /** Entries that succeeded and whose last word, of whatever revision, is that they run something else: it may be old, so that they are asked. */
  const suspicious = new Set<number>()
  const newest = new Int32Array(changes.count)

  const failed = (entry: number, now: number, kind: FailureClass, why: string, retryAfter?: number): RolloutEvent => {
    const attempts = progress.attempts[entry] ?? 1
    const again = kind === 'retryable' && attempts < (options.attempts ?? 3)
    const pause = retryAfter ?? (options.backOff ?? 5000) * 2 ** Math.max(0, attempts - 1)
    return ['failed', now, entry, kind, why.slice(0, 500), again ? now + pause : null]
  }
  const outcomes = plan.choices.map(outcomeOf)
  const target = (entry: number): DeviceOutcome => outcomes[changes.to[entry] ?? 0] ?? outcomeOf(undefined)

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
      newest[entry] = Math.max(newest[entry] ?? 0, report.revision?.execution ?? 0)
      const execution = progress.execution[entry] ?? 0
      if (execution === 0) continue
      const mine = report.revision?.release === release && report.revision.execution === execution
      switch (report.is) {
        case 'accepted':
          if (mine && (progress.status[entry] ?? 0) < at.accepted) group('accepted', entry)
          break
        case 'reported': {
          const wanted = target(entry)
          const same = sameOutcome(report.runs, wanted)
          if (same) suspicious.delete(entry)
          else if (succeeded(progress, entry)) suspicious.add(entry)
          if (report.revision !== undefined && !mine) break
          if (same) {
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
      delivery ??= openDelivery()
      return delivery.kept
    },
    take: () => {
      const reports = heard
      const delivered = delivery
      heard = []
      delivery = undefined
      return { events: sort(reports), kept: () => delivered?.done() }
    },
    waiting: () => heard.length > 0,
    newest: (entry) => newest[entry] ?? 0,
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
    caughtUp: async () => deployer.caughtUp?.(options.signal),
    ask: async (wave) => {
      const entries: number[] = []
      const asked = (entry: number): boolean => changes.wave[entry] === wave && succeeded(progress, entry)
      if (deployer.caughtUp === undefined) {
        for (let entry = 0; entry < changes.count; entry++) if (asked(entry)) entries.push(entry)
      } else entries.push(...[...suspicious].filter(asked).sort((a, b) => a - b))
      const now = clock.now()
      const events: RolloutEvent[] = []
      for (const report of await askOf(entries)) {
        const entry = entryOf.get(report.device)
        if (entry === undefined || report.is !== 'reported' || !succeeded(progress, entry)) continue
        const wanted = target(entry)
        suspicious.delete(entry)
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
      delivery?.done()
      delivery = undefined
    },
  }
}

/** Reports that are kept together. */
interface Delivery {
  readonly kept: Promise<void>
  readonly done: () => void
}

function openDelivery(): Delivery {
  let done: () => void = () => undefined
  const kept = new Promise<void>((resolve) => (done = resolve))
  return { kept, done }
}

function sameOutcome(a: DeviceOutcome, b: DeviceOutcome): boolean {
  if (a.outcome !== b.outcome || a.variant !== b.variant) return false
  const names = Object.keys(b.settings)
  return names.length === Object.keys(a.settings).length && names.every((name) => a.settings[name] === b.settings[name])
}

const named = (is: DeviceOutcome): string => (is.variant === null ? (is.outcome === 'none' ? 'nothing' : is.outcome) : `\`${is.variant}\``)
