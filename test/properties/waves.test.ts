// Rooms in which old and new fight: the declared order is refused with its trace, a safe one is found and proved, and where there is none, devices and the smallest change are named.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { planRollout, type PlanResult } from '../../src/engine-plan.ts'
import { readNativeBehaviour } from '../../src/formats/native/read-behaviour.ts'
import type { Assignment } from '../../src/model/assignment.ts'
import type { Choice } from '../../src/model/outcome.ts'
import { plainPolicy, readWavePolicy } from '../../src/plan/read-policy.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { verifyPlan } from '../../src/verify/plan.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

const folder = new URL('../../examples/rollout/', import.meta.url)
const file = (name: string): string => readFileSync(new URL(name, folder), 'utf8')

async function plan(modelName: string, wavesName?: string) {
  const { model, fleet } = smallFleet(file(modelName))
  const ids = ['heat-1', 'heat-2', 'vent-1', 'vent-2']
  const choices: readonly Choice[] = [
    { id: 'none', outcome: 'none', settings: {} },
    { id: 'unmanaged', outcome: 'unmanaged', settings: {} },
    ...ids.map((id): Choice => ({ id, outcome: 'variant', variant: id, settings: {} })),
  ]
  const assignment: Assignment = {
    choices,
    chosen: Int32Array.from(fleet.ids, (id) => 2 + ids.indexOf(id.startsWith('heater') ? 'heat-2' : 'vent-2')),
  }
  const policy =
    wavesName === undefined ? { ok: true as const, value: plainPolicy } : readWavePolicy({ name: wavesName, text: file(wavesName) }, model)
  if (!policy.ok) throw new Error(policy.diagnostics[0]!.message)
  const solvers = createSolvers({})
  try {
    const open = (reference: string) => {
      const name = reference.replace(/^native:/, '')
      const read = readNativeBehaviour({ name, text: file(name) })
      return Promise.resolve(read.ok ? { ...read, value: [read.value] } : read)
    }
    const result = await planRollout({ model, fleet, assignment, policy: policy.value, behaviours: { open } }, solvers)
    if (!result.ok) throw new Error(result.diagnostics[0]!.message)
    return { result: result.value, model, fleet, assignment, policy: policy.value }
  } finally {
    await solvers.close()
  }
}

function waitsOf(result: PlanResult): Readonly<Record<string, readonly string[]>> {
  if (result.is !== 'planned') throw new Error('no plan')
  const { ids, after, setStart, setMembers } = result.plan.changes
  return Object.fromEntries(
    ids.flatMap((id, at) =>
      after[at]! < 0
        ? []
        : [[id, Array.from(setMembers.subarray(setStart[after[at]!], setStart[after[at]! + 1]), (other) => ids[other]!)] as const],
    ),
  )
}

describe('rooms where old and new fight', () => {
  it('refuse the declared order, with the way to the conflict and what would help', async () => {
    const { result } = await plan('rooms.yaml', 'naive.yaml')
    expect(result.is).toBe('impossible')
    if (result.is !== 'impossible') return
    const [reason] = result.reasons
    expect(reason!.devices).toEqual(['heater-1', 'heater-2', 'heater-3', 'window-1', 'window-2', 'window-3'])
    expect(reason!.trace.slice(0, 2)).toEqual([
      '`window-2` is told, and runs `vent-2`',
      '`heater-2` still runs `heat-1`: it was not told yet, or is offline, or failed',
    ])
    expect(reason!.trace.at(-1)).toContain('sets `window.position` to "open"')
    expect(result.repairs[0]!.text).toContain('`window-1`, `window-2`, `window-3` to `heaters`')
  })

  it('get an order that is safe, and an independent checker agrees', async () => {
    const found = await plan('rooms.yaml', 'waves.yaml')
    const { result, model, fleet, assignment, policy } = found
    expect(result.is).toBe('planned')
    if (result.is !== 'planned') return
    const waits = waitsOf(result)
    for (const room of ['1', '2', '3']) expect(waits[`window-${room}`]).toContain(`heater-${room}`)
    expect(result.plan.changes.ids).not.toContain('heater-4')
    expect(result.plan.head.safety.keptApart).toMatchObject([{ variants: ['heat-1', 'vent-2'], places: 3 }])
    expect(verifyPlan(model, fleet, assignment, result.plan, policy)).toEqual({ holds: true, problems: [] })
    const { changes, head } = result.plan
    const hasty = { ...result.plan, changes: { ...changes, after: changes.after.map(() => -1) } }
    expect(verifyPlan(model, fleet, assignment, hasty, policy).problems.join()).toContain('heat-1 and vent-2 can meet')
    const unproved = { ...result.plan, head: { ...head, safety: { ...head.safety, compositions: [] } } }
    expect(verifyPlan(model, fleet, assignment, unproved, policy).problems.join()).toContain('nobody proved what')
  })

  it('wait even where everything is one wave, and say what the declared order would have done', async () => {
    const { result } = await plan('rooms.yaml')
    expect(waitsOf(result)).toEqual({ 'window-1': ['heater-1'], 'window-2': ['heater-2'], 'window-3': ['heater-3'] })
  })

  it('name the devices and the smallest change where no order is safe', async () => {
    const { result } = await plan('stuck.yaml')
    expect(result.is).toBe('impossible')
    if (result.is !== 'impossible') return
    expect(result.reasons.map(({ devices }) => devices)).toEqual([
      ['heater-1', 'window-1'],
      ['heater-1', 'window-1'],
    ])
    expect(result.repairs.map(({ text }) => text)).toEqual([
      'add a stage before: bring `heater-1` to nothing first, in a plan of its own, then plan again',
      'add a stage before: bring `window-1` to nothing first, in a plan of its own, then plan again',
    ])
  })
})
