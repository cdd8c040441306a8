/** What happens at edges that small random fleets do not reach: tables beyond their size, unknown choices, more breaches than are named, numbers beyond 2^53. */
import { deepStrictEqual, strictEqual } from 'node:assert'
import { stringify } from 'yaml'
import type { Demand } from '../../../src/verify/demand.ts'
import { judge, readTrial, type Judgement } from '../../../src/verify/judge.ts'
import { isMaximised } from '../../../src/verify/levels.ts'
import { placementCheckers } from '../../../src/verify/placement/checkers.ts'
import { violations } from '../../../src/verify/violations.ts'
import { smallFleet } from '../../oracle/small-fleet.ts'
import type { Case } from './case.ts'

export function edgeCases(): readonly Case[] {
  return [
    { name: 'counts in small tables and beyond their size', run: tallies },
    { name: 'counts a choice that the model does not know', run: unknownChoices },
    { name: 'names some of many breaches, and counts all', run: manyBreaches },
    { name: 'adds preferences beyond 2^53', run: largePreferences },
    { name: 'says which levels are maximised', run: maximised },
    { name: 'counts moves against an earlier answer', run: moves },
    { name: 'claims nothing where a checker is missing', run: missingChecker },
  ]
}

const GROUPED = { groups: ['n', 's', 'w'], groupOf: Int32Array.of(0, 1, 1, -1, 2, 0), sizes: Float64Array.of(2, 2, 1) }

function tallies(): void {
  for (const options of [5, 2 ** 21]) {
    const partOf = new Int32Array(options).fill(-1)
    partOf.set([0, 1, 1, -1, 0])
    const demand: Demand = {
      is: 'counts',
      ...GROUPED,
      parts: ['p', 'q'],
      partOf,
      lower: Float64Array.of(2, 0, 1, 0, 0, 1),
      upper: Float64Array.of(2, 0, 1, 1, 0, 2),
    }
    const of = (...state: number[]): readonly number[] => [...violations(demand, Int32Array.from(state), options)]
    deepStrictEqual(of(0, 0, 1, 0, 2, 4), [0, 0, 0])
    deepStrictEqual(of(-1, 1, 2, 1, 3, 3), [2, 2, 1])
    deepStrictEqual(of(1, -1, -1, -1, -1, -1), [3, 1, 1])
    deepStrictEqual(of(3, 4, 4, 2, 0, 2), [3, 1, 2])
  }
}

function unknownChoices(): void {
  const kinds = { kindOf: Int32Array.of(0, 1, 1, 0, 0, 1) }
  const of = (demand: Demand, ...state: number[]): readonly number[] => [...violations(demand, Int32Array.from(state), 2)]
  const forbidden: Demand = { is: 'forbidden', ...GROUPED, ...kinds, forbidden: Uint8Array.of(0, 1, 1, 0) }
  deepStrictEqual(of(forbidden, 0, 1, 1, 1, 0, 1), [0, 0, 0])
  deepStrictEqual(of(forbidden, -1, 0, -1, -1, 1, 0), [2, 2, 1])
  const amounts: Demand = {
    is: 'amounts',
    ...GROUPED,
    ...kinds,
    amount: Float64Array.of(3, 5, 7, -2),
    upper: Float64Array.of(4, 7, 1),
    largest: 4,
  }
  deepStrictEqual(of(amounts, 0, 0, 1, 1, 1, 1), [0, 3, 5])
  deepStrictEqual(of(amounts, -1, 0, -1, 0, -1, 0), [6, 3, 0])
  const together: Demand = {
    is: 'together',
    ...GROUPED,
    kindOf: new Int32Array(6),
    width: 2,
    memberOf: Int32Array.of(1, 2),
    memberships: [[], [4], [7]],
    sets: [
      [
        { variant: 7, times: 1 },
        { variant: 4, times: 1 },
      ],
      [{ variant: 4, times: 2 }],
    ],
  }
  deepStrictEqual(of(together, 0, 0, 1, 1, 0, 0), [1, 1, 0])
  deepStrictEqual(of(together, 0, 0, -1, 1, -1, -1), [0, 0, 0])
  deepStrictEqual(of(together, 1, 0, 0, 1, 1, 0), [1, 1, 0])
  const links: Demand = {
    is: 'links',
    ...GROUPED,
    from: Int32Array.of(0, 1, 4),
    to: Int32Array.of(1, 2, 5),
    kindOf: Int32Array.of(0, 1, 0),
    holds: (kind, own, there) => own < 0 || there < 0 || (kind === 0) === (own === there),
  }
  deepStrictEqual(of(links, 1, 1, 0, 0, 0, 0), [0, 0, 0])
  deepStrictEqual(of(links, -1, 1, 0, 0, 0, -1), [1, 0, 1])
  deepStrictEqual(of(links, 0, 1, 1, 0, 0, 1), [1, 1, 1])
}

function judged(text: object, states: (options: readonly { readonly id: string }[], size: number) => readonly number[]): Judgement {
  const { model, fleet } = smallFleet(stringify(text))
  const trial = readTrial(model, fleet)
  return judge(trial, Int32Array.from(states(trial.world.options, fleet.size)))
}

