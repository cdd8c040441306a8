// A rollout is driven over devices in memory, by a clock that only moves when somebody sleeps: what each device was told, how often, in what order.
import { describe, expect, it } from 'vitest'
import type { Batch, Deployer, DeviceReport, ReportHandler } from '../../src/deploy/deployer.ts'
import type { Clock } from '../../src/deploy/pace.ts'
import { driveRollout, type DriveEnd } from '../../src/deploy/rollout/drive.ts'
import type { DriveOptions } from '../../src/deploy/rollout/drive-options.ts'
import type { Journal, Operation, RolloutEvent } from '../../src/deploy/rollout/journal.ts'
import { progressOf } from '../../src/deploy/rollout/state.ts'
import type { Plan, PlanBudget } from '../../src/model/plan.ts'
import type { Wave } from '../../src/model/wave.ts'
import { memoryJournal } from '../fixtures/memory-journal.ts'

const release = 'cd'.repeat(32)
const share = (percent: number) => ({ text: `${percent} %`, numerator: percent, denominator: 100 })

const wave = (name: string, devices: number, more: Partial<Wave> = {}): Wave => ({
  name,
  devices,
  steps: 1,
  gate: { success: share(90), sample: 0 },
  abort: [],
  soak: 1000,
  deviceTimeout: 60_000,
  windows: [],
  manual: false,
  ...more,
})

interface Cut {
  readonly waves: readonly Wave[]
  /** Predecessors by device. */
  readonly after?: Readonly<Record<number, readonly number[]>>
  readonly budgets?: readonly { readonly budget: PlanBudget; readonly group: readonly number[] }[]
}

/** Devices d0, d1, ... in the order of the waves, each from `old` to `new`. */
function planOf({ waves, after = {}, budgets = [] }: Cut): Plan {
  const count = waves.reduce((sum, one) => sum + one.devices, 0)
  const sets = Object.entries(after)
  const setStart = [0]
  const members: number[] = []
  const afterColumn = new Int32Array(count).fill(-1)
  for (const [set, [entry, before]] of sets.entries()) {
    members.push(...before)
    setStart.push(members.length)
    afterColumn[Number(entry)] = set
  }
  return {
    choices: [
      { outcome: 'variant', variant: 'old', settings: {} },
      { outcome: 'variant', variant: 'new', settings: {} },
    ] as unknown as Plan['choices'],
    changes: {
      count,
      ids: Array.from({ length: count }, (_, entry) => `d${entry}`),
      rows: Int32Array.from({ length: count }, (_, entry) => entry),
      from: new Int32Array(count),
      to: new Int32Array(count).fill(1),
      wave: Int32Array.from(waves.flatMap((one, index) => Array.from({ length: one.devices }, () => index))),
      step: new Int32Array(count),
      after: afterColumn,
      setStart: Int32Array.from(setStart),
      setMembers: Int32Array.from(members),
      budgetGroup: budgets.map(({ group }) => Int32Array.from(group)),
    },
    head: {
      formatVersion: 1,
      release,
      devices: count,
      changes: count,
      waves: [...waves],
      budgets: budgets.map(({ budget }) => budget),
      safety: { during: [], compositions: [], keptApart: [], standing: [], assumptions: [] },
      estimate: { waves: [], total: 0, from: [] },
    },
  }
}

