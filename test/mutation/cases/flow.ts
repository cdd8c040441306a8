/** The flow method on small random problems against all their assignments, on larger ones by what it proves itself, and both byte by byte against what it answered before. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { flowInstance } from '../../../benchmarks/flow-instances.ts'
import { brokenHardRow, columnCosts, evaluateSolution } from '../../../constraints/problem-reading.ts'
import type { AssignmentProblem, AssignmentSolution, Row } from '../../../constraints/problem.ts'
import { flowApplies, solveFlow } from '../../../src/solve/flow/solve-flow.ts'
import {
  anyCrossing,
  assignments,
  bestByEnumeration,
  covers,
  leafBound,
  lexicographic,
  randomProblem,
  seeded,
  withCosts,
  type ProblemOptions,
} from '../../properties/flow-problems.ts'
import { once, type Case } from './case.ts'

export const FLOW_FILE = new URL('../../golden/mutants/flow.json', import.meta.url)
const MOST_ASSIGNMENTS = 1500
const EACH = 12

interface Asked {
  readonly name: string
  readonly problem: AssignmentProblem
  /** The best value, undefined where nothing holds; absent: too many assignments to list. */
  readonly best?: readonly number[] | undefined
}

const SMALL: ProblemOptions = { classes: 4, choices: 4, largestClass: 3, levels: 2, policies: ['hard', 'unit', 'whole'], tightness: 0.3 }

/** Sorts of problems, by name. */
const SORTS: Readonly<Record<string, { readonly times: number; readonly options: ProblemOptions; readonly factor?: number }>> = {
  mixed: { times: 10, options: SMALL },
  anywhere: { times: 4, options: { ...SMALL, levels: 4, tightness: 1 } },
  hard: { times: 5, options: { ...SMALL, policies: ['hard'], tightness: 0.5 } },
  unit: { times: 5, options: { ...SMALL, levels: 3, policies: ['hard', 'unit'] } },
  steps: { times: 5, options: { ...SMALL, scaled: true } },
  crossing: { times: 3, options: { ...SMALL, policies: ['hard'], crossing: true } },
  apart: { times: 4, options: { ...SMALL, levels: 4 }, factor: 100_000_000_003 },
}

/** Larger problems: samples first, several regions and sites, soft rows. */
const LARGE = [
  { classes: 700, devices: 5_000, variants: 6, regions: 3, sites: 0, seed: 3 },
  { classes: 600, devices: 4_000, variants: 6, regions: 2, sites: 2, seed: 4 },
  { classes: 60, devices: 900, variants: 5, regions: 2, sites: 1, seed: 5 },
  // Enough classes for samples; once with so many columns that not all moves are kept ready.
  { classes: 2_800, devices: 6_000, variants: 5, regions: 2, sites: 0, seed: 6 },
  { classes: 2_600, devices: 5_600, variants: 16, regions: 2, sites: 0, seed: 7 },
] as const

export function flowCases(): readonly Case[] {
  const answered = JSON.parse(readFileSync(FLOW_FILE, 'utf8')) as Readonly<Record<string, string>>
  const answers = batches().map(({ name, make }): Case => {
    const made = once(make)
    return {
      name: `flows ${name}`,
      run() {
        const said = made().map((asked) => judged(asked))
        strictEqual(digest(said), answered[name])
      },
    }
  })
  return [...answers, { name: 'flows refuse what is none', run: refusesOthers }, { name: 'flows take what is one', run: takesOthers }]
}

const plainProblem = (): AssignmentProblem => ({ ...randomProblem(seeded(3), { ...SMALL, policies: ['hard'] }), rows: [], bundles: [] })

/** Two columns counted once each, with what differs. */
function rowWith(differs: Partial<Row>, coefficients: readonly number[] = [1, 1], columns: readonly number[] = [0, 1]): Row {
  return {
    form: { is: 'entries', columns: Int32Array.from(columns), coefficients: Float64Array.from(coefficients) },
    lower: 0,
    upper: 2,
    policy: { is: 'hard' },
    name: { use: 0, group: '', part: '' },
    ...differs,
  }
}

function refusesOthers(): void {
  const plain = plainProblem()
  const beyond = plain.columnChoice.length
  const unit = (weight: number): Row['policy'] => ({ is: 'unit', level: 0, weight })
  const rows: readonly (readonly [Row, string])[] = [
    [rowWith({}, [1, 2]), 'constraint 0 weighs devices differently'],
    [rowWith({}, [-1, -1]), 'constraint 0 weighs devices differently'],
    [rowWith({}, [0.5, 0.5]), 'constraint 0 weighs devices differently'],
    [rowWith({}, [1, 1], [0, beyond]), 'constraint 0 weighs devices differently'],
    [rowWith({ upper: 1.5 }), 'constraint 0 has a limit that is no integer'],
    [rowWith({ lower: 0.5, name: { use: 0, group: 'g', part: '' } }), 'constraint 0 of `g` has a limit that is no integer'],
    [
      rowWith({ lower: 3, upper: 2, policy: unit(1), name: { use: 0, group: 'g', part: 'p' } }),
      'constraint 0 of `g` on `p` has a lower limit above its upper one, and pays by unit',
    ],
    [rowWith({ policy: unit(-1) }), 'constraint 0 has a weight that is negative or too large'],
    [rowWith({ policy: unit(2 ** 53) }), 'constraint 0 has a weight that is negative or too large'],
    [rowWith({ upper: 3, policy: unit(1) }, [2, 2]), 'constraint 0 pays for parts of a device'],
    [rowWith({ lower: 1, upper: 4, policy: unit(1) }, [2, 2]), 'constraint 0 pays for parts of a device'],
  ]
  for (const [row, no] of rows) deepStrictEqual(flowApplies({ ...plain, rows: [row] }), { no })
  deepStrictEqual(flowApplies({ ...plain, auxiliaries: [{ name: 'a', lower: 0, upper: 1 }] }), { no: 'the problem has auxiliary columns' })
}