function manyBreaches(): void {
  const ids = Array.from({ length: 31 }, (_, at) => `d${String(at).padStart(2, '0')}`)
  const text = {
    fleetproof: 1,
    context: { site: { text: true }, ram: { int: true } },
    devices: ids.map((id, at) => ({ id, site: `s${id}`, ram: at < 25 ? 1 : 2 })),
    variants: { a: { requires: 'device.ram > 1', uses: { memory: '3 MB' } }, b: {} },
    constraints: [{ capacity: { resource: 'memory', over: 'device.site', limit: '1 MB' } }],
  }
  const all = judged(text, (_, size) => Array.from({ length: size }, () => 2))
  deepStrictEqual([all.feasible, all.breachCount, all.ineligibleCount], [false, 31, 25])
  deepStrictEqual(
    all.breaches,
    ids.slice(0, 20).map((id) => ({ use: 0, group: `s${id}`, amount: 2_000_000 })),
  )
  deepStrictEqual(all.ineligible, ids.slice(0, 20))
  const few = judged(text, (_, size) => Array.from({ length: size }, (__, row) => (row < 2 ? -1 : row === 30 ? 2 : row % 2 === 0 ? 0 : 3)))
  deepStrictEqual([few.feasible, few.breaches, few.ineligible], [false, [{ use: 0, group: 'sd30', amount: 2_000_000 }], ['d00', 'd01']])
  deepStrictEqual(few.values, [-15n, 0n, 15n])
  const none = judged(text, (_, size) => Array.from({ length: size }, () => 3))
  deepStrictEqual([none.feasible, none.breaches, none.ineligible], [true, [], []])
}

function largePreferences(): void {
  const text = {
    fleetproof: 1,
    context: { worth: { int: true } },
    devices: Array.from({ length: 3 }, (_, at) => ({ id: `d${at}`, worth: Number.MAX_SAFE_INTEGER - 2 * at })),
    variants: { a: { prefers: 'device.worth' }, b: { prefers: String(Number.MAX_SAFE_INTEGER) } },
    constraints: [],
  }
  const most = BigInt(Number.MAX_SAFE_INTEGER)
  deepStrictEqual(judged(text, () => [2, 2, 2]).values, [-3n, -(3n * most - 6n), 3n])
  deepStrictEqual(judged(text, () => [3, 2, 3]).values, [-3n, -(3n * most - 2n), 3n])
}

/** d0 had a at x, d1 nothing, d2 b, d3 is not spoken of, d4 was left alone. */
function moves(): void {
  const read = smallFleet(
    stringify({
      fleetproof: 1,
      context: { then: { text: true }, which: { text: true }, how: { text: true }, runs: { text: true }, quiet: { bool: true } },
      devices: [
        { id: 'd0', then: 'variant', which: 'a', how: 'x', runs: 'a' },
        { id: 'd1', then: 'none', runs: 'b' },
        { id: 'd2', then: 'variant', which: 'b', runs: 'a' },
        { id: 'd3', runs: 'b' },
        { id: 'd4', then: 'unmanaged', quiet: true, runs: 'a' },
      ],
      current: { variant: 'device.runs' },
      leave: 'device.quiet',
      variants: { a: { settings: { mode: { enum: ['x', 'y'] } }, prefers: 'settings.mode == "x" ? 1 : 0' }, b: {} },
      constraints: [],
      objectives: ['assigned', 'changes'],
    }),
  )
  const { fleet } = read
  const column = (name: string) => ({ text: `device.${name}`, at: { source: 'test' } })
  const model = { ...read.model, earlier: { outcome: column('then'), variant: column('which'), settings: { mode: column('how') } } }
  const trial = readTrial(model, fleet)
  const [ax, ay, b] = [2, 3, 4]
  const of = (...state: readonly number[]): readonly bigint[] => {
    const { values, feasible } = judge(trial, Int32Array.from(state))
    strictEqual(feasible, true)
    return values
  }
  // Devices assigned, changes against today, moves against the earlier answer.
  deepStrictEqual(of(ax, 0, b, b, 1), [-3n, 2n, 0n])
  deepStrictEqual(of(ay, 0, b, ay, 1), [-3n, 3n, 1n])
  deepStrictEqual(of(b, b, ax, 0, 1), [-3n, 2n, 3n])
  deepStrictEqual(of(0, ay, 0, ax, 1), [-2n, 4n, 3n])
  const state = judge(trial, Int32Array.of(ax, 0, b, b, 0))
  deepStrictEqual([state.feasible, state.values[2]], [false, 1n])
}

function maximised(): void {
  deepStrictEqual(
    [
      { is: 'worsened' as const },
      { is: 'assigned' as const },
      { is: 'soft' as const, level: 1 },
      { is: 'preference' as const },
      { is: 'changes' as const },
      { is: 'score' as const, assigned: 1, preference: 1, changes: 1 },
    ].map(isMaximised),
    [false, true, false, true, false, true],
  )
}

function missingChecker(): void {
  const { model, fleet } = smallFleet(
    stringify({
      fleetproof: 1,
      context: {},
      devices: [{ id: 'd' }],
      variants: { a: {} },
      constraints: [{ quota: { variant: 'a', max: 1 } }],
    }),
  )
  const state = Int32Array.of(0)
  const known = readTrial(model, fleet)
  deepStrictEqual([known.unchecked, judge(known, state).feasible], [[], true])
  const unknown = readTrial(
    model,
    fleet,
    placementCheckers.filter(({ kind }) => kind !== 'placement/quota'),
  )
  deepStrictEqual([unknown.unchecked, unknown.held], [[{ use: 0, why: 'no checker for placement/quota' }], []])
  strictEqual(judge(unknown, state).feasible, false)
}
