// A rollout is driven over devices in memory: gates, retries, lies, deaths, aborts.
import { describe, expect, it } from 'vitest'
import type { DriveOptions } from '../../src/deploy/rollout/drive-options.ts'
import type { Journal, RolloutEvent } from '../../src/deploy/rollout/journal.ts'
import { progressOf } from '../../src/deploy/rollout/state.ts'
import { answering, drive, paused, planOf, release, share, wave, world } from '../fixtures/drive-world.ts'
import { memoryJournal } from '../fixtures/memory-journal.ts'

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
