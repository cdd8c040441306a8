/** Assigning again from what is known is as good at every level as assigning from scratch, proved as well, whatever changed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { readChanges, reassign, warmAssignment, type Changes, type WarmAssignment } from '../../src/engine-warm.ts'
import { assignFleet, runAssignment, stopwatch, type AssignmentRun } from '../../src/engine.ts'
import { placementConstraints } from '../../constraints/placement.ts'
import { withEarlier } from '../../src/model/earlier-answer.ts'
import { readFleetModel } from '../../src/model/read-fleet-model.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import type { Solvers } from '../../src/solve/solvers.ts'
import { oracleOf, type Outcome } from '../oracle/assignment.ts'
import { mixedKinds, randomFrom, randomModel, type Entry } from '../oracle/random-model.ts'

const SEEDS = process.env['FLEETPROOF_LONG'] === undefined ? 90 : 3000

const bytes = (text: string) =>
  async function* (): AsyncGenerator<Uint8Array> {
    await Promise.resolve()
    yield Buffer.from(text)
  }

const noFiles = (name: string): AsyncIterable<Uint8Array> => {
  throw new Error(`nothing is to be opened, yet ${name} was`)
}

interface Model extends Entry {
  devices: Entry[]
  constraints: Record<string, Record<string, unknown>>[]
  current?: { variant: string; settings?: Record<string, string> }
  context: Entry
  variants: Record<string, { settings?: Entry }>
}

/** The devices after a few of them changed, came and went, and the same as a change. */
function changeDevices(
  random: () => number,
  model: Model,
  share: number,
): { readonly devices: Entry[]; readonly lines: Entry[]; readonly removed: string[] } {
  const lines: Entry[] = []
  const removed: string[] = []
  const devices = model.devices.flatMap((device) => {
    const draw = random()
    if (draw < share / 5 && removed.length + 1 < model.devices.length) {
      removed.push(String(device['id']))
      return []
    }
    if (draw > share) return [device]
    const donor = model.devices[Math.floor(random() * model.devices.length)]!
    const changed = { ...donor, id: device['id'], ...(random() < 0.5 ? { running: device['running'] ?? 'A' } : {}) }
    lines.push(changed)
    return [changed]
  })
  if (random() < 0.3) {
    const fresh = { ...model.devices[0]!, id: `new-${Math.floor(random() * 1e9)}` }
    lines.push(fresh)
    devices.push(fresh)
  }
  return { devices, lines, removed }
}

/** The model in which devices run what they were assigned, written by hand: what `today: assigned` means. */
function runningAsAssigned(model: Model, warm: WarmAssignment): Model {
  const { result, fleet } = warm.run
  if (result.status !== 'assigned' || fleet === undefined) throw new Error('nothing is assigned')
  const given = new Map(fleet.ids.map((id, row) => [id, result.assignment.choices[result.assignment.chosen[row]!]!]))
  const named =
    model.current === undefined
      ? Object.keys(Object.values(model.variants).find((one) => one.settings !== undefined)?.settings ?? {})
      : Object.keys(model.current.settings ?? {})
  const told = (device: Entry, text: string | undefined): unknown => (text === undefined ? undefined : device[text.replace('device.', '')])
  const devices = model.devices.map((device) => {
    const choice = given.get(String(device['id']))
    const told_ = choice === undefined || choice.outcome === 'unmanaged'
    const now: Entry = { ...device }
    const put = (name: string, value: unknown): void => {
      if (value !== undefined) now[name] = typeof value === 'boolean' ? `${value}` : value
    }
    put('now', told_ ? told(device, model.current?.variant) : choice.variant)
    for (const name of named) put(`now_${name}`, told_ ? told(device, model.current?.settings?.[name]) : choice.settings[name])
    return now
  })
  return {
    ...model,
    devices,
    context: { ...model.context, now: { text: true }, ...Object.fromEntries(named.map((name) => [`now_${name}`, { text: true }])) },
    current: { variant: 'device.now', settings: Object.fromEntries(named.map((name) => [name, `device.now_${name}`])) },
  }
}

type Given = ReadonlyMap<string, Outcome>

const outcomes = ({ result, fleet }: AssignmentRun): Given => {
  if (result.status !== 'assigned' || fleet === undefined) throw new Error('nothing is assigned')
  const { choices, chosen } = result.assignment
  return new Map(fleet.ids.map((id, row) => [id, choices[chosen[row]!]!]))
}

const endsAs = (a: Outcome, b: Outcome): boolean =>
  a.outcome === b.outcome && a.variant === b.variant && Object.entries(a.settings).every(([name, value]) => b.settings[name] === value)

/** The fewest devices that end otherwise than given, over all assignments that are best by the model; undefined where there are too many to list. */
function fewestMoves({ model, fleet }: AssignmentRun, given: Given): number | undefined {
  const oracle = oracleOf(model!, fleet!)
  if (oracle.devices.reduce((ways, { eligible }) => ways * eligible.length, 1) > 20_000) return undefined
  let best: { readonly vector: readonly number[]; readonly moves: number } | undefined
  const before = (a: readonly number[], b: readonly number[]): boolean => {
    const at = a.findIndex((entry, level) => entry !== b[level])
    return at >= 0 && a[at]! < b[at]!
  }
  const visit = (now: readonly Outcome[]): void => {
    if (now.length < oracle.devices.length) {
      for (const outcome of oracle.devices[now.length]!.eligible) visit([...now, outcome])
      return
    }
    const { feasible, vector } = oracle.judge(now)
    if (!feasible) return
    const moves = now.filter((outcome, row) => {
      const then = given.get(fleet!.ids[row]!)
      return then !== undefined && !endsAs(then, outcome)
    }).length
    const found = [...vector, moves]
    if (best === undefined || before(found, [...best.vector, best.moves])) best = { vector, moves }
  }
  visit([])
  return best?.moves
}