/** Devices that take a desired state after a second and succeed, unless `behave` says otherwise. Time passes when the driver sleeps. */
function world(
  behave: (device: string, execution: number) => 'succeeds' | 'fails' | 'rejects' | 'away' | 'lies' | 'refused' = () => 'succeeds',
) {
  let now = 1_000_000
  const due: { at: number; run: () => void | Promise<void> }[] = []
  const told: { at: number; device: string; execution: number }[] = []
  const acted = new Map<string, number[]>()
  const runs = new Map<string, { variant: string; execution: number }>()
  const failedAt = new Map<string, number>()
  let handlers: ReportHandler[] = []
  const say = async (report: DeviceReport): Promise<void> => {
    for (const handler of handlers) void handler(report)
    await Promise.resolve()
  }
  const clock: Clock = {
    now: () => now,
    sleep: async (milliseconds, signal) => {
      await new Promise((resolve) => setImmediate(resolve))
      if (signal?.aborted === true) return
      const until = now + milliseconds
      due.sort((a, b) => a.at - b.at)
      const first = due[0]
      if (first !== undefined && first.at <= until) {
        now = Math.max(now, first.at)
        due.shift()
        await first.run()
      } else now = until
    },
  }
  const act = (device: string, execution: number): void => {
    const seen = acted.get(device) ?? []
    if (seen.some((one) => one >= execution)) return
    const how = behave(device, execution)
    if (how === 'away') return
    acted.set(device, [...seen, execution])
    const revision = { release, execution }
    const runsNew = { outcome: 'variant' as const, variant: 'new', settings: {} }
    const runsOld = { ...runsNew, variant: 'old' }
    due.push({
      at: now + 1000,
      run: async () => {
        await say({ device, is: 'accepted', revision })
        if (how === 'fails') {
          failedAt.set(device, execution)
          return say({ device, is: 'failed', revision, class: 'retryable', why: 'no space' })
        }
        if (how === 'rejects') return say({ device, is: 'failed', revision, class: 'rejected', why: 'wrong digest' })
        runs.set(device, { variant: how === 'lies' ? 'old' : 'new', execution })
        await say({ device, is: 'reported', revision, runs: how === 'lies' ? runsOld : runsNew })
        await say({ device, is: 'verified', revision })
      },
    })
  }
  const deployer: Deployer = {
    name: 'in memory',
    capabilities: {
      away: 'kept',
      verifies: true,
      liveness: false,
      rollback: false,
      groups: false,
      wildcards: false,
      limits: { batch: 10 },
    },
    rehearse: () => Promise.resolve({ sends: [], refusals: [] }),
    apply: (batch: Batch) =>
      Promise.resolve(
        batch.states.map(({ device, revision }) => {
          if (behave(device, revision.execution) === 'refused')
            return { device, is: 'failed' as const, class: 'retryable' as const, why: '429', retryAfter: 7000 }
          told.push({ at: now, device, execution: revision.execution })
          act(device, revision.execution)
          return { device, is: 'held' as const }
        }),
      ),
    withdraw: (batch) =>
      Promise.resolve(
        batch.states.map(({ device }) => ({ device, is: acted.has(device) ? ('too-late' as const) : ('withdrawn' as const) })),
      ),
    read: (devices) =>
      Promise.resolve(
        devices.flatMap((device): DeviceReport[] => {
          const is = runs.get(device)
          const failed = failedAt.get(device)
          if (failed !== undefined && failed > (is?.execution ?? 0))
            return [{ device, is: 'failed', revision: { release, execution: failed }, class: 'retryable', why: 'no space' }]
          if (is === undefined) return []
          const revision = { release, execution: is.execution }
          const reported: DeviceReport = {
            device,
            is: 'reported',
            revision,
            runs: { outcome: 'variant', variant: is.variant, settings: {} },
          }
          return is.variant === 'new' ? [reported, { device, is: 'verified', revision }] : [reported]
        }),
      ),
    watch: (handler) => {
      handlers.push(handler)
      return Promise.resolve(() => {
        handlers = handlers.filter((one) => one !== handler)
        return Promise.resolve()
      })
    },
    close: () => Promise.resolve(),
  }
  return { clock, deployer, told, acted, runs, later: (at: number, run: () => void) => due.push({ at: now + at, run }) }
}

let executions = 0
const drive = (plan: Plan, at: ReturnType<typeof world>, more: Partial<DriveOptions> = {}): Promise<DriveEnd> =>
  driveRollout({
    rollout: 'r1',
    release,
    plan,
    deployer: at.deployer,
    clock: at.clock,
    journal: memoryJournal(),
    nextExecution: () => Promise.resolve(++executions),
    operations: () => Promise.resolve([]),
    ...more,
  })

/** Operations that come once the rollout stands so. */
const answering =
  (
    kept: readonly RolloutEvent[],
    answers: readonly { readonly when: (kept: readonly RolloutEvent[]) => boolean; readonly do: Operation['do'] }[],
  ) =>
  (seq: number): Promise<readonly Operation[]> => {
    const next = answers[seq]
    return Promise.resolve(next !== undefined && next.when(kept) ? [{ seq: seq + 1, do: next.do, actor: 'ada', reason: '' }] : [])
  }
const paused = (times: number) => (kept: readonly RolloutEvent[]) =>
  kept.filter((event) => event[0] === 'state' && event[2] === 'paused').length >= times

