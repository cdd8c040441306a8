// Whom a rollout tells when: predecessors, budgets, rates, windows, and what a backend asks for.
import { describe, expect, it } from 'vitest'
import type { PlanBudget } from '../../src/model/plan.ts'
import { answering, drive, paused, planOf, wave, world } from '../fixtures/drive-world.ts'
import { memoryJournal } from '../fixtures/memory-journal.ts'

describe('a rollout', () => {
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

  it('counts who failed in its budget until it succeeds, also when it is tried again', async () => {
    let broken = true
    const at = world((device) => (broken && device === 'd1' ? 'fails' : 'succeeds'))
    const journal = memoryJournal()
    const budget: PlanBudget = { name: 'site', because: 'test', groups: [{ group: 'a', most: 1, changes: 4 }] }
    const answers = answering(journal.kept, [{ when: paused(1), do: 'retry' }])
    let worst = 0
    const end = await drive(planOf({ waves: [wave('all', 4)], budgets: [{ budget, group: [0, 0, 0, 0] }] }), at, {
      journal,
      attempts: 1,
      operations: async (seq) => {
        const some = await answers(seq)
        if (some.length > 0) broken = false
        return some
      },
      onProgress: ({ disrupted }) => (worst = Math.max(worst, disrupted[0]?.get(0) ?? 0)),
    })
    expect(end.state).toBe('succeeded')
    expect(at.told.map(({ device }) => device)).toEqual(['d0', 'd1', 'd1', 'd2', 'd3'])
    expect(worst).toBe(1)
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
})
