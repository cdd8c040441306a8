/**
 * Drives a rollout from where its journal says it stands to its end: tells devices as wave, rate, window, budgets and predecessors allow, takes in what they say,
 * and lets waves pass, pause or abort. It may die at any instant: whoever drives on begins with the journal, applies again what was told but perhaps not sent,
 * and reads what devices say now.
 */
import type { RolloutState } from '../../model/rollout.ts'
import { rolloutSuccessors } from '../../model/rollout.ts'
import type { Wave } from '../../model/wave.ts'
import type { Applied, Batch } from '../deployer.ts'
import { createAllowance, type Allowance } from './allowance.ts'
import { batchesAt, type EntriesOfExecution } from './batches.ts'
import { judgeGate, passedThreshold, settled } from './gates.ts'
import { createHearing, type Hearing } from './hearing.ts'
import type { DriveOptions } from './drive-options.ts'
import type { Operation, RolloutEvent } from './journal.ts'
import { createLine, type Line } from './line.ts'
import { outcomeOf } from './outcome-of.ts'
import { at, fold, progressFrom, succeeded, type RolloutProgress } from './state.ts'
import { untilWindow } from './windows.ts'

/** How the drive ended: a final state, or `rolling-back`: the caller plans the way back and drives that. */
export interface DriveEnd {
  readonly state: RolloutState
  readonly because: string
  readonly progress: RolloutProgress
}

const finalStates: readonly RolloutState[] = ['succeeded', 'failed', 'aborted', 'rolling-back', 'rolled-back']

/** Rejects with the signal's reason, with `rollout/taken-over` where somebody else drives, and with what the journal fails with. */
export async function driveRollout(options: DriveOptions): Promise<DriveEnd> {
  const { plan, deployer, journal, signal } = options
  const progress = await progressFrom(journal, plan, deployer.capabilities.verifies)
  const hearing = createHearing(options, progress)
  const stop = await deployer.watch(hearing.hear, 'revisions')
  const driver = createDriver(options, progress, hearing)
  try {
    await driver.takeUp()
    while (!finalStates.includes(progress.state)) {
      signal?.throwIfAborted()
      await driver.turn()
    }
    return { state: progress.state, because: progress.because, progress }
  } finally {
    // What is heard from now on is nobody's here: whoever drives next asks for it.
    hearing.close()
    await driver.quiet()
    await stop()
  }
}

const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError'

interface Driver {
  readonly takeUp: () => Promise<void>
  readonly turn: () => Promise<void>
  /** Resolves when nothing is being sent any more. */
  readonly quiet: () => Promise<void>
}

const TICK = 200

/** Batches that are on their way to the backend at a time, so that journal and backend need not wait for one another. */
const IN_FLIGHT = 4

