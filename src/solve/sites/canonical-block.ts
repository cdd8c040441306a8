/**
 * A block cut out of the problem and put into a numbering that does not depend on where it stands: classes and rows are ordered by what they look like.
 *
 * The order comes from hashes, which may tie or clash; that costs a merge of two equal blocks at most. What makes merging exact is that `Block` holds the
 * whole sub-program, so that blocks are merged only where every number of it is equal.
 */
import { classSize } from '../../../constraints/problem-reading.ts'
import type { AssignmentProblem } from '../../../constraints/problem.ts'
import { HARD, mix, UNIT, WHOLE, type Block } from './block.ts'

/** Costs by level and column; rows by column in compressed form; the coupling row's number by row, -1 for others. */
export interface BlockSource {
  readonly problem: AssignmentProblem
  readonly costs: readonly Float64Array[]
  readonly entryStart: Int32Array
  readonly entryRow: Int32Array
  readonly entryCoefficient: Int32Array
  readonly couplingOf: Int32Array
  readonly classOf: Int32Array
}

export interface BlockParts {
  readonly classes: Int32Array
  readonly rows: Int32Array
  readonly auxiliaries: Int32Array
}

// Twice tells apart classes by the classes that they share rows with.
const ROUNDS = 2

/** `single`: the block of one device of the class. `columns`: the problem's column by the block's. */
export const canonicalBlock = (
  source: BlockSource,
  parts: BlockParts,
  single: boolean,
): { readonly block: Block; readonly columns: Int32Array } => {
  const { problem, costs, entryStart, entryRow, entryCoefficient, couplingOf } = source
  const { columnStart } = problem.classes
  const { classes, auxiliaries, rows } = ordered(source, parts)
  const firstAuxiliary = problem.columnChoice.length
  const sizes = Int32Array.from(classes, (c) => (single ? 1 : classSize(problem, c)))
  const start = new Int32Array(classes.length + 1)
  classes.forEach((c, i) => (start[i + 1] = start[i]! + columnStart[c + 1]! - columnStart[c]!))
  const classColumns = start[classes.length]!
  const columns = new Int32Array(classColumns + auxiliaries.length)
  classes.forEach((c, i) => {
    for (let k = start[i]!, j = columnStart[c]!; k < start[i + 1]!; k++, j++) columns[k] = j
  })
  auxiliaries.forEach((a, i) => (columns[classColumns + i] = firstAuxiliary + a))
  const blockCosts = new Int32Array(costs.length * columns.length)
  costs.forEach((cost, level) => {
    for (let k = 0; k < columns.length; k++) blockCosts[level * columns.length + k] = cost[columns[k]!]!
  })
  const rowNumber = new Map(rows.map((r, i) => [r, i]))
  const uses = { start: [0], row: [] as number[], coefficient: [] as number[] }
  const entries: [number, number][][] = rows.map(() => [])
  for (let k = 0; k < columns.length; k++) {
    const own = new Map<number, number>()
    for (let e = entryStart[columns[k]!]!; e < entryStart[columns[k]! + 1]!; e++) {
      const r = entryRow[e]!
      own.set(r, (own.get(r) ?? 0) + entryCoefficient[e]!)
    }
    for (const [r, coefficient] of own) {
      if (coefficient === 0) continue
      const coupling = couplingOf[r]!
      if (coupling >= 0) {
        uses.row.push(coupling)
        uses.coefficient.push(coefficient)
      } else entries[rowNumber.get(r)!]!.push([k, coefficient])
    }
    uses.start.push(uses.row.length)
  }
  const bundleNumber = new Map<number, number>()
  const policies = rows.flatMap((r): readonly number[] => {
    const { policy } = problem.rows[r]!
    switch (policy.is) {
      case 'hard':
        return [HARD, 0, 0]
      case 'unit':
        return [UNIT, policy.level, policy.weight]
      case 'whole': {
        const known = bundleNumber.get(policy.bundle) ?? bundleNumber.size
        bundleNumber.set(policy.bundle, known)
        return [WHOLE, known, 0]
      }
    }
  })
  const rowStart = new Int32Array(rows.length + 1)
  entries.forEach((list, i) => (rowStart[i + 1] = rowStart[i]! + list.length))
  const block: Block = {
    sizes,
    columnStart: start,
    costs: blockCosts,
    auxiliaryLower: Int32Array.from(auxiliaries, (a) => problem.auxiliaries[a]!.lower),
    auxiliaryUpper: Int32Array.from(auxiliaries, (a) => problem.auxiliaries[a]!.upper),
    rowStart,
    rowColumn: Int32Array.from(entries.flatMap((list) => list.map(([column]) => column))),
    rowCoefficient: Int32Array.from(entries.flatMap((list) => list.map(([, coefficient]) => coefficient))),
    rowLimits: Float64Array.from(rows.flatMap((r) => [problem.rows[r]!.lower, problem.rows[r]!.upper])),
    rowPolicy: Int32Array.from(policies),
    bundles: Int32Array.from([...bundleNumber.keys()].flatMap((b) => [problem.bundles[b]!.level, problem.bundles[b]!.weight])),
    useStart: Int32Array.from(uses.start),
    useRow: Int32Array.from(uses.row),
    useCoefficient: Int32Array.from(uses.coefficient),
  }
  return { block, columns }
}

