/** One linear program of a tree: a node's limits set, solved from where another node ended, its prices and the divisions that it asks for. */
import type { Basis, BasisInput, Highs, Model } from 'highs'
import type { MixedProgram } from './highs-program.ts'
import { BASIC } from './linear-basis.ts'

export interface TreeTask {
  readonly program: MixedProgram
  /** Columns of each class, one after the other; no others are divided. */
  readonly columnStart: Int32Array
  /** Value by level, to be proved the least; absent: the least is looked for, which takes a program whose only whole columns are the classes'. */
  readonly goal?: readonly number[]
  /** Divisions that served a program like this one: of a node's divisions those are tried, where there are any. */
  readonly known?: readonly ColumnDivision[]
  /** By level, leaves to start from in place of the root; their cases cover everything. Rows are the program's. */
  readonly start?: readonly (readonly StartLeaf[])[]
  /** By column, counts to start from, which may not hold; NaN where there are none. */
  readonly hint?: Float64Array
  /** By level, where the first linear program of a program like this one ended; of the program's own columns and rows. */
  readonly bases?: readonly Basis[]
  /** Linear programs per level. */
  readonly programs: number
  readonly seconds?: number
}

/** Columns first .. last - 1, of one class: at most `most` of its devices, or more. */
export interface ColumnDivision {
  readonly first: number
  readonly last: number
  readonly most: number
}

/** A leaf of an earlier tree: what its prices are worth here is worked out before any linear program is solved. */
export interface StartLeaf {
  readonly cases: readonly { readonly division: ColumnDivision; readonly within: boolean; readonly price: number }[]
  readonly factors: readonly number[]
  readonly rows: Int32Array
  readonly prices: Float64Array
}

export interface TreeLeaf {
  readonly cases: readonly { readonly division: number; readonly within: boolean; readonly price: number }[]
  /** By earlier level; at least 0. */
  readonly factors: readonly number[]
  /** Rows of the program with a price, and the prices. */
  readonly rows: Int32Array
  readonly prices: Float64Array
  /** The prices are a ray: no matter how large the goal, enough of them reach it. */
  readonly infeasible: boolean
}

export interface TreeAnswer {
  readonly divisions: readonly ColumnDivision[]
  readonly levels: readonly (readonly TreeLeaf[])[]
  /** By level, where its first linear program ended; of the program's own columns and rows. */
  readonly bases: readonly Basis[]
  /** Values that are whole, and least at every level; absent where a goal was given or they were not found. */
  readonly values?: Float64Array
}

export interface Node {
  readonly cases: readonly { readonly division: number; readonly within: boolean }[]
  readonly least: number
  readonly leaf: TreeLeaf
  /** Absent where no linear program of the node has been solved yet. */
  readonly splits?: readonly ColumnDivision[]
  /** Where its linear program ended. */
  readonly basis?: Basis
  /** Its values, where they are not whole. */
  readonly near?: Float64Array
  readonly reduced?: Float64Array
  /** Where they are whole. */
  readonly values?: Float64Array
}

export const EPSILON = 1e-6

export interface Tree {
  readonly highs: Highs
  readonly model: Model
  readonly task: TreeTask
  readonly divisions: ColumnDivision[]
  /** Row of the model by division; divisions of the same columns share one. */
  readonly rowOf: number[]
  readonly rowOfColumns: Map<string, number>
  /** Row of the model by earlier level. */
  readonly keptRow: number[]
  /** What each earlier level reached. */
  readonly reached: number[]
  /** Where divisions served: those that were known, and those of this tree. */
  readonly known: Set<string>
  /** By column of a class, the class. */
  readonly classOf: Int32Array
  /** Limits of the divisions' rows as they stand in the model; of the others there are none. */
  limits: ReadonlyMap<number, Limits>
  /** What the model's own basis is of. */
  last?: Node
  /** Of the level before, or of this one. */
  root?: Node
  rows: number
}

export type Limits = readonly [low: number, high: number]

export const placeOf = ({ first, last }: ColumnDivision): string => `${first} ${last}`

export const divisionOf = (tree: Tree, split: ColumnDivision): number => {
  const { first, last, most } = split
  const known = tree.divisions.findIndex((other) => other.first === first && other.last === last && other.most === most)
  if (known >= 0) return known
  const key = placeOf(split)
  let row = tree.rowOfColumns.get(key)
  if (row === undefined) {
    const indices = Array.from({ length: last - first }, (_, i) => first + i)
    tree.model.addRow(-tree.highs.infinity, tree.highs.infinity, { indices, values: indices.map(() => 1) })
    tree.rowOfColumns.set(key, (row = tree.rows++))
  }
  tree.rowOf.push(row)
  return tree.divisions.push(split) - 1
}

export const costOf = ({ task }: Tree, level: number, values: ArrayLike<number>): number =>
  task.program.costs[level]!.reduce((sum, cost, column) => sum + (cost === 0 ? 0 : cost * values[column]!), 0)

