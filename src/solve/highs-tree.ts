/**
 * A tree of linear programs per level, whose leaves' prices prove that the level cannot be better than a known value: branch and bound on how many devices of
 * a class end as one of the later of its columns. Floating point, so prices to start from and nothing more; `price-tree.ts` makes them whole and sure.
 */
import type { Basis, Highs, Model } from 'highs'
import { setCosts } from './highs-duals.ts'
import { mended, PARTS, searchNear, SEARCHES } from './highs-near.ts'
import {
  costOf,
  divisionOf,
  EPSILON,
  placeOf,
  solveNode,
  type ColumnDivision,
  type Limits,
  type Node,
  type StartLeaf,
  type Tree,
  type TreeAnswer,
  type TreeLeaf,
  type TreeTask,
} from './highs-node.ts'

/** The model is the program without whole numbers, at any costs. Later levels are looked at only while all before are closed. */
export const priceTree = (highs: Highs, model: Model, task: TreeTask): TreeAnswer => {
  const { program } = task
  const rows = program.rowLower.length
  const known = new Set((task.known ?? []).map(placeOf))
  const { columnStart } = task
  const classOf = new Int32Array(columnStart.at(-1)!)
  for (let c = 0; c + 1 < columnStart.length; c++) classOf.fill(c, columnStart[c], columnStart[c + 1])
  const limits = new Map<number, Limits>()
  const empty = { divisions: [], rowOf: [], rowOfColumns: new Map<string, number>(), keptRow: [], reached: [] }
  const tree: Tree = { highs, model, task, ...empty, known, classOf, limits, rows }
  const ends = task.seconds === undefined ? Infinity : performance.now() + 1000 * task.seconds
  model.options.set('solver', 'simplex')
  const levels: (readonly TreeLeaf[])[] = []
  const bases: Basis[] = []
  let values: Float64Array | undefined
  for (const [level, costs] of program.costs.entries()) {
    setCosts(model, costs)
    const found = searchLevel(tree, level, ends, values)
    if (tree.root?.basis !== undefined) bases.push({ ...tree.root.basis, rowStatus: tree.root.basis.rowStatus.slice(0, rows) })
    levels.push(found.leaves)
    values = found.values
    if (!found.closed) return { divisions: tree.divisions, levels, bases }
    keep(tree, costs, found.least)
  }
  return { divisions: tree.divisions, levels, bases, ...(values && { values }) }
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
    // A proof of a known value does not pay for the factors anew: its programs are many and small.
    const from = tree.task.goal === undefined ? node : undefined
    const sides = [true, false].map((within) => solveNode(tree, level, [...node.cases, { division, within }], from))
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
  const note = (found: Float64Array | undefined): void => {
    if (tree.task.goal !== undefined || found === undefined) return
    const cost = Math.round(costOf(tree, level, found))
    if (cost >= least) return
    least = cost
    values = found
  }
  const basis = tree.task.bases?.[level]
  const root = solveNode(tree, level, [], basis === undefined ? tree.root : { basis })
  if (root === undefined) return { leaves, closed: false, least }
  tree.root = root
  note(root.values)
  if (tree.task.goal === undefined && root.near !== undefined) note(mended(tree, Math.ceil(root.least - EPSILON)))
  const open: Node[] = [...startNodes(tree, level, root)]
  const started = open[0] !== root
  const near = new Set<number>()
  let [programs, searches, closed] = [1, 0, true]
  for (let node = takeLeast(open); node !== undefined; node = takeLeast(open)) {
    if (node.splits === undefined && !(node.least > least - 1 + EPSILON)) {
      const solved = solveNode(tree, level, node.cases)
      programs++
      if (solved === undefined) return { leaves: [...leaves, ...open.map(({ leaf }) => leaf), node.leaf], closed: false, least }
      note(solved.values)
      open.push(solved)
      continue
    }
    const target = Math.ceil(node.least - EPSILON)
    if (tree.task.goal === undefined && node.near !== undefined && !near.has(target)) {
      near.add(target)
      for (let each = 0; each < (started ? PARTS.length : 1) && searches < SEARCHES && target < least; each++) {
        searches++
        programs++
        note(searchNear(tree, node, values, target, PARTS[each]!))
      }
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
    for (const child of children) note(child.values)
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
