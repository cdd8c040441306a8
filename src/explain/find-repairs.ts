/** For each row of a core the nearest limit with which everything hard can hold, found by solving the rest again; none where others would still clash. */
import { above, below, columnVariable } from '../../constraints/counting.ts'
import type { AssignmentProblem, Row } from '../../constraints/problem.ts'
import { forEachEntry, rowViolation } from '../../constraints/problem-reading.ts'
import { add, int, mul } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import type { SolveLimits, Solvers } from '../solve/solvers.ts'
import { becauseOf, devicesIn, useAt, type ExplainContext } from './context.ts'

/** A row that everything else hard leaves short by so little as can be. `text`: what would have to be, where no written number says it. */
export interface MissedLimit {
  readonly use: number
  readonly group: string
  readonly side: 'lower' | 'upper'
  readonly limit: number
  readonly target: number
  /** Devices that the row speaks of. */
  readonly devices: number
  readonly text: string
}

// Beyond this many columns every try takes long; so many in vain say that something else clashes as well, which no one limit mends.
const LARGE = 5000
const VAIN = 4

export async function missedLimits(
  context: ExplainContext,
  rows: readonly number[],
  solvers: Solvers,
  limits: SolveLimits = {},
): Promise<readonly MissedLimit[]> {
  const { problem } = context.compiled
  const found: MissedLimit[] = []
  let vain = 0
  for (const r of rows) {
    if (problem.columnChoice.length > LARGE && vain >= VAIN) break
    const row = problem.rows[r]!
    if (groupRows(problem, r).some((one) => usesAuxiliaries(problem, one))) continue
    const side = row.lower !== -Infinity ? 'lower' : 'upper'
    // A row with both limits is relaxed on one side only where the other is open or slack; the nearest value on either side is what is asked for.
    const verdict = await solvers.solveAssignment(relaxed(problem, r, side), limits)
    if (verdict.is === 'impossible') vain++
    if (verdict.is !== 'solved' || verdict.value[0] !== verdict.bound[0]) continue
    const missing = rowViolation(problem, row, verdict.counts)
    if (missing === 0) continue
    const limit = row[side]
    found.push({
      use: row.name.use,
      group: row.name.group,
      side,
      limit,
      target: side === 'lower' ? limit - missing : limit + missing,
      devices: row.form.is === 'product' ? devicesIn(problem, row.form.classes) : 0,
      text: repairText(context, r, side === 'lower', missing),
    })
  }
  return found
}

const groupRows = (problem: AssignmentProblem, r: number): readonly Row[] => {
  const {
    name: { use, group },
    bond,
  } = problem.rows[r]!
  return problem.rows.filter((row) => row.name.use === use && row.name.group === group && row.bond === bond)
}

const usesAuxiliaries = ({ columnChoice }: AssignmentProblem, { form }: Row): boolean =>
  form.is === 'entries' && form.columns.some((column) => column >= columnChoice.length)

/** Only the hard rows, one of them open on one side; the one level asks for as little beyond that side as can be. */
function relaxed(problem: AssignmentProblem, r: number, side: 'lower' | 'upper'): AssignmentProblem {
  const cost = new Float64Array(problem.columnChoice.length)
  forEachEntry(problem, problem.rows[r]!, (column, coefficient) => (cost[column]! += side === 'lower' ? -coefficient : coefficient))
  const opened = (row: Row): Row =>
    row !== problem.rows[r] ? row : side === 'lower' ? { ...row, lower: -Infinity } : { ...row, upper: Infinity }
  const {
    name: { use, group },
    bond,
  } = problem.rows[r]!
  const rest = groupRows(problem, r).map(opened)
  return {
    ...problem,
    rows: problem.rows.filter(({ policy }) => policy.is === 'hard').map(opened),
    bundles: [],
    levels: [{ name: 'repair', sense: 'minimise', offset: 0, terms: [{ is: 'column', cost }] }],
    meanings: problem.meanings
      .filter(({ policy }) => policy.is === 'hard')
      .map((meaning) =>
        meaning.use === use && meaning.group === group && meaning.bond === bond
          ? { ...meaning, violation: () => add(...rest.map((row) => missedTerm(problem, row))) }
          : meaning,
      ),
  }
}

/** How far the row is from its limits, over the columns' variables. */
function missedTerm(problem: AssignmentProblem, row: Row): Term {
  const terms: Term[] = []
  forEachEntry(problem, row, (column, coefficient) => terms.push(mul(int(coefficient), columnVariable(column))))
  const form = add(...terms)
  return add(row.lower === -Infinity ? int(0) : below(form, row.lower), row.upper === Infinity ? int(0) : above(form, row.upper))
}

function repairText(context: ExplainContext, r: number, short: boolean, missing: number): string {
  const { lower, upper, form, name } = context.compiled.problem.rows[r]!
  const checked = useAt(context, name.use)
  const what = becauseOf(checked, name.group)
  if (form.is === 'entries') return `${what}: except ${missing} ${missing === 1 ? 'device' : 'devices'}`
  const part = name.part === '' || name.part === 'none' ? '' : ` of \`${name.part}\``
  return short ? `${what}: ${lower - missing}${part} instead of ${lower}` : `${what}: ${upper + missing}${part} instead of ${upper}`
}