/** The parts in the order of what they look like; equal looks in the problem's order. */
const ordered = (
  source: BlockSource,
  parts: BlockParts,
): { readonly classes: readonly number[]; readonly auxiliaries: readonly number[]; readonly rows: readonly number[] } => {
  const { problem, costs, entryStart, entryRow, entryCoefficient, couplingOf } = source
  const { columnStart } = problem.classes
  const firstAuxiliary = problem.columnChoice.length
  const number = new Map(Array.from(parts.rows, (r, i) => [r, i]))
  let rowLooks = Array.from(parts.rows, (r) => {
    const { lower, upper, policy } = problem.rows[r]!
    const sort = policy.is === 'hard' ? 1 : policy.is === 'unit' ? mix(mix(2, policy.level), policy.weight) : 3
    return mix(mix(sort, lower), upper)
  })
  const columnLook = (column: number, looks: readonly number[]): number => {
    let look = 7
    for (const cost of costs) look = mix(look, cost[column]!)
    let sum = 0
    for (let e = entryStart[column]!; e < entryStart[column + 1]!; e++) {
      const r = entryRow[e]!
      const coupling = couplingOf[r]!
      sum += mix(mix(coupling >= 0 ? coupling + 1 : looks[number.get(r)!]!, 11), entryCoefficient[e]!) >>> 1
    }
    return mix(look, sum % 0x7fffffff)
  }
  const classLook = (c: number, looks: readonly number[]): number => {
    let look = mix(5, classSize(problem, c))
    for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) look = mix(look, columnLook(j, looks))
    return look
  }
  const auxiliaryLook = (a: number, looks: readonly number[]): number => {
    const { lower, upper } = problem.auxiliaries[a]!
    return mix(mix(columnLook(firstAuxiliary + a, looks), lower), upper)
  }
  let classLooks = new Map<number, number>()
  let auxiliaryLooks = new Map<number, number>()
  for (let round = 0; round <= ROUNDS; round++) {
    classLooks = new Map(Array.from(parts.classes, (c) => [c, classLook(c, rowLooks)]))
    auxiliaryLooks = new Map(Array.from(parts.auxiliaries, (a) => [a, auxiliaryLook(a, rowLooks)]))
    if (round === ROUNDS || parts.rows.length === 0) break
    const sums = new Array<number>(parts.rows.length).fill(0)
    const add = (column: number, look: number): void => {
      for (let e = entryStart[column]!; e < entryStart[column + 1]!; e++) {
        const i = number.get(entryRow[e]!)
        if (i !== undefined) sums[i]! += mix(look, entryCoefficient[e]!) >>> 1
      }
    }
    for (const c of parts.classes)
      for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) add(j, mix(classLooks.get(c)!, j - columnStart[c]!))
    for (const a of parts.auxiliaries) add(firstAuxiliary + a, auxiliaryLooks.get(a)!)
    rowLooks = rowLooks.map((look, i) => mix(look, sums[i]! % 0x7fffffff))
  }
  const by = (looks: (index: number) => number) => (a: number, b: number) => looks(a) - looks(b) || a - b
  return {
    classes: [...parts.classes].sort(by((c) => classLooks.get(c)!)),
    auxiliaries: [...parts.auxiliaries].sort(by((a) => auxiliaryLooks.get(a)!)),
    rows: [...parts.rows].sort(by((r) => rowLooks[number.get(r)!]!)),
  }
}
