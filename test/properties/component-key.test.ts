/** Components that differ in names and order only have one key, and the answer of one, carried over, is an answer of the other with a proof that holds. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brokenHardRow, columnCosts, evaluateSolution, forEachEntry } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem, CostTerm, Row } from '../../constraints/problem.ts'
import { assign } from '../../src/engine.ts'
import { carryOver, componentKey } from '../../src/solve/component-key.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { flowApplies, solveFlow } from '../../src/solve/flow/solve-flow.ts'
import { leafBound } from '../../src/solve/price-bound.ts'
import type { Solvers } from '../../src/solve/solvers.ts'
import { randomProblem, seeded, whole } from './flow-problems.ts'
import { randomFrom, type Random } from '../oracle/random-model.ts'

const SEEDS = process.env['FLEETPROOF_LONG'] === undefined ? 200 : 5000

const shuffled = (random: Random, size: number): number[] => {
  const order = Array.from({ length: size }, (_, i) => i)
  for (let i = size - 1; i > 0; i--) {
    const k = Math.floor(random() * (i + 1))
    ;[order[i], order[k]] = [order[k]!, order[i]!]
  }
  return order
}

const flowProblem = (seed: number): AssignmentProblem => {
  const random = seeded(seed)
  const policies = (['hard', 'unit', 'whole'] as const).slice(0, whole(random, 1, 3))
  return randomProblem(random, {
    classes: whole(random, 2, 5),
    choices: whole(random, 3, 5),
    largestClass: 4,
    levels: 2,
    policies,
    tightness: 0.3,
  })
}

/** The problem with classes and rows in another order, rows as lists of entries, groups under other names. */
function reordered(problem: AssignmentProblem, random: Random): AssignmentProblem {
  const { classes } = problem
  const order = shuffled(random, classes.size)
  const columnStart = new Int32Array(classes.size + 1)
  const memberStart = new Int32Array(classes.size + 1)
  const columns: number[] = []
  order.forEach((c, at) => {
    for (let j = classes.columnStart[c]!; j < classes.columnStart[c + 1]!; j++) columns.push(j)
    columnStart[at + 1] = columns.length
    memberStart[at + 1] = memberStart[at]! + classes.memberStart[c + 1]! - classes.memberStart[c]!
  })
  const place = new Map(columns.map((column, at) => [column, at]))
  const rows = shuffled(random, problem.rows.length).map((r): Row => {
    const row = problem.rows[r]!
    const entries: [number, number][] = []
    forEachEntry(problem, row, (column, coefficient) => entries.push([place.get(column)!, coefficient]))
    const form = {
      is: 'entries',
      columns: Int32Array.from(entries, ([column]) => column),
      coefficients: Float64Array.from(entries, ([, by]) => by),
    } as const
    return { ...row, form, name: { ...row.name, group: `other ${row.name.group}` } }
  })
  const term = (level: number): CostTerm => {
    const costs = columnCosts(problem, level)
    return { is: 'column', cost: Float64Array.from(columns, (column) => costs[column]!) }
  }
  return {
    ...problem,
    classes: { ...classes, columnStart, memberStart, current: Int32Array.from(order, (c) => classes.current[c]!) },
    columnChoice: Int32Array.from(columns, (column) => problem.columnChoice[column]!),
    levels: problem.levels.map((level, l) => ({ ...level, terms: [term(l)] })),
    rows,
  }
}

describe('a component in another order', () => {
  it('has the same key, and gets its answer from the first', () => {
    const seen = { solved: 0, impossible: 0, proved: 0, same: 0 }
    for (let seed = 0; seed < SEEDS; seed++) {
      const problem = flowProblem(seed)
      const other = reordered(problem, randomFrom(seed + 1))
      const [key, otherKey] = [componentKey(problem)!, componentKey(other)!]
      // Orders of classes that nothing short of trying tells apart may stay different; then both are solved.
      if (key.text !== otherKey.text) continue
      seen.same++
      const shape = flowApplies(problem)
      if ('no' in shape) throw new Error(shape.no)
      const solution = solveFlow(problem, shape)
      const carried = carryOver(solution, { problem, key }, { problem: other, key: otherKey })
      if (carried.is === 'impossible') {
        seen.impossible++
        expect(carried.rows.length, `seed ${seed}`).toBe(solution.is === 'impossible' ? solution.rows.length : -1)
        continue
      }
      if (carried.is !== 'solved' || solution.is !== 'solved') throw new Error(`seed ${seed}: ${carried.is}`)
      seen.solved++
      expect(brokenHardRow(other, carried.counts), `seed ${seed}`).toBe(-1)
      expect(evaluateSolution(other, carried.counts), `seed ${seed}`).toEqual(solution.value)
      if (carried.proof.is !== 'prices' || carried.proof.leaves.length > 1) continue
      seen.proved++
      const costs = other.levels.map((_, level) => columnCosts(other, level))
      expect(leafBound(other, carried.proof.leaves[0]!, costs), `seed ${seed}`).toEqual(solution.value)
    }
    expect(seen.same).toBeGreaterThan(0.9 * SEEDS)
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0.03 * SEEDS)
  })

  it('has another key where a limit, a cost or a weight differs', () => {
    for (let seed = 0; seed < 50; seed++) {
      const problem = flowProblem(seed)
      const row = problem.rows[0]
      if (row === undefined) continue
      const changed = { ...problem, rows: [{ ...row, upper: row.upper + 1, lower: row.lower - 1 }, ...problem.rows.slice(1)] }
      if (Number.isFinite(row.upper) || Number.isFinite(row.lower))
        expect(componentKey(changed)!.text).not.toBe(componentKey(problem)!.text)
      const dearer = {
        ...problem,
        levels: problem.levels.map((level) => ({
          ...level,
          terms: [...level.terms, { is: 'choice' as const, cost: Float64Array.from(problem.choices, (_, k) => k + 1) }],
        })),
      }
      expect(componentKey(dearer)!.text).not.toBe(componentKey(problem)!.text)
    }
  })
})

describe('sites that are alike', () => {
  let solvers: Solvers
  beforeAll(() => {
    solvers = createSolvers({ threads: 1 })
  })
  afterAll(() => solvers.close())

  it('are all answered, whatever their devices are called', async () => {
    const sites = ['north', 'south', 'east', 'west', 'harbour']
    // In one site the small device comes first by id, in the next one last.
    const devices = sites.flatMap((site, s) => [0, 1, 2].map((n) => `  - {id: ${site}-${(n + s) % 3}, site: ${site}, ram: ${2 ** n}}`))
    const text = [
      'fleetproof: 1',
      'context: {site: {text: true}, ram: {int: MB}}',
      'devices:',
      ...devices,
      'variants:',
      '  a: {requires: device.ram >= 2, prefers: device.ram}',
      '  b: {prefers: 2 * device.ram}',
      '  c: {prefers: "1"}',
      'constraints:',
      '  - apart: {over: device.site, variants: [a, b]}',
      '  - distinct: {of: device.ram > 100}',
      '',
    ].join('\n')
    const result = await assign(
      {
        model: { name: 'model.yaml', text },
        open: () => {
          throw new Error('nothing is to be opened')
        },
      },
      solvers,
    )
    expect(result).toMatchObject({ status: 'assigned', optimal: true })
    if (result.status !== 'assigned') return
    expect(result.levels.map(({ name, value }) => [name, value])).toEqual([
      ['assigned', 15],
      ['preference', 5 * 14],
      ['changes', 15],
    ])
  })
})
