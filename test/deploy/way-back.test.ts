// What a rollout that takes another back tells, and in which order: never more of a group under way than its budget has.
import { describe, expect, it } from 'vitest'
import type { Plan, PlanBudget } from '../../src/model/plan.ts'
import type { RolloutEvent } from '../../src/deploy/rollout/journal.ts'
import { beginProgress, fold } from '../../src/deploy/rollout/state.ts'
import { planFromStore, planToStore } from '../../src/deploy/rollout/stored-plan.ts'
import { planWayBack } from '../../src/deploy/rollout/way-back.ts'
import { drive, planOf, wave, world } from '../fixtures/drive-world.ts'

const site = (most: number, changes: number): PlanBudget => ({ name: 'site', because: 'test', groups: [{ group: 'a', most, changes }] })

/** What the events leave behind, and the plan that takes it back. */
function wayBack(plan: Plan, events: readonly RolloutEvent[]): Plan {
  const progress = beginProgress(plan.changes, plan.head.waves.length, true)
  for (const event of events) fold(progress, event)
  const back = planWayBack(plan, progress)
  if (back === undefined) throw new Error('nobody was told')
  return back
}

/** Told back in this order; the devices of the world end on what they are told, whatever it is. */
async function toldBack(back: Plan): Promise<{ told: string[]; worst: number; state: string }> {
  const at = world()
  let worst = 0
  const choices = [...back.choices].reverse() as Plan['choices']
  const end = await drive({ ...back, choices }, at, {
    onProgress: ({ disrupted }) => (worst = Math.max(worst, disrupted[0]?.get(0) ?? 0)),
  })
  return { told: at.told.map(({ device }) => device), worst, state: end.state }
}

describe('a way back', () => {
  const failed = (entry: number): RolloutEvent => ['failed', 2, entry, 'retryable', 'no space', null]

  it('begins with those that failed where their group has no room for others', async () => {
    const plan = planOf({ waves: [wave('all', 4)], budgets: [{ budget: site(2, 4), group: [0, 0, 0, 0] }] })
    const back = wayBack(plan, [['told', 1, 1, [0, 1, 2, 3]], ['verified', 2, [0, 1]], failed(2), failed(3)])
    const { told, worst, state } = await toldBack(back)
    expect(state).toBe('succeeded')
    expect(new Set(told.slice(0, 2))).toEqual(new Set(['d2', 'd3']))
    expect(worst).toBe(2)
  })

  it('takes those that failed in an early wave back before the devices of later ones', async () => {
    const plan = planOf({ waves: [wave('first', 2), wave('second', 2)], budgets: [{ budget: site(1, 4), group: [0, 0, 0, 0] }] })
    const back = wayBack(plan, [['told', 1, 1, [0, 1, 2, 3]], ['verified', 2, [1, 2, 3]], failed(0)])
    expect(back.head.waves.map(({ name, devices }) => [name, devices])).toEqual([
      ['back from second', 3],
      ['back from first', 1],
    ])
    const { told, worst, state } = await toldBack(back)
    expect(state).toBe('succeeded')
    expect(told).toEqual(['d0', 'd2', 'd3', 'd1'])
    expect(worst).toBe(1)
  })

  it('leaves out who was never told, and who never heard of it', () => {
    const plan = planOf({ waves: [wave('all', 4)] })
    const back = wayBack(plan, [
      ['told', 1, 1, [0, 1]],
      ['verified', 2, [0]],
      ['withdrawn', 3, [1]],
    ])
    expect(back.changes.ids).toEqual(['d0'])
    expect(back.changes.from).toEqual(Int32Array.of(1))
    expect(back.changes.to).toEqual(Int32Array.of(0))
  })

  it('tells a device only after those that waited for it', async () => {
    const plan = planOf({ waves: [wave('all', 3)], after: { 2: [0, 1] } })
    const back = wayBack(plan, [
      ['told', 1, 1, [0, 1, 2]],
      ['verified', 2, [0, 1, 2]],
    ])
    expect((await toldBack(back)).told).toEqual(['d2', 'd0', 'd1'])
  })

  it('tells one that stood in several lists only after all who waited by any of them', async () => {
    const plan = planOf({ waves: [wave('all', 5)], after: { 2: [0, 1], 3: [1], 4: [3] } })
    const back = wayBack(plan, [
      ['told', 1, 1, [0, 1, 2, 3, 4]],
      ['verified', 2, [0, 1, 2, 3, 4]],
    ])
    const { ids, after, setStart, setMembers } = back.changes
    const waitsFor = Object.fromEntries(
      ids.map((id, entry) => {
        const set = after[entry] ?? -1
        return [id, set < 0 ? [] : Array.from(setMembers.subarray(setStart[set], setStart[set + 1]), (member) => ids[member])]
      }),
    )
    expect(waitsFor).toEqual({ d0: ['d2'], d1: ['d2', 'd3'], d2: [], d3: ['d4'], d4: [] })
    expect((await toldBack(back)).told).toEqual(['d2', 'd4', 'd0', 'd3', 'd1'])
  })

  it('is read from the store as it was written, with who is disrupted', async () => {
    const plan = planOf({ waves: [wave('all', 3)], budgets: [{ budget: site(2, 3), group: [0, 0, 0] }] })
    const back = wayBack(plan, [['told', 1, 1, [0, 1, 2]], ['verified', 2, [0, 2]], failed(1)])
    const stored = await planToStore(back)
    const read = await planFromStore(stored.head, stored.parts)
    expect(read.changes.ids).toEqual(['d1', 'd0', 'd2'].sort((a, b) => back.changes.ids.indexOf(a) - back.changes.ids.indexOf(b)))
    const marked = read.changes.ids.filter((_, entry) => read.changes.disrupted[entry] === 1)
    expect(marked).toEqual(['d1'])
    expect(beginProgress(read.changes, read.head.waves.length, true).disrupted[0]?.get(0)).toBe(1)
  })
})