/** Undefined where HiGHS stops without an answer. `from`: a node to start from that differs in little. */
export const solveNode = (tree: Tree, level: number, cases: Node['cases'], from?: Pick<Node, 'basis'>): Node | undefined => {
  const { model, highs } = tree
  const { modelStatus } = highs.constants
  setLimits(tree, cases)
  if (from?.basis !== undefined && from !== tree.last) model.setBasis(withRows(from.basis, tree.rows))
  delete tree.last
  model.run()
  const status = model.getModelStatus()
  if (status === modelStatus.infeasible) {
    const ray = model.getDualRay()
    return ray && { cases, least: Infinity, leaf: leafOf(tree, level, cases, ray.values, true), splits: [] }
  }
  if (status !== modelStatus.optimal) return undefined
  const { rowDual, colValue, colDual } = model.getSolution()
  const least = costOf(tree, level, colValue)
  const splits = splitsOf(tree, colValue)
  const whole = splits.length === 0 ? { values: colValue } : { near: colValue, reduced: colDual }
  return (tree.last = { cases, least, leaf: leafOf(tree, level, cases, rowDual, false), splits, basis: model.getBasis(), ...whole })
}

/** Only what differs is changed, so that the basis of a node that differs in little stays nearly as good. */
export const setLimits = (tree: Tree, cases: Node['cases']): void => {
  const { model, highs } = tree
  const limits = new Map<number, Limits>()
  for (const { division, within } of cases) {
    const { most } = tree.divisions[division]!
    const [low, high] = limits.get(tree.rowOf[division]!) ?? [-highs.infinity, highs.infinity]
    limits.set(tree.rowOf[division]!, within ? [low, Math.min(high, most)] : [Math.max(low, most + 1), high])
  }
  for (const row of tree.limits.keys()) if (!limits.has(row)) model.changeRowBounds(row, -highs.infinity, highs.infinity)
  for (const [row, [low, high]] of limits) {
    const [lowNow, highNow] = tree.limits.get(row) ?? [-highs.infinity, highs.infinity]
    if (low !== lowNow || high !== highNow) model.changeRowBounds(row, low, high)
  }
  tree.limits = limits
}

/** Rows that came later are basic: nothing tightens them yet. */
const withRows = ({ colStatus, rowStatus }: Basis, rows: number): BasisInput => {
  if (rowStatus.length === rows) return { colStatus, rowStatus }
  const longer = new Int32Array(rows).fill(BASIC)
  longer.set(rowStatus)
  return { colStatus, rowStatus: longer }
}

const leafOf = (tree: Tree, level: number, cases: Node['cases'], duals: ArrayLike<number>, infeasible: boolean): TreeLeaf => {
  const own = tree.task.program.rowLower.length
  const [rows, prices]: [number[], number[]] = [[], []]
  for (let row = 0; row < own; row++) {
    if (tree.task.program.rowOf[row]! < 0 || Math.abs(duals[row]!) < 1e-9) continue
    rows.push(row)
    prices.push(duals[row]!)
  }
  // A row that several divisions of the path bound has one dual: it stands with the tightest on its side.
  const side = new Map<number, number>()
  cases.forEach(({ division, within }, i) => {
    const row = tree.rowOf[division]!
    if (within !== duals[row]! < 0 || duals[row] === 0) return
    const before = side.get(row)
    const tighter = before === undefined || tree.divisions[division]!.most < tree.divisions[cases[before]!.division]!.most === within
    if (tighter) side.set(row, i)
  })
  return {
    cases: cases.map((one, i) => ({ ...one, price: side.get(tree.rowOf[one.division]!) === i ? duals[tree.rowOf[one.division]!]! : 0 })),
    factors: Array.from({ length: level }, (_, k) => Math.max(0, -duals[tree.keptRow[k]!]!)),
    rows: Int32Array.from(rows),
    prices: Float64Array.from(prices),
    infeasible,
  }
}

// Divisions that are tried of a node, and of one whose divisions are known.
const TRIED = 6
const TRIED_KNOWN = 1
// From so many divisions on, those of the tree itself count as known.
const TELLING = 8

/** The most even divisions of classes whose counts are not whole: the columns from some place on. */
const splitsOf = ({ task: { columnStart }, known }: Tree, values: ArrayLike<number>): readonly ColumnDivision[] => {
  const found: { readonly division: ColumnDivision; readonly even: number }[] = []
  for (let c = 0; c + 1 < columnStart.length; c++) {
    const last = columnStart[c + 1]!
    let sum = 0
    let best: { readonly division: ColumnDivision; readonly even: number } | undefined
    for (let first = last - 1; first > columnStart[c]!; first--) {
      sum += values[first]!
      const rest = sum - Math.floor(sum)
      const even = Math.min(rest, 1 - rest)
      if (even > Math.max(EPSILON, (best?.even ?? 0) + EPSILON)) best = { division: { first, last, most: Math.floor(sum) }, even }
    }
    if (best !== undefined) found.push(best)
  }
  const sorted = found.sort((a, b) => b.even - a.even || a.division.first - b.division.first).map(({ division }) => division)
  const served = sorted.filter((division) => known.has(placeOf(division)))
  if (served.length > 0 && known.size >= TELLING) return served.slice(0, TRIED_KNOWN)
  return sorted.slice(0, TRIED)
}
