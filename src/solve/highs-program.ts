/** An assignment problem as a mixed-integer program: counts, auxiliaries, slack of rows that pay by unit, and one binary per all-or-nothing bundle. */
import { classSize, columnCosts, columnTotal, forEachEntry } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem, Row } from '../../constraints/problem.ts'

/** Rows in compressed form; crosses the thread. Columns: the problem's own, then slack, then bundles. */
export interface MixedProgram {
  readonly columnLower: Float64Array
  readonly columnUpper: Float64Array
  /** 1: integer. */
  readonly integer: Int32Array
  readonly rowLower: Float64Array
  readonly rowUpper: Float64Array
  readonly starts: Int32Array
  readonly indices: Int32Array
  readonly values: Float64Array
  /** Costs by column, per level. */
  readonly costs: readonly Float64Array[]
  /** By row: the problem's row it stands for, or -1 (a class). */
  readonly rowOf: Int32Array
}

interface Draft {
  readonly lower: number[]
  readonly upper: number[]
  readonly integer: number[]
  readonly rowLower: number[]
  readonly rowUpper: number[]
  readonly starts: number[]
  readonly indices: number[]
  readonly values: number[]
  readonly rowOf: number[]
  /** [level, column, cost] beyond the problem's own columns. */
  readonly paid: [number, number, number][]
}

type Entries = readonly (readonly [number, number])[]

/** `given`: bundles taken to hold (true: their rows are hard) or given up (false: their rows are dropped); the others get a binary. */
export const mixedProgram = (problem: AssignmentProblem, given: ReadonlyMap<number, boolean> = new Map()): MixedProgram => {
  const draft = emptyDraft(problem)
  addClasses(problem, draft)
  const binaries = new Map<number, number>()
  const binaryOf = (bundle: number): number => {
    const known = binaries.get(bundle)
    if (known !== undefined) return known
    const { level, weight } = problem.bundles[bundle]!
    const column = addColumn(draft, 0, 1, 1, level, weight)
    binaries.set(bundle, column)
    return column
  }
  problem.rows.forEach((row, index) => addRow(problem, draft, row, index, given, binaryOf))
  const total = draft.lower.length
  const costs = problem.levels.map((_, level) => {
    const cost = new Float64Array(total)
    cost.set(columnCosts(problem, level))
    for (const [at, column, paid] of draft.paid) if (at === level) cost[column]! += paid
    return cost
  })
  return {
    columnLower: Float64Array.from(draft.lower),
    columnUpper: Float64Array.from(draft.upper),
    integer: Int32Array.from(draft.integer),
    rowLower: Float64Array.from(draft.rowLower),
    rowUpper: Float64Array.from(draft.rowUpper),
    starts: Int32Array.from(draft.starts),
    indices: Int32Array.from(draft.indices),
    values: Float64Array.from(draft.values),
    costs,
    rowOf: Int32Array.from(draft.rowOf),
  }
}

const emptyDraft = (problem: AssignmentProblem): Draft => {
  const total = columnTotal(problem)
  const [lower, upper] = [new Array<number>(total).fill(0), new Array<number>(total).fill(Infinity)]
  problem.auxiliaries.forEach((auxiliary, index) => {
    lower[problem.columnChoice.length + index] = auxiliary.lower
    upper[problem.columnChoice.length + index] = auxiliary.upper
  })
  const integer = new Array<number>(total).fill(1)
  return { lower, upper, integer, rowLower: [], rowUpper: [], starts: [0], indices: [], values: [], rowOf: [], paid: [] }
}

const addColumn = (draft: Draft, lower: number, upper: number, integer: 0 | 1, level: number, cost: number): number => {
  const column = draft.lower.push(lower) - 1
  draft.upper.push(upper)
  draft.integer.push(integer)
  draft.paid.push([level, column, cost])
  return column
}

const push = (draft: Draft, entries: Entries, lower: number, upper: number, rowOf: number): void => {
  for (const [column, value] of entries) {
    draft.indices.push(column)
    draft.values.push(value)
  }
  draft.starts.push(draft.indices.length)
  draft.rowLower.push(lower)
  draft.rowUpper.push(upper)
  draft.rowOf.push(rowOf)
}

const addClasses = (problem: AssignmentProblem, draft: Draft): void => {
  const { size, columnStart } = problem.classes
  for (let c = 0; c < size; c++) {
    const entries: [number, number][] = []
    for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) entries.push([j, 1])
    push(draft, entries, classSize(problem, c), classSize(problem, c), -1)
  }
}

/** Entries of a row, one per column: a column that is listed twice counts with the sum. */
const entriesOf = (problem: AssignmentProblem, row: Row): Entries => {
  const byColumn = new Map<number, number>()
  forEachEntry(problem, row, (column, coefficient) => byColumn.set(column, (byColumn.get(column) ?? 0) + coefficient))
  return [...byColumn].filter(([, coefficient]) => coefficient !== 0)
}

const addRow = (
  problem: AssignmentProblem,
  draft: Draft,
  row: Row,
  index: number,
  given: ReadonlyMap<number, boolean>,
  binaryOf: (bundle: number) => number,
): void => {
  const entries = entriesOf(problem, row)
  const { policy, lower, upper } = row
  switch (policy.is) {
    case 'hard':
      push(draft, entries, lower, upper, index)
      return
    case 'unit': {
      // Below and above are paid apart where both limits are open to violation at once (lower > upper).
      const below = lower === -Infinity ? [] : [[addColumn(draft, 0, Infinity, 0, policy.level, policy.weight), 1] as const]
      const above = upper === Infinity ? [] : [[addColumn(draft, 0, Infinity, 0, policy.level, policy.weight), -1] as const]
      if (lower <= upper) push(draft, [...entries, ...below, ...above], lower, upper, index)
      else {
        push(draft, [...entries, ...below], lower, Infinity, index)
        push(draft, [...entries, ...above], -Infinity, upper, index)
      }
      return
    }
    case 'whole': {
      const holds = given.get(policy.bundle)
      if (holds === false) return
      if (holds === true) {
        push(draft, entries, lower, upper, index)
        return
      }
      // INVARIANT: the factor is exactly how far the row can be off, so the binary switches the row off and nothing more.
      const [least, most] = range(problem, entries)
      const binary = binaryOf(policy.bundle)
      if (lower > least) push(draft, [...entries, [binary, lower - least]], lower, Infinity, index)
      if (upper < most) push(draft, [...entries, [binary, upper - most]], -Infinity, upper, index)
    }
  }
}

/** The least and the most that the form can be, over all counts. */
const range = (problem: AssignmentProblem, entries: Entries): readonly [number, number] => {
  const byColumn = new Map(entries)
  let [least, most] = [0, 0]
  const { size, columnStart } = problem.classes
  for (let c = 0; c < size; c++) {
    let [low, high] = [Infinity, -Infinity]
    for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) {
      const value = byColumn.get(j) ?? 0
      if (value < low) low = value
      if (value > high) high = value
    }
    if (low > high) continue
    least += low * classSize(problem, c)
    most += high * classSize(problem, c)
  }
  problem.auxiliaries.forEach(({ lower, upper }, index) => {
    const value = byColumn.get(problem.columnChoice.length + index) ?? 0
    if (value === 0) return
    least += Math.min(value * lower, value * upper)
    most += Math.max(value * lower, value * upper)
  })
  return [least, most]
}