/** Limits that are open or no multiples, where nobody pays by the unit, and coefficients that are zero refuse nothing. */
function takesOthers(): void {
  const plain = plainProblem()
  const rows = [
    rowWith({ lower: -Infinity, upper: Infinity }),
    rowWith({ lower: -Infinity, upper: 3 }, [2, 2]),
    rowWith({ lower: 3, upper: 2 }),
    rowWith({ upper: 4, policy: { is: 'unit', level: 0, weight: 1 } }, [2, 2]),
    rowWith({ policy: { is: 'unit', level: 0, weight: 0 } }),
    rowWith({ lower: 2, upper: 2, policy: { is: 'unit', level: 0, weight: 1 } }),
    rowWith({}, [0, 1]),
    rowWith({}, [0, 0], [0, plain.columnChoice.length]),
  ]
  for (const [at, row] of rows.entries()) ok(!('no' in flowApplies({ ...plain, rows: [row] })), `row ${at}`)
}

/** By batch, what is answered, shortened. */
export function allFlows(): Readonly<Record<string, string>> {
  return Object.fromEntries(batches().map(({ name, make }) => [name, digest(make().map((asked) => judged(asked)))]))
}

interface Batch {
  readonly name: string
  readonly make: () => readonly Asked[]
}

function batches(): readonly Batch[] {
  const small = Object.entries(SORTS).flatMap(([sort, { times, options, factor }], at) =>
    Array.from({ length: times }, (_, time): Batch => ({
      name: `${sort} ${time}`,
      make: () => smallProblems(1000 * at + 100 * time, options, factor),
    })),
  )
  const large = LARGE.map((options, at): Batch => ({
    name: `large ${at}`,
    make: () => [{ name: `large ${at}`, problem: flowInstance(options) }],
  }))
  return [...small, ...large]
}

function smallProblems(first: number, options: ProblemOptions, factor: number | undefined): readonly Asked[] {
  const found: Asked[] = []
  for (let seed = first; found.length < EACH; seed++) {
    const problem = randomProblem(seeded(seed), options)
    if (assignments(problem) > MOST_ASSIGNMENTS) continue
    const best = bestByEnumeration(
      problem,
      problem.rows.filter((row) => row.policy.is === 'hard'),
    )
    if (factor === undefined) found.push({ name: `seed ${seed}`, problem, best })
    else found.push({ name: `seed ${seed}`, problem: withCosts(problem, factor), best: best?.map((value) => value * factor) })
  }
  return found
}

/** The answer, held to what it must be. */
function judged(asked: Asked): AssignmentSolution | string {
  const { name, problem } = asked
  const shape = flowApplies(problem)
  if ('no' in shape) {
    ok(anyCrossing(problem), `${name}: ${shape.no}`)
    return shape.no
  }
  const solution = solveFlow(problem, shape)
  if (solution.is === 'undecided') throw new Error(`${name}: ${solution.why}`)
  if (solution.is === 'impossible') {
    ok(!('best' in asked) || asked.best === undefined, name)
    const core = solution.rows.map((row) => problem.rows[row]!)
    if ('best' in asked) strictEqual(bestByEnumeration(problem, core), undefined, name)
    if (solution.proof.is === 'prices')
      ok(
        lexicographic(
          leafBound(problem, solution.proof.leaves[0]!, []),
          problem.levels.map(() => 0),
        ) > 0,
        name,
      )
    return solution
  }
  if ('best' in asked) deepStrictEqual(solution.value, asked.best, name)
  deepStrictEqual(evaluateSolution(problem, solution.counts), solution.value, name)
  deepStrictEqual(solution.bound, solution.value, name)
  strictEqual(brokenHardRow(problem, solution.counts), -1, name)
  if (solution.proof.is === 'prices') {
    const costs = problem.levels.map((_, level) => columnCosts(problem, level))
    const bounds = solution.proof.leaves.map((leaf) => leafBound(problem, leaf, costs))
    deepStrictEqual(
      bounds.reduce((a, b) => (lexicographic(b, a) < 0 ? b : a)),
      solution.value,
      name,
    )
    ok(covers(problem.bundles.length, solution.proof.leaves), name)
    // From its own prices, and from ones that are somewhat off, the same is found.
    const [leaf] = solution.proof.leaves
    for (const off of [0, 1]) {
      const prices = new Map(
        Array.from(leaf!.rows, (row, at) => [row, leaf!.prices.map((level) => level[at]! + (at % 3 === 0 ? off : 0))] as const),
      )
      const again = solveFlow(problem, shape, { prices })
      ok(again.is === 'solved', name)
      deepStrictEqual(again.value, solution.value, `${name}, started`)
      strictEqual(brokenHardRow(problem, again.counts), -1, `${name}, started`)
    }
  }
  return solution
}

function digest(said: readonly (AssignmentSolution | string)[]): string {
  const text = JSON.stringify(said, (_, value: unknown) => (ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value))
  return createHash('sha1').update(text).digest('hex').slice(0, 10)
}