describe('reassign', () => {
  let solvers: Solvers
  beforeAll(() => {
    solvers = createSolvers({ threads: 2 })
  })
  afterAll(() => solvers.close())

  /** From nothing, with the moves against what was given as the last level. */
  const scratchSince = ({ model, fleet }: AssignmentRun, given: Given): Promise<AssignmentRun> => {
    const choices = [...new Map([...given.values()].map((one) => [JSON.stringify(one), one])).keys()]
    const told = withEarlier(model!, fleet!, {
      choices: choices.map((text) => ({ id: text, ...(JSON.parse(text) as Outcome) })),
      chosen: Int32Array.from(fleet!.ids, (id) => (given.has(id) ? choices.indexOf(JSON.stringify(given.get(id))) : -1)),
    })
    return assignFleet(told.model, told.fleet, placementConstraints, solvers, { diagnostics: [], watch: stopwatch(undefined) })
  }
  const scratch = (model: Model) => runAssignment({ model: { name: 'model.yaml', text: stringify(model) }, open: noFiles }, solvers)

  it('is as good as assigning from scratch, and proved as well', async () => {
    const seen = { impossible: 0, taken: 0, solved: 0, moved: 0, listed: 0, level: 0, assigned: 0, stays: 0, constraints: 0 }
    for (let seed = 5000; seed < 5000 + SEEDS; seed++) {
      const random = randomFrom(seed)
      const text = randomModel(seed, seed % 3 === 0 ? { kinds: mixedKinds(seed) } : {})
      // Many alike devices of which few change: then single ones stand for the others.
      const copies = seed % 2 === 0 ? 1 : 6
      let model = parse(text) as Model
      model = {
        ...model,
        devices: model.devices.flatMap((device) =>
          Array.from({ length: copies }, (_, n) => ({ ...device, id: `${String(device['id'])}.${n}` })),
        ),
      }
      const first = await warmAssignment({ model: { name: 'model.yaml', text: stringify(model) }, open: noFiles }, solvers)
      let warm = first.warm
      for (let step = 0; step < 2 && warm !== undefined; step++) {
        const { devices, lines, removed } = changeDevices(random, model, copies === 1 ? 0.6 : 0.1)
        const today = random() < 0.7 ? 'assigned' : 'reported'
        const constraints = random() < 0.25 ? model.constraints.slice(1) : model.constraints
        if (constraints.length !== model.constraints.length) seen.constraints++
        const next: Model = { ...model, devices, constraints }
        const read = await readChanges(warm, 'changes.ndjson', bytes(lines.map((line) => JSON.stringify(line)).join('\n')))
        if (!read.ok && lines.length > 0) throw new Error(JSON.stringify(read.diagnostics))
        const typed = readFleetModel({ name: 'model.yaml', text: stringify(next) })
        if (!typed.ok) throw new Error('the changed model cannot be read')
        const changes: Changes = { ...(read.ok && { devices: read.value }), removed, model: typed.value, today }
        const again = await reassign(warm, changes, solvers)
        const coldRun = await scratch(today === 'assigned' ? runningAsAssigned(next, warm) : next)
        const cold = coldRun.result
        const at = `seed ${seed} step ${step} ${today}`
        expect(again.result.status, at).toBe(cold.status)
        if (again.result.status !== 'assigned' || cold.status !== 'assigned') {
          seen.impossible++
          break
        }
        seen.assigned++
        const levels = (of: typeof cold.levels): unknown =>
          of.flatMap(({ name, value, bound }) => (name === 'moves' ? [] : [{ name, value, bound }]))
        expect(levels(again.result.levels), at).toEqual(levels(cold.levels))
        if (cold.optimal) expect(again.result.optimal, at).toBe(true)
        const given = outcomes(warm.run)
        const since = (await scratchSince(coldRun, given)).result
        if (since.status !== 'assigned') throw new Error(`${at}: with moves counted the answer is ${since.status}`)
        const { value, gap } = since.levels.find(({ name }) => name === 'moves')!
        if (gap === 0) expect(again.again!.moves.value, at).toBe(value)
        if (since.optimal) expect(again.again!.moves.gap, at).toBe(0)
        expect(again.again!.moved, at).toBe(again.again!.moves.value)
        if (again.result.levels.some(({ name }) => name === 'moves')) seen.level++
        const fewest = cold.optimal && again.again!.moves.gap === 0 ? fewestMoves(coldRun, given) : undefined
        if (fewest !== undefined) {
          seen.listed++
          expect(again.again!.moves.value, at).toBe(fewest)
        }
        seen.solved += again.again!.solved
        seen.taken += again.again!.components - again.again!.solved
        seen.moved += again.again!.moved
        if (again.again!.moved === 0) seen.stays++
        warm = again.warm
        model = next
      }
    }
    expect(seen.assigned).toBeGreaterThan(0.5 * SEEDS)
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(0.03 * SEEDS)
  }, 180_000)
})
