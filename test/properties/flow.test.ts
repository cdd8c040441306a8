import { describe, expect, it } from 'vitest'
import highsModule from 'highs'
import type { Highs } from 'highs'
import type { AssignmentProblem, AssignmentSolution } from '../../constraints/problem.ts'
import { brokenHardRow, columnCosts, evaluateSolution } from '../../constraints/problem-reading.ts'
import { flowApplies, solveFlow, type FlowShape } from '../../src/solve/flow/solve-flow.ts'
import { caseLimits, contradiction, weighed, type CaseLimits } from '../../src/solve/flow/case-limits.ts'
import { caseValue } from '../../src/solve/flow/case-value.ts'
import { flowContext, type FlowContext } from '../../src/solve/flow/flow-context.ts'
import { weighedCosts } from '../../src/solve/flow/level-costs.ts'
import { solveByLevels } from '../../src/solve/flow/solve-by-levels.ts'
import { solveCase } from '../../src/solve/flow/solve-case.ts'
import { solveNetwork } from '../../src/solve/flow/solve-network.ts'
import { flowInstance } from '../../benchmarks/flow-instances.ts'
import { bestByHighs } from './flow-by-highs.ts'
import {
  anyCrossing,
  assignments,
  bestByEnumeration,
  covers,
  leafBound,
  lexicographic,
  randomProblem,
  seeded,
  whole,
  withCosts,
  type ProblemOptions,
} from './flow-problems.ts'

// The package's types describe its CommonJS file; as a module its default export is the loader itself.
const loadHighs = highsModule as unknown as () => Promise<Highs>

const SMALL: ProblemOptions = { classes: 4, choices: 4, largestClass: 4, levels: 2, policies: ['hard', 'unit', 'whole'], tightness: 0.3 }
const MOST_ASSIGNMENTS = 3000

function shapeOf(problem: AssignmentProblem): FlowShape {
  const shape = flowApplies(problem)
  if ('no' in shape) throw new Error(shape.no)
  return shape
}

/** Whether weighed levels alone, unguarded, would end at another value. */
function weighedOnly(context: FlowContext, limits: CaseLimits, value: readonly number[]): boolean {
  const { weights, costs } = context.together!
  const { columnStart, size } = context.problem.classes
  const result = solveNetwork({
    classes: size,
    size: context.sizes,
    start: columnStart,
    cost: costs,
    node: context.shape.columnNode,
    parent: context.shape.parent,
    limits: weighed(limits, (level, weight) => weights.weight[level]! * weight),
  })
  return result.is === 'balanced' && lexicographic(caseValue(context.problem, context.shape, result.counts).value, value) !== 0
}

interface Tally {
  solved: number
  impossible: number
  leaves: number
  unproved: number
}

/** Solves problems of the seeds and compares each with all its assignments. */
function compare(firstSeed: number, cases: number, options: (random: () => number) => ProblemOptions): Tally {
  const tally = { solved: 0, impossible: 0, leaves: 0, unproved: 0 }
  for (let seed = firstSeed; tally.solved + tally.impossible < cases; seed++) {
    const random = seeded(seed)
    const problem = randomProblem(random, options(random))
    if (assignments(problem) > MOST_ASSIGNMENTS) continue
    compareOne(problem, `seed ${seed}`, tally)
  }
  return tally
}

function compareOne(problem: AssignmentProblem, name: string, tally: Tally): void {
  const best = bestByEnumeration(
    problem,
    problem.rows.filter((row) => row.policy.is === 'hard'),
  )
  const solution = solveFlow(problem, shapeOf(problem))
  if (solution.is === 'undecided') throw new Error(`${name}: ${solution.why}`)
  if (solution.is === 'impossible') {
    expect(best, name).toBeUndefined()
    tally.impossible++
    const core = solution.rows.map((row) => problem.rows[row]!)
    expect(
      core.every((row) => row.policy.is === 'hard'),
      name,
    ).toBe(true)
    expect(bestByEnumeration(problem, core), name).toBeUndefined()
    if (solution.proof.is !== 'prices') tally.unproved++
    else
      expect(
        lexicographic(
          leafBound(problem, solution.proof.leaves[0]!, []),
          solution.proof.leaves[0]!.prices.map(() => 0),
        ) > 0,
        name,
      ).toBe(true)
    return
  }
  expect(solution.value, name).toEqual(best)
  checkSolved(problem, solution, name, tally)
}

/** Counts hold, cost what they are said to cost, and the proof's bound is that value. */
function checkSolved(
  problem: AssignmentProblem,
  solution: Extract<AssignmentSolution, { is: 'solved' }>,
  name: string,
  tally: Tally,
): void {
  tally.solved++
  expect(solution.bound, name).toEqual(solution.value)
  expect(evaluateSolution(problem, solution.counts), name).toEqual(solution.value)
  expect(brokenHardRow(problem, solution.counts), name).toBe(-1)
  const { columnStart, memberStart, size } = problem.classes
  for (let c = 0; c < size; c++) {
    const counts = solution.counts.subarray(columnStart[c], columnStart[c + 1])
    expect(
      counts.every((count) => Number.isInteger(count) && count >= 0),
      name,
    ).toBe(true)
    expect(
      counts.reduce((sum, count) => sum + count, 0),
      name,
    ).toBe(memberStart[c + 1]! - memberStart[c]!)
  }
  if (solution.proof.is !== 'prices') {
    tally.unproved++
    return
  }
  const costs = problem.levels.map((_, level) => columnCosts(problem, level))
  const bounds = solution.proof.leaves.map((leaf) => leafBound(problem, leaf, costs))
  expect(
    bounds.reduce((a, b) => (lexicographic(b, a) < 0 ? b : a)),
    name,
  ).toEqual(solution.value)
  expect(covers(problem.bundles.length, solution.proof.leaves), name).toBe(true)
  tally.leaves += bounds.length
}

