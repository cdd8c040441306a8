/**
 * A tree of linear programs per level, whose leaves' prices prove that the level cannot be better than a known value: branch and bound on how many devices of
 * a class end as one of the later of its columns. Floating point, so prices to start from and nothing more; `price-tree.ts` makes them whole and sure.
 */
import type { Highs, Model } from 'highs'
import { setCosts } from './highs-duals.ts'
import type { MixedProgram } from './highs-program.ts'

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
  /** Values that are whole, and least at every level; absent where a goal was given or they were not found. */
  readonly values?: Float64Array
}

interface Node {
  readonly cases: readonly { readonly division: number; readonly within: boolean }[]
  readonly least: number
  readonly leaf: TreeLeaf
  /** Absent where no linear program of the node has been solved yet. */
  readonly splits?: readonly ColumnDivision[]
  /** Where they are whole. */
  readonly values?: Float64Array
}

const EPSILON = 1e-6

interface Tree {
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
  rows: number
}

const placeOf = ({ first, last }: ColumnDivision): string => `${first} ${last}`

/** The model is the program without whole numbers, at any costs. Later levels are looked at only while all before are closed. */
export const priceTree = (highs: Highs, model: Model, task: TreeTask): TreeAnswer => {
  const { program } = task
  const rows = program.rowLower.length
  const known = new Set((task.known ?? []).map(placeOf))
  const tree: Tree = { highs, model, task, divisions: [], rowOf: [], rowOfColumns: new Map(), keptRow: [], reached: [], known, rows }
  const ends = task.seconds === undefined ? Infinity : performance.now() + 1000 * task.seconds
  model.options.set('solver', 'simplex')
  const levels: (readonly TreeLeaf[])[] = []
  let values: Float64Array | undefined
  for (const [level, costs] of program.costs.entries()) {
    setCosts(model, costs)
    const found = searchLevel(tree, level, ends, values)
    levels.push(found.leaves)
    values = found.values
    if (!found.closed) return { divisions: tree.divisions, levels }
    keep(tree, costs, found.least)
  }
  return { divisions: tree.divisions, levels, ...(values && { values }) }
}

/** Of a few divisions the one whose worse side is best, with both sides solved; no children where HiGHS stops without an answer. */
const divide = (
  tree: Tree,
  level: number,
  node: Node,
  least: number,
): { readonly children: readonly Node[] | undefined; readonly asked: number } => {
  let [children, worse, better]: [readonly Node[] | undefined, number, number] = [undefined, -Infinity, -Infinity]
  let served: ColumnDivision | undefined
  let asked = 0
  const goal = least - 1 + EPSILON
  for (const split of node.splits ?? []) {
    const division = divisionOf(tree, split)
    const sides = [true, false].map((within) => solveNode(tree, level, [...node.cases, { division, within }]))
    asked += 2
    const [a, b] = sides
    if (a === undefined || b === undefined) return { children: undefined, asked }
    const [low, high] = [Math.min(a.least, b.least), Math.max(a.least, b.least)]
    const capped = [Math.min(low, goal), Math.min(high, goal)] as const
    if (capped[0] > worse || (capped[0] === worse && capped[1] > better)) {
      ;[worse, better] = capped
      children = [a, b]
      served = split
    }
    if (low > goal) break
  }
  if (served !== undefined) tree.known.add(placeOf(served))
  return { children, asked }
}

/** The level stays at most what it reached. */
const keep = (tree: Tree, costs: Float64Array, reached: number): void => {
  const indices = [...costs.keys()].filter((column) => costs[column] !== 0)
  tree.model.addRow(-tree.highs.infinity, reached, { indices, values: indices.map((column) => costs[column]!) })
  tree.keptRow.push(tree.rows++)
  tree.reached.push(reached)
}

interface Searched {
  readonly leaves: readonly TreeLeaf[]
  readonly closed: boolean
  /** What the leaves bound, where they close the level. */
  readonly least: number
  readonly values?: Float64Array
}

/** `start`: whole values that keep the levels before. Best first, so that what is left when the programs are used up says how far the bound is, and the first whole values are the best ones. */
const searchLevel = (tree: Tree, level: number, ends: number, start?: Float64Array): Searched => {
  const leaves: TreeLeaf[] = []
  let values = start
  let least = tree.task.goal?.[level] ?? (start === undefined ? Infinity : Math.round(costOf(tree, level, start)))
  const note = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      if (tree.task.goal !== undefined || node.values === undefined || Math.round(node.least) >= least) continue
      least = Math.round(node.least)
      values = node.values
    }
  }
  const root = solveNode(tree, level, [])
  if (root === undefined) return { leaves, closed: false, least }
  note([root])
  const open: Node[] = [...startNodes(tree, level, root)]
  let [programs, closed] = [1, true]
  for (let node = takeLeast(open); node !== undefined; node = takeLeast(open)) {
    if (node.splits === undefined && !(node.least > least - 1 + EPSILON)) {
      const solved = solveNode(tree, level, node.cases)
      programs++
      if (solved === undefined) return { leaves: [...leaves, ...open.map(({ leaf }) => leaf), node.leaf], closed: false, least }
      note([solved])
      open.push(solved)
      continue
    }
    const done = node.leaf.infeasible || node.least > least - 1 + EPSILON
    if (done || (node.splits ?? []).length === 0 || programs >= tree.task.programs || performance.now() > ends) {
      closed &&= done
      leaves.push(node.leaf)
      continue
    }
    const { children, asked } = divide(tree, level, node, least)
    programs += asked
    if (children === undefined) return { leaves: [...leaves, ...open.map(({ leaf }) => leaf), node.leaf], closed: false, least }
    note(children)
    open.push(...children)
  }
  return { leaves, closed: closed && least < Infinity, least, ...(values && { values }) }
}