function createDriver(options: DriveOptions, progress: RolloutProgress, hearing: Hearing): Driver {
  const { plan, deployer, journal, clock, signal } = options
  const { changes } = plan
  const waves: readonly Wave[] = plan.head.waves
  const line: Line = createLine(progress, plan.head.budgets)
  const allowances = new Map<number, Allowance>()
  /** Entries that were told, in that order, by wave: the first may time out next. */
  const told: number[][] = waves.map(() => [])
  const toldFrom: number[] = waves.map(() => 0)
  const retries = new Set<number>()

  /** Appends so far: what a judgement keeps may allow the next step at once. */
  let decisions = 0
  const keep = async (events: readonly RolloutEvent[]): Promise<void> => {
    if (events.length === 0) return
    await journal.append(events)
    decisions++
    for (const event of events) {
      fold(progress, event)
      note(event)
    }
    options.onProgress?.(progress, events)
  }
  const note = (event: RolloutEvent): void => {
    if (event[0] === 'told') for (const entry of event[3]) told[changes.wave[entry] ?? 0]?.push(entry)
    if (event[0] === 'failed' && event[5] !== null) retries.add(event[2])
    if (event[0] === 'operation' && event[2].do === 'retry') joinBegun()
    if (event[0] === 'wave' && event[3] === 'begun') joinWave(event[2])
  }
  const joinWave = (wave: number): void => {
    for (let entry = 0; entry < changes.count; entry++) {
      if (changes.wave[entry] === wave && progress.status[entry] === at.waiting) line.join(entry)
    }
  }
  const joinBegun = (): void => {
    for (const [wave, tally] of progress.waves.entries()) if (tally.begun !== undefined) joinWave(wave)
  }
  const move = (state: RolloutState, because: string): Promise<void> =>
    rolloutSuccessors[progress.state].includes(state) ? keep([['state', clock.now(), state, because]]) : Promise.resolve()

  /** The wave that runs: the last that began. */
  const current = (): number => {
    let last = -1
    for (const [wave, tally] of progress.waves.entries()) if (tally.begun !== undefined) last = wave
    return last
  }
  const outcomes = plan.choices.map(outcomeOf)
  const artefacts = outcomes.map(({ variant }) => (variant === null ? undefined : options.artefactOf?.(variant)))
  const batchOf = (entries: readonly number[], execution: number, fresh: boolean): Batch => {
    const revision = { release: options.release, execution }
    return {
      rollout: options.rollout,
      wave: changes.wave[entries[0] ?? 0] ?? 0,
      states: entries.map((entry) => {
        const to = changes.to[entry] ?? 0
        const artefact = artefacts[to]
        return {
          device: changes.ids[entry] ?? '',
          revision,
          is: outcomes[to] ?? outcomeOf(undefined),
          ...(artefact === undefined ? {} : { artefact }),
        }
      }),
      ...(fresh ? { fresh: true } : {}),
    }
  }
  const batches = (statuses: readonly number[]): readonly EntriesOfExecution[] =>
    batchesAt(progress, statuses, deployer.capabilities.limits.batch)
  const inFlight = new Set<Promise<void>>()
  const answered: RolloutEvent[] = []
  let broken: { readonly cause: unknown } | undefined
  /** Sends a batch that is in the journal; the answers are kept in a later turn. */
  const send = async (entries: readonly number[], execution: number, fresh: boolean): Promise<void> => {
    while (inFlight.size >= IN_FLIGHT) await listening(Promise.race(inFlight))
    const sent = deployer
      .apply(batchOf(entries, execution, fresh), signal)
      .then(
        (answers) => {
          const now = clock.now()
          const held: number[] = []
          for (const [position, entry] of entries.entries()) {
            const answer: Applied = answers[position] ?? {
              device: '',
              is: 'failed',
              class: 'retryable',
              why: 'the deployer gave no answer',
            }
            if (answer.is !== 'failed') held.push(entry)
            else answered.push(hearing.failed(entry, now, answer.class, answer.why, answer.retryAfter))
          }
          if (held.length > 0) answered.push(['held', now, held])
        },
        (cause: unknown) => {
          broken ??= { cause }
        },
      )
      .then(() => {
        inFlight.delete(sent)
        hearing.wake()
      })
    inFlight.add(sent)
  }
  /** What the backend answered; a refusal says nothing of a device that has succeeded meanwhile. */
  const answers = (): RolloutEvent[] => answered.splice(0).filter((event) => event[0] !== 'failed' || !succeeded(progress, event[2]))
  /** Keeps what is heard and answered since the last time. */
  const listen = async (): Promise<void> => {
    const { events, kept } = hearing.take()
    await keep([...events, ...answers()])
    kept()
  }
  /**
   * Waits for the backend and takes reports in meanwhile. INVARIANT: nothing waits for the backend otherwise: a report counts as delivered once it is kept, and the
   * answer that is waited for may stand in the line behind reports.
   */
  const listening = async <T>(asked: Promise<T>): Promise<T> => {
    const over = asked.then(
      () => true,
      () => true,
    )
    for (;;) {
      await listen()
      const more = hearing.waiting() ? Promise.resolve(false) : hearing.wait(options.tick ?? TICK).then(() => false)
      if (await Promise.race([over, more])) break
    }
    return asked
  }
  const tell = async (): Promise<boolean> => {
    const wave = current()
    const now = clock.now()
    const settings = waves[wave]
    const tally = progress.waves[wave]
    if (settings === undefined || tally === undefined || untilWindow(settings.windows, now) > 0) return false
    let allowance = allowances.get(wave)
    if (allowance === undefined) allowances.set(wave, (allowance = createAllowance(settings.rate, tally.begun ?? now)))
    const entries = line.take(Math.min(allowance.free(now, tally.succeeded), deployer.capabilities.limits.batch))
    if (entries.length === 0) return false
    allowance.take(entries.length)
    // Those of another attempt need a revision that they have not seen.
    const again = entries.filter((entry) => (progress.execution[entry] ?? 0) > 0)
    const first = entries.filter((entry) => (progress.execution[entry] ?? 0) === 0)
    for (const [group, fresh] of [
      [first, true],
      [again, false],
    ] as const) {
      if (group.length === 0) continue
      const execution = fresh && progress.executions > 0 && firstExecution !== undefined ? firstExecution : await options.nextExecution()
      if (fresh) firstExecution = execution
      await keep([['told', now, execution, group]])
      // Executions only grow, and nobody else may change these devices meanwhile: what was never told here finds nothing newer there.
      await send(group, execution, fresh && group.every((entry) => hearing.newest(entry) < execution))
    }
    return true
  }
  let firstExecution: number | undefined

  /** Time-outs and retries that are due. */
  const due = async (): Promise<void> => {
    const now = clock.now()
    const late: number[] = []
    for (const [wave, queue] of told.entries()) {
      const timeout = waves[wave]?.deviceTimeout ?? Infinity
      let from = toldFrom[wave] ?? 0
      for (; from < queue.length; from++) {
        const entry = queue[from] ?? 0
        if ((progress.toldAt[entry] ?? 0) + timeout > now) break
        const status = progress.status[entry] ?? 0
        if (status < at.desired || status > at.reported || (status === at.reported && !progress.verifies)) continue
        late.push(entry)
      }
      toldFrom[wave] = from
    }
    if (late.length > 0) await keep([['timed-out', now, late]])
    for (const entry of retries) {
      const when = progress.retryAt[entry] ?? 0
      if (progress.status[entry] !== at.failed || when === 0) retries.delete(entry)
      else if (when <= now) {
        retries.delete(entry)
        line.join(entry)
      }
    }
  }

  let looked = -Infinity
  /** Takes up what somebody asked for; looked for a few times a tick, however busy it is. */
  const operate = async (): Promise<void> => {
    const now = clock.now()
    if (now - looked < (options.tick ?? TICK) / 4) return
    looked = now
    for (const operation of await options.operations(progress.operations)) {
      await keep([['operation', clock.now(), operation]])
      await obey(operation)
    }
  }
  const obey = async ({ do: what, actor, reason }: Operation): Promise<void> => {
    const because = reason === '' ? `${what} by ${actor}` : `${what} by ${actor}: ${reason}`
    switch (what) {
      case 'pause':
        return move('paused', because)
      case 'resume':
      case 'retry':
        return move('running', because)
      case 'abort':
        return move('aborting', because)
      case 'roll-back':
        return move('rolling-back', because)
      case 'next': {
        const next = current() + 1
        if (next >= waves.length) return
        await keep([['wave', clock.now(), next, 'begun']])
        return move('running', because)
      }
    }
  }

  const lookOnceMore = async (wave: number): Promise<readonly RolloutEvent[]> => {
    await listening(hearing.caughtUp())
    await listen()
    return listening(hearing.ask(wave))
  }

  /** Lets the wave that runs pass, pause or end, and begins the next. */
  const judge = async (): Promise<void> => {
    const wave = current()
    const now = clock.now()
    if (wave < 0) {
      if (waves.length === 0) return move('succeeded', 'nothing to change')
      if (waves[0]?.manual === true) return
      return keep([['wave', now, 0, 'begun']])
    }
    const settings = waves[wave]
    const tally = progress.waves[wave]
    if (settings === undefined || tally === undefined) return
    const threshold = passedThreshold(settings.abort, progress)
    if (threshold !== undefined)
      return move(threshold.then === 'abort' ? 'aborting' : threshold.then === 'pause' ? 'paused' : 'rolling-back', threshold.why)
    const ready = line.ready()
    if (tally.passed === undefined) {
      const answer = judgeGate(settings, tally, ready)
      if (answer.is === 'missed') return move('paused', `wave \`${settings.name}\`: ${answer.why}`)
      if (answer.is === 'open') {
        const { progressDeadline } = settings
        if (progressDeadline !== undefined && now - tally.progress > progressDeadline && untilWindow(settings.windows, now) === 0)
          return move('paused', `wave \`${settings.name}\`: no device got on for ${Math.round(progressDeadline / 1000)} s`)
        return
      }
      // What is known may be old news: what devices have said since is heard first, and whoever is in doubt is asked, before the gate opens.
      const contradictions = await lookOnceMore(wave).catch((error: unknown) => {
        // A backend that does not answer now is asked again: the gate stays shut until it has.
        if (signal?.aborted === true || !isTimeout(error)) throw error
        return undefined
      })
      if (contradictions === undefined || judgeGate(settings, tally, line.ready()).is !== 'passed') return
      if (contradictions.length > 0) return keep(contradictions)
      return keep([['wave', now, wave, 'passed']])
    }
    if (now - tally.passed < settings.soak) return
    const last = wave + 1 === waves.length
    if (last) {
      if (!progress.waves.every((one) => settled(one, ready))) return
      if (tally.over === undefined) await keep([['wave', now, wave, 'over']])
      return move('succeeded', 'every wave has passed its gate')
    }
    if (tally.over === undefined) await keep([['wave', now, wave, 'over']])
    if (waves[wave + 1]?.manual !== true) await keep([['wave', now, wave + 1, 'begun']])
  }

  /** Takes back what no device was told yet. */
  const abort = async (): Promise<void> => {
    await listening(Promise.all(inFlight))
    await listen()
    for (const { execution, entries } of batches([at.desired, at.held])) {
      const answers = await listening(deployer.withdraw(batchOf(entries, execution, false), signal))
      const back = entries.filter((_, position) => answers[position]?.is === 'withdrawn')
      if (back.length > 0) await keep([['withdrawn', clock.now(), back]])
    }
    const waiting = batches([at.waiting]).flatMap(({ entries }) => entries)
    if (waiting.length > 0) await keep([['withdrawn', clock.now(), waiting]])
    await move('aborted', progress.because)
  }

  return {
    quiet: async () => {
      await Promise.all(inFlight)
    },
    takeUp: async () => {
      if (progress.state === 'draft' || progress.state === 'awaiting-approval') await move('running', 'started')
      for (let entry = 0; entry < changes.count; entry++) {
        const wave = progress.waves[changes.wave[entry] ?? 0]
        const status = progress.status[entry] ?? 0
        if (status >= at.desired && status < at.verified) told[changes.wave[entry] ?? 0]?.push(entry)
        if (status === at.failed && progress.retryAt[entry] !== 0) retries.add(entry)
        if (status === at.waiting && wave?.begun !== undefined) line.join(entry)
        const execution = progress.execution[entry] ?? 0
        if (execution > 0) firstExecution = Math.min(firstExecution ?? execution, execution)
      }
      for (const queue of told) queue.sort((a, b) => (progress.toldAt[a] ?? 0) - (progress.toldAt[b] ?? 0) || a - b)
      await keep(await listening(hearing.askAll()))
      await sendAgain()
    },
    turn: async () => {
      if (broken !== undefined) throw broken.cause
      await listen()
      await operate()
      if (progress.state === 'aborting') return abort()
      if (finalStates.includes(progress.state)) return
      await due()
      const before = decisions
      if (progress.state === 'running') await judge()
      const decided = decisions > before
      const busy = progress.state === 'running' && (await tell())
      if (!busy && !decided && !hearing.waiting() && answered.length === 0 && !finalStates.includes(progress.state))
        await hearing.wait(options.tick ?? TICK)
      else await new Promise((resolve) => setImmediate(resolve))
    },
  }

  /** What was journaled as told, but of which nobody knows whether it was sent: applying the same revision twice is harmless. */
  async function sendAgain(): Promise<void> {
    for (const { execution, entries } of batches([at.desired])) await send(entries, execution, false)
  }
}