describe('solveFlow', () => {
  it('agrees with enumeration on hard, unit and whole rows, and its prices prove the value', () => {
    const tally = compare(1, 2500, (random) => ({ ...SMALL, levels: whole(random, 1, 4), tightness: random() }))
    expect(tally.unproved).toBeLessThan(tally.solved / 20)
    expect(tally.leaves).toBeGreaterThan(tally.solved)
  })

  it('agrees on problems of which many cannot hold, and its cores cannot hold alone', () => {
    const tally = compare(50_000, 1500, () => ({ ...SMALL, policies: ['hard'], tightness: 0.5 }))
    expect(tally.impossible).toBeGreaterThan(0.3 * (tally.solved + tally.impossible))
  })

  it('keeps the order of levels whose numbers do not fit into one', () => {
    for (const factor of [40, 1000, 1_000_003, 100_000_000_003]) {
      for (let seed = 130_000; seed < 130_120; seed++) {
        const problem = randomProblem(seeded(seed), { ...SMALL, classes: 5, levels: 4 })
        const name = `seed ${seed}, factor ${factor}`
        const large = withCosts(problem, factor)
        const [one, other] = [solveFlow(problem, shapeOf(problem)), solveFlow(large, shapeOf(large))]
        if (one.is !== 'solved' || other.is !== 'solved') expect(other.is, name).toBe(one.is)
        else {
          expect(other.value, name).toEqual(one.value.map((value) => value * factor))
          checkSolved(large, other, name, { solved: 0, impossible: 0, leaves: 0, unproved: 0 })
        }
      }
    }
  })

  it('notices where weighed levels run into each other', () => {
    let differing = 0
    for (let seed = 150_000; seed < 150_600; seed++) {
      const problem = randomProblem(seeded(seed), { ...SMALL, classes: 8, levels: 3, policies: ['hard', 'unit'] })
      const shape = shapeOf(problem)
      const context = flowContext(problem, shape)
      const limits = caseLimits(problem, shape, context.total, new Set())
      if (contradiction(limits) >= 0) continue
      // Room for sums from -3 to 3 at the later levels, where single costs reach 9.
      const weights = { weight: [49, 7, 1], base: [7, 7, 7], half: [2 ** 52, 3, 3] }
      const tight = { ...context, together: { weights, costs: weighedCosts(problem, weights.weight) } }
      const [one, other] = [solveCase(tight, limits), solveByLevels(context, limits)]
      expect(one.is, `seed ${seed}`).toBe(other.is)
      if (one.is !== 'solved' || other.is !== 'solved') continue
      const value = caseValue(problem, shape, other.counts).value
      expect(caseValue(problem, shape, one.counts).value, `seed ${seed}`).toEqual(value)
      if (weighedOnly(tight, limits, value)) differing++
    }
    expect(differing).toBeGreaterThan(0)
  })

  it('says so where costs are too large to be added', () => {
    const problem = withCosts(randomProblem(seeded(130_002), { ...SMALL, classes: 5, levels: 4 }), 2 ** 50)
    expect(solveFlow(problem, shapeOf(problem)).is).toBe('undecided')
  })

  it('agrees where rows count in steps', () => {
    const tally = compare(90_000, 500, () => ({ ...SMALL, scaled: true }))
    expect(tally.solved).toBeGreaterThan(100)
  })
})

describe('solveFlow on larger problems', () => {
  it('proves its value by prices where samples come first', () => {
    for (const [seed, sites] of [
      [3, 0],
      [4, 2],
    ] as const) {
      const problem = flowInstance({ classes: 6000, devices: 40_000, variants: 8, regions: 3, sites, seed })
      const tally = { solved: 0, impossible: 0, leaves: 0, unproved: 0 }
      const solution = solveFlow(problem, shapeOf(problem))
      if (solution.is !== 'solved') throw new Error(solution.is)
      checkSolved(problem, solution, `seed ${seed}`, tally)
      expect(tally.unproved).toBe(0)
      expect(solution.value[2]).toBeGreaterThan(0)
    }
  })

  it('agrees with HiGHS level by level', async () => {
    const highs = await loadHighs()
    let solved = 0
    for (let seed = 1; seed <= 12; seed++) {
      const soft = flowInstance({ classes: 60, devices: 900, variants: 5, regions: 2, sites: seed % 3, seed })
      const problem = seed > 6 ? { ...soft, rows: soft.rows.map((row) => ({ ...row, policy: { is: 'hard' as const } })) } : soft
      const solution = solveFlow(problem, shapeOf(problem))
      if (solution.is === 'solved') solved++
      const best = bestByHighs(problem, (program) => highs.solve(program))
      expect(solution.is === 'solved' ? solution.value : undefined, `seed ${seed}`).toEqual(best)
    }
    expect(solved).toBeGreaterThan(5)
    expect(solved).toBeLessThan(12)
  })
})

describe('flowApplies', () => {
  it('finds crossing sets exactly', () => {
    let crossing = 0
    for (let seed = 1; seed <= 3000; seed++) {
      const problem = randomProblem(seeded(seed), { ...SMALL, policies: ['hard'], crossing: true })
      const naive = anyCrossing(problem)
      if (naive) crossing++
      expect('no' in flowApplies(problem), `seed ${seed}`).toBe(naive)
    }
    expect(crossing).toBeGreaterThan(500)
    expect(crossing).toBeLessThan(2500)
  })
})