describe('a rollout', () => {
  it('tells every device once, wave after wave, with the soak between them', async () => {
    const at = world()
    const end = await drive(planOf({ waves: [wave('canary', 2, { soak: 10_000 }), wave('rest', 25)] }), at)
    expect(end.state).toBe('succeeded')
    expect(at.told.length).toBe(27)
    expect(new Set(at.told.map(({ device }) => device)).size).toBe(27)
    const canary = Math.max(...at.told.filter(({ device }) => device === 'd0' || device === 'd1').map((one) => one.at))
    const rest = Math.min(...at.told.filter(({ device }) => device !== 'd0' && device !== 'd1').map((one) => one.at))
    expect(rest - canary).toBeGreaterThanOrEqual(10_000)
  })

  it('pauses below the gate, tells no later wave, and goes on after a retry with revisions that are newer', async () => {
    let broken = true
    const at = world((device) => (broken && ['d0', 'd1', 'd2'].includes(device) ? 'fails' : 'succeeds'))
    const journal = memoryJournal()
    const answers = answering(journal.kept, [{ when: paused(1), do: 'retry' }])
    const end = await drive(planOf({ waves: [wave('first', 10), wave('second', 5)] }), at, {
      journal,
      attempts: 2,
      operations: async (seq) => {
        const some = await answers(seq)
        if (some.length > 0) {
          expect(at.told.some(({ device }) => device === 'd12')).toBe(false)
          broken = false
        }
        return some
      },
    })
    expect(end.state).toBe('succeeded')
    const first = at.told.filter(({ device }) => device === 'd1').map(({ execution }) => execution)
    expect(first.length).toBe(3)
    expect([...first].sort((a, b) => a - b)).toEqual(first)
    expect(new Set(first).size).toBe(3)
    expect(at.told.filter(({ device }) => device === 'd5').length).toBe(1)
    expect(journal.kept.find((event) => event[0] === 'state' && event[2] === 'paused')?.[3]).toBe(
      'wave `first`: 70 % of 10 succeeded, 90 % are needed: 3 failed',
    )
  })

  it('never retries what was rejected, and counts it against the threshold', async () => {
    const at = world((device) => (Number(device.slice(1)) < 3 ? 'rejects' : 'succeeds'))
    const end = await drive(
      planOf({ waves: [wave('all', 30, { abort: [{ classes: ['rejected'], share: share(5), sample: 10, then: 'abort' }] })] }),
      at,
    )
    expect(end.state).toBe('aborted')
    expect(at.told.filter(({ device }) => device === 'd0').length).toBe(1)
    expect(end.because).toMatch(/^\d+ of \d+ finished devices failed \(rejected\), at most 5 % may$/)
  })

  it('passes with a tenth of the devices away, which take it when they come back', async () => {
    let away = true
    const at = world((device) => (device === 'd3' && away ? 'away' : 'succeeds'))
    at.later(90_000, () => {
      away = false
      void at.deployer.apply({
        rollout: 'r1',
        wave: 0,
        states: [{ device: 'd3', revision: { release, execution: 1_000_000 }, is: { outcome: 'variant', variant: 'new', settings: {} } }],
      })
    })
    const end = await drive(planOf({ waves: [wave('first', 10), wave('second', 10)] }), at)
    expect(end.state).toBe('succeeded')
    expect(progressOf(end.progress, 3)).toBe('failed')
    expect(at.told.filter(({ device, execution }) => device === 'd3' && execution < 1_000_000).length).toBe(1)
  })

  it('does not believe a device that reports success on the old variant', async () => {
    const at = world((device) => (device === 'd0' ? 'lies' : 'succeeds'))
    const journal = memoryJournal()
    const end = await drive(planOf({ waves: [wave('all', 4)] }), at, {
      journal,
      attempts: 1,
      operations: answering(journal.kept, [{ when: paused(1), do: 'abort' }]),
    })
    expect(end.state).toBe('aborted')
    expect(progressOf(end.progress, 0)).toBe('failed')
    expect(end.progress.why.get(0)).toBe('it says that it took the revision, but runs `old`, not `new`')
  })

  it('notices before the gate opens that a device has gone back', async () => {
    const at = world()
    const journal = memoryJournal()
    const keep = journal.append
    const end = await drive(planOf({ waves: [wave('first', 4, { gate: { success: share(100), sample: 0 } }), wave('second', 4)] }), at, {
      journal: {
        ...journal,
        append: async (events) => {
          await keep(events)
          if (events.some((event) => event[0] === 'verified' && event[2].includes(1))) at.runs.set('d1', { variant: 'old', execution: 0 })
        },
      },
      attempts: 1,
      operations: answering(journal.kept, [{ when: paused(1), do: 'abort' }]),
    })
    expect(end.state).toBe('aborted')
    expect(at.told.some(({ device }) => device === 'd5')).toBe(false)
    expect(end.progress.why.get(1)).toBe('it had succeeded, but now runs `old`, not `new`')
  })

  it('tells nobody before the devices it waits for are verified, and says who is blocked', async () => {
    const at = world((device) => (device === 'd0' ? 'rejects' : 'succeeds'))
    const journal = memoryJournal()
    const end = await drive(planOf({ waves: [wave('all', 4)], after: { 2: [0], 3: [1] } }), at, {
      journal,
      operations: answering(journal.kept, [{ when: paused(1), do: 'abort' }]),
    })
    expect(end.state).toBe('aborted')
    expect(at.told.map(({ device }) => device)).toEqual(['d0', 'd1', 'd3'])
    expect(journal.kept.find((event) => event[0] === 'state' && event[2] === 'paused')?.[3]).toBe(
      'wave `all`: 50 % of 4 succeeded, 90 % are needed: 1 failed, 1 wait for devices that have not succeeded',
    )
  })

  it('keeps within the budget of every group at every moment', async () => {
    const at = world()
    const group = Array.from({ length: 20 }, (_, entry) => entry % 2)
    const budget: PlanBudget = {
      name: 'site',
      because: 'test',
      groups: [
        { group: 'a', most: 2, changes: 10 },
        { group: 'b', most: 1, changes: 10 },
      ],
    }
    let worst = [0, 0]
    const end = await drive(planOf({ waves: [wave('all', 20)], budgets: [{ budget, group }] }), at, {
      onProgress: ({ disrupted }) => (worst = worst.map((one, index) => Math.max(one, disrupted[0]?.get(index) ?? 0))),
    })
    expect(end.state).toBe('succeeded')
    expect(worst).toEqual([2, 1])
  })

  it('keeps its rate and its window', async () => {
    const at = world()
    const begin = at.clock.now()
    const minute = Math.floor((begin / 60_000) % 1440)
    const end = await drive(
      planOf({
        waves: [
          wave('all', 30, {
            rate: { is: 'constant', perMinute: 60 },
            windows: [{ days: [0, 1, 2, 3, 4, 5, 6], from: minute + 2, to: minute + 3, offset: 0 }],
          }),
        ],
      }),
      at,
    )
    expect(end.state).toBe('succeeded')
    const times = at.told.map((one) => one.at).sort((a, b) => a - b)
    expect(times[0]).toBeGreaterThanOrEqual((minute + 2) * 60_000)
    expect((times[29] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(28_000)
  })

  it('waits as long as a backend that refuses asks', async () => {
    let refuse = true
    const at = world((device) => (device === 'd0' && refuse ? 'refused' : 'succeeds'))
    at.later(3000, () => (refuse = false))
    const begin = at.clock.now()
    const end = await drive(planOf({ waves: [wave('all', 2)] }), at)
    expect(end.state).toBe('succeeded')
    expect(at.told.find(({ device }) => device === 'd0')?.at).toBeGreaterThanOrEqual(begin + 7000)
  })

  it('is taken up after it died at any append, and no device acts twice on one revision', async () => {
    for (let death = 1; death < 40; death++) {
      const at: ReturnType<typeof world> = world((device) =>
        device === 'd2' && (at.acted.get('d2') ?? []).length === 0 ? 'fails' : 'succeeds',
      )
      const kept: RolloutEvent[] = []
      const plan = planOf({ waves: [wave('first', 5), wave('second', 12)], after: { 9: [7, 8] } })
      let appends = 0
      const mortal: Journal = {
        ...memoryJournal(kept),
        append: (events) => {
          appends++
          // Half of the time the events were kept before the process died.
          if (appends === death) {
            if (death % 2 === 0) kept.push(...events)
            return Promise.reject(new Error('killed'))
          }
          kept.push(...events)
          return Promise.resolve()
        },
      }
      const numbers = { next: 0 }
      const options: Partial<DriveOptions> = { nextExecution: () => Promise.resolve(++numbers.next), backOff: 100 }
      const first = await drive(plan, at, { ...options, journal: mortal }).then(
        (end) => end.state,
        (error: unknown) => (error as Error).message,
      )
      const end = first === 'killed' ? await drive(plan, at, { ...options, journal: memoryJournal(kept) }) : undefined
      expect(end?.state ?? first).toBe('succeeded')
      for (const [device, acts] of at.acted) expect([device, new Set(acts).size]).toEqual([device, acts.length])
      expect(at.runs.size).toBe(17)
    }
  })

  it('takes back on abort what no device was told, and leaves the others alone', async () => {
    const at = world((device) => (device === 'd1' ? 'away' : 'succeeds'))
    const journal = memoryJournal()
    const end = await drive(planOf({ waves: [wave('first', 3, { deviceTimeout: 1e9 }), wave('second', 3)] }), at, {
      journal,
      operations: answering(journal.kept, [{ when: (kept) => kept.some((event) => event[0] === 'verified'), do: 'abort' }]),
    })
    expect(end.state).toBe('aborted')
    expect([1, 3, 4, 5].map((entry) => progressOf(end.progress, entry))).toEqual(['withdrawn', 'withdrawn', 'withdrawn', 'withdrawn'])
    expect(['desired', 'verified']).toContain(progressOf(end.progress, 2))
  })
})
