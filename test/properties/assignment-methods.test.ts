// Random small problems: Z3, HiGHS and flow, each forced, find what listing every assignment finds, and their proofs hold.
import { afterAll, describe, expect, it } from 'vitest'
import type { AssignmentProblem, Meaning, Row } from '../../constraints/problem.ts'
import { brokenHardRow, columnCosts, evaluateSolution, forEachEntry } from '../../constraints/problem-reading.ts'
import { add, ge, int, ite, le, mul, sub, sum, variable } from '../../src/smt/build.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import type { ComponentOutcome } from '../../src/solve/verdict.ts'
import { assignments, bestByEnumeration, leafBound, lexicographic, randomProblem, seeded, whole, type Random } from './flow-problems.ts'

const solvers = createSolvers({ threads: 2 })
afterAll(() => solvers.close())

/** The row's violation, written here apart from the engine. */
function violation(problem: AssignmentProblem, row: Row): ReturnType<Meaning['violation']> {
  const terms: ReturnType<Meaning['violation']>[] = []
  forEachEntry(problem, row, (column, coefficient) => terms.push(mul(int(coefficient), variable(`x${column}`, 'Int'))))
  const form = sum(terms)
  const below = row.lower === -Infinity ? int(0) : ite(le(int(row.lower), form), int(0), sub(int(row.lower), form))
  const above = row.upper === Infinity ? int(0) : ite(ge(int(row.upper), form), int(0), sub(form, int(row.upper)))
  return add(below, above)
}

function withMeanings(problem: AssignmentProblem): AssignmentProblem {
  const classes = Int32Array.from({ length: problem.classes.size }, (_, c) => c)
  const meanings = problem.rows.map((row): Meaning => ({
    use: row.name.use,
    group: row.name.group,
    policy: row.policy,
    violation: () => violation(problem, row),
    classes,
  }))
  return { ...problem, meanings }
}

/** Rows that weigh choices differently, as capacities do: no flow. */
function weighted(random: Random, problem: AssignmentProblem): AssignmentProblem {
  const rows = problem.rows.map((row): Row => {
    if (row.form.is !== 'product' || random() < 0.5) return row
    return { ...row, form: { ...row.form, coefficient: row.form.coefficient.map((a) => a * whole(random, 1, 4)) } }
  })
  return { ...problem, rows }
}

function problems(seed: number, count: number, crossing: boolean): readonly AssignmentProblem[] {
  const random = seeded(seed)
  const found: AssignmentProblem[] = []
  while (found.length < count) {
    const policies = (['hard', 'unit', 'whole'] as const).filter((policy) => random() < (policy === 'hard' ? 0.9 : 0.4))
    const made = randomProblem(random, {
      classes: 4,
      choices: 4,
      largestClass: 4,
      levels: whole(random, 1, 3),
      policies: policies.length === 0 ? ['hard'] : policies,
      tightness: 0.7,
      crossing,
    })
    const problem = withMeanings(crossing ? weighted(random, made) : made)
    if (assignments(problem) <= 3000 && problem.rows.length > 0) found.push(problem)
  }
  return found
}

const hardRows = (problem: AssignmentProblem): readonly Row[] => problem.rows.filter((row) => row.policy.is === 'hard')

async function proofHolds(problem: AssignmentProblem, outcome: ComponentOutcome): Promise<void> {
  const { proof } = outcome
  if (proof.is === 'refutation') {
    const answers = await solvers.askAll(proof.scripts)
    expect(answers.map(({ is }) => is)).toEqual(proof.scripts.map(() => 'unsat'))
  } else if (proof.is === 'prices') {
    const costs = problem.levels.map((_, level) => columnCosts(problem, level))
    const part = partOf(problem, outcome)
    const bounds = proof.leaves.map((leaf) => leafBound(part, leaf, costs))
    const least = bounds.reduce((a, b) => (lexicographic(b, a) < 0 ? b : a))
    expect(lexicographic(least, [...outcome.bound])).toBeGreaterThanOrEqual(0)
  }
}

/** The whole problem with every class outside the component emptied. */
function partOf(problem: AssignmentProblem, outcome: ComponentOutcome): AssignmentProblem {
  const memberStart = new Int32Array(problem.classes.size + 1)
  const inside = new Set(outcome.classes)
  for (let c = 0; c < problem.classes.size; c++)
    memberStart[c + 1] = memberStart[c]! + (inside.has(c) ? problem.classes.memberStart[c + 1]! - problem.classes.memberStart[c]! : 0)
  return { ...problem, classes: { ...problem.classes, memberStart } }
}

async function agrees(problem: AssignmentProblem, force: 'z3' | 'highs' | 'flow' | undefined): Promise<string> {
  const best = bestByEnumeration(problem, hardRows(problem))
  const verdict = await solvers.solveAssignment(problem, force === undefined ? {} : { force })
  if (verdict.is === 'undecided') {
    expect(force).toBe('highs')
    expect(best).toBeUndefined()
    return 'undecided'
  }
  if (verdict.is === 'impossible') {
    expect(best).toBeUndefined()
    expect(
      bestByEnumeration(
        problem,
        verdict.rows.map((row) => problem.rows[row]!),
      ),
    ).toBeUndefined()
    if (verdict.method === 'z3')
      for (const left of verdict.rows)
        expect(
          bestByEnumeration(
            problem,
            verdict.rows.filter((row) => row !== left).map((row) => problem.rows[row]!),
          ),
        ).toBeDefined()
    return 'impossible'
  }
  expect(verdict.value).toEqual(best)
  expect(brokenHardRow(problem, verdict.counts)).toBe(-1)
  expect(evaluateSolution(problem, verdict.counts)).toEqual(verdict.value)
  expect(lexicographic([...verdict.bound], best as number[])).toBeLessThanOrEqual(0)
  for (const outcome of verdict.components) await proofHolds(problem, outcome)
  return lexicographic([...verdict.bound], [...verdict.value]) === 0 ? 'proven' : 'gap'
}

async function tally(
  list: readonly AssignmentProblem[],
  force: 'z3' | 'highs' | 'flow' | undefined,
): Promise<Readonly<Record<string, number>>> {
  const kinds = await Promise.all(list.map((problem) => agrees(problem, force)))
  const counts: Record<string, number> = {}
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

describe('methods', () => {
  const nested = problems(11, 60, false)
  const crossing = problems(12, 80, true)

  it('Z3 finds and refutes what listing finds', async () => {
    const counts = await tally([...nested, ...crossing], 'z3')
    expect(counts['gap'] ?? 0).toBe(0)
    expect(counts['impossible']).toBeGreaterThanOrEqual(42)
    expect(counts['proven']).toBeGreaterThanOrEqual(60)
  }, 240_000)

  it('HiGHS proposes the best, and integer prices prove most of it', async () => {
    const counts = await tally([...nested, ...crossing], 'highs')
    expect(counts['proven']).toBeGreaterThanOrEqual(40)
  }, 240_000)

  it('flow agrees where it applies', async () => {
    const counts = await tally(nested, 'flow')
    expect(counts['undecided'] ?? 0).toBe(0)
  }, 240_000)

  it('the ladder proves them all', async () => {
    const counts = await tally([...nested, ...crossing], undefined)
    expect(Object.keys(counts).sort()).toEqual(['impossible', 'proven'])
  }, 240_000)
})