// Of the leaves to start from, the part that may be worth less than the root: else the tree is another one now.
const STALE = 0.25

/** The leaves to start from, where most of them still are worth more than the root; else the root. */
const startNodes = (tree: Tree, level: number, root: Node): readonly Node[] => {
  const start = root.values === undefined ? (tree.task.start?.[level] ?? []) : []
  const nodes = start.map((leaf) => startNode(tree, level, leaf))
  const stale = nodes.filter(({ least }) => least < root.least - EPSILON)
  return stale.length <= STALE * nodes.length && nodes.length > 0 ? nodes : [root]
}

const startNode = (tree: Tree, level: number, { cases, factors, rows, prices }: StartLeaf): Node => {
  const own = cases.map(({ division, within, price }) => ({ division: divisionOf(tree, division), within, price }))
  const leaf: TreeLeaf = { cases: own, factors, rows, prices, infeasible: false }
  return { cases: own.map(({ division, within }) => ({ division, within })), least: boundOf(tree, level, leaf), leaf }
}

/** What the leaf's prices bound, by weak duality: -Infinity where a price counts a limit that is open. */
const boundOf = ({ task, divisions, reached }: Tree, level: number, { cases, factors, rows, prices }: TreeLeaf): number => {
  const { program, columnStart } = task
  const reduced = program.costs[level]!.slice()
  let total = 0
  factors.forEach((factor, k) => {
    if (factor === 0) return
    total -= factor * reached[k]!
    program.costs[k]!.forEach((cost, column) => (reduced[column]! += factor * cost))
  })
  rows.forEach((row, i) => {
    const price = prices[i]!
    total += price * (price > 0 ? program.rowLower[row]! : program.rowUpper[row]!)
    for (let at = program.starts[row]!; at < program.starts[row + 1]!; at++) reduced[program.indices[at]!]! -= price * program.values[at]!
  })
  for (const { division, within, price } of cases) {
    const { first, last, most } = divisions[division]!
    total += price * (within ? most : most + 1)
    for (let column = first; column < last; column++) reduced[column]! -= price
  }
  // The rows of the classes stand first, each with its size.
  for (let c = 0; c + 1 < columnStart.length; c++) {
    let least = Infinity
    for (let column = columnStart[c]!; column < columnStart[c + 1]!; column++) least = Math.min(least, reduced[column]!)
    total += least * program.rowLower[c]!
  }
  for (let column = columnStart.at(-1)!; column < reduced.length; column++) {
    const cost = reduced[column]!
    if (Math.abs(cost) > EPSILON) total += cost * (cost > 0 ? program.columnLower[column]! : program.columnUpper[column]!)
  }
  return Number.isNaN(total) ? -Infinity : total
}

/** Of nodes whose bounds round up to the same, the last one: it is the deepest, and nearest to whole values. */
const takeLeast = (open: Node[]): Node | undefined => {
  if (open.length === 0) return undefined
  const bound = (node: Node): number => Math.ceil(node.least - EPSILON)
  const at = open.reduce((best, node, index) => (bound(node) <= bound(open[best]!) ? index : best), 0)
  return open.splice(at, 1)[0]
}

const divisionOf = (tree: Tree, split: ColumnDivision): number => {
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

const costOf = ({ task }: Tree, level: number, values: ArrayLike<number>): number =>
  task.program.costs[level]!.reduce((sum, cost, column) => sum + (cost === 0 ? 0 : cost * values[column]!), 0)

/** Undefined where HiGHS stops without an answer. */
const solveNode = (tree: Tree, level: number, cases: Node['cases']): Node | undefined => {
  const { model, highs } = tree
  const { modelStatus } = highs.constants
  const limits = new Map<number, [number, number]>()
  for (const { division, within } of cases) {
    const { most } = tree.divisions[division]!
    const [low, high] = limits.get(tree.rowOf[division]!) ?? [-highs.infinity, highs.infinity]
    limits.set(tree.rowOf[division]!, within ? [low, Math.min(high, most)] : [Math.max(low, most + 1), high])
  }
  for (const [row, [low, high]] of limits) model.changeRowBounds(row, low, high)
  try {
    model.run()
    const status = model.getModelStatus()
    if (status === modelStatus.infeasible) {
      const ray = model.getDualRay()
      return ray && { cases, least: Infinity, leaf: leafOf(tree, level, cases, ray.values, true), splits: [] }
    }
    if (status !== modelStatus.optimal) return undefined
    const { rowDual, colValue } = model.getSolution()
    const least = costOf(tree, level, colValue)
    const splits = splitsOf(tree, colValue)
    return { cases, least, leaf: leafOf(tree, level, cases, rowDual, false), splits, ...(splits.length === 0 && { values: colValue }) }
  } finally {
    for (const row of limits.keys()) model.changeRowBounds(row, -highs.infinity, highs.infinity)
  }
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
