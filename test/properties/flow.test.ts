import { describe, expect, it } from 'vitest'
import type { AssignmentProblem } from '../../constraints/problem.ts'
import { brokenHardRow, columnCosts, evaluateSolution } from '../../constraints/problem-reading.ts'
import { flowApplies, solveFlow, type FlowShape } from '../../src/solve/flow/solve-flow.ts'
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
  type ProblemOptions,
} from './flow-problems.ts'

const SMALL: ProblemOptions = { classes: 4, choices: 4, largestClass: 4, levels: 2, policies: ['hard', 'unit', 'whole'], tightness: 0.3 }
const MOST_ASSIGNMENTS = 3000

function shapeOf(problem: AssignmentProblem): FlowShape {
  const shape = flowApplies(problem)
  if ('no' in shape) throw new Error(shape.no)
  return shape
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
  tally.solved++
  expect(solution.value, name).toEqual(best)
  expect(solution.bound, name).toEqual(best)
  expect(evaluateSolution(problem, solution.counts), name).toEqual(best)
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
  ).toEqual(best)
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

  it('agrees where rows count in steps', () => {
    const tally = compare(90_000, 500, () => ({ ...SMALL, scaled: true }))
    expect(tally.solved).toBeGreaterThan(100)
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
