/** Which rows couple: the widest ones, without which the program falls apart into blocks of few classes. */
import { columnClassOf, forEachEntry } from '../../../constraints/problem-reading.ts'
import type { AssignmentProblem } from '../../../constraints/problem.ts'

export interface Blocks {
  readonly coupling: readonly number[]
  /** Block by class, auxiliary and row; -1 for coupling rows. Numbered by first class, blocks of auxiliaries alone last. */
  readonly ofClass: Int32Array
  readonly ofAuxiliary: Int32Array
  readonly ofRow: Int32Array
  readonly count: number
}

/** Blocks of at most `largest` classes, with few rows taken out (`enough` need not be fewer); or why there are none. */
export const cutRows = (problem: AssignmentProblem, largest: number, enough: number): Blocks | { readonly no: string } => {
  const classOf = columnClassOf(problem)
  const widths = rowWidths(problem, classOf)
  const families = new Map<number, number>()
  for (const { name } of problem.rows) families.set(name.use, (families.get(name.use) ?? 0) + 1)
  const family = Int32Array.from(problem.rows, ({ name }) => families.get(name.use)!)
  // A constraint with a row per site is a site's own; one with few rows speaks of the fleet. Failing that, wide rows do.
  const byFamily = cutInOrder(problem, classOf, family, largest)
  if (byFamily !== undefined && byFamily.coupling.length <= enough) return byFamily
  const byWidth = cutInOrder(
    problem,
    classOf,
    widths.map((width) => -width),
    largest,
  )
  const [best] = [byFamily, byWidth].filter((blocks) => blocks !== undefined).sort((a, b) => a.coupling.length - b.coupling.length)
  return best ?? { no: `blocks of more than ${largest} classes` }
}

/** Takes out the rows of the least keys, as few keys as suffice. */
const cutInOrder = (problem: AssignmentProblem, classOf: Int32Array, key: Int32Array, largest: number): Blocks | undefined => {
  const keys = [...new Set(key)].sort((a, b) => a - b)
  const number = new Map(keys.map((value, i) => [value, i]))
  const rank = key.map((value) => number.get(value)!)
  // Blocks only get smaller as more rows are taken out, so the first rank that suffices is found by halving.
  let [low, high] = [-1, keys.length - 1]
  let found = partition(problem, classOf, rank, -1)
  if (small(found, largest)) return found
  found = partition(problem, classOf, rank, high)
  if (!small(found, largest)) return undefined
  while (high - low > 1) {
    const middle = (low + high) >> 1
    const tried = partition(problem, classOf, rank, middle)
    if (small(tried, largest)) [high, found] = [middle, tried]
    else low = middle
  }
  return found
}

const small = ({ ofClass, count }: Blocks, largest: number): boolean => {
  const sizes = new Int32Array(count)
  for (const block of ofClass) sizes[block]!++
  return sizes.every((size) => size <= largest)
}

/** Classes that each row reads. */
const rowWidths = (problem: AssignmentProblem, classOf: Int32Array): Int32Array => {
  const seen = new Int32Array(problem.classes.size).fill(-1)
  return Int32Array.from(problem.rows, (row, r) => {
    let width = 0
    forEachEntry(problem, row, (column) => {
      const c = column < classOf.length ? classOf[column]! : -1
      if (c < 0 || seen[c] === r) return
      seen[c] = r
      width++
    })
    return width
  })
}

const partition = (problem: AssignmentProblem, classOf: Int32Array, rank: Int32Array, cut: number): Blocks => {
  const { size } = problem.classes
  const auxiliaryNode = size
  const bundleNode = auxiliaryNode + problem.auxiliaries.length
  const parent = Int32Array.from({ length: bundleNode + problem.bundles.length }, (_, i) => i)
  const find = (node: number): number => {
    let root = node
    while (parent[root] !== root) root = parent[root] = parent[parent[root]!]!
    return root
  }
  const nodeOf = (column: number): number => (column < classOf.length ? classOf[column]! : auxiliaryNode + column - classOf.length)
  problem.rows.forEach((row, r) => {
    if (rank[r]! <= cut) return
    let first = row.policy.is === 'whole' ? bundleNode + row.policy.bundle : -1
    forEachEntry(problem, row, (column) => {
      const node = nodeOf(column)
      if (first < 0) first = node
      const [x, y] = [find(first), find(node)]
      // INVARIANT: the root is the smallest node, so that blocks are numbered by their first classes.
      parent[Math.max(x, y)] = Math.min(x, y)
    })
  })
  const number = new Int32Array(parent.length).fill(-1)
  let count = 0
  const blockOf = (node: number): number => {
    const root = find(node)
    if (number[root] === -1) number[root] = count++
    return number[root]!
  }
  const ofClass = Int32Array.from({ length: size }, (_, c) => blockOf(c))
  const ofAuxiliary = Int32Array.from({ length: problem.auxiliaries.length }, (_, a) => blockOf(auxiliaryNode + a))
  const coupling: number[] = []
  // A wide row that lies in one block all the same belongs to it.
  const ofRow = Int32Array.from(problem.rows, (row, r) => {
    let at = row.policy.is === 'whole' ? blockOf(bundleNode + row.policy.bundle) : -1
    let crossings = 0
    forEachEntry(problem, row, (column) => {
      const block = column < classOf.length ? ofClass[classOf[column]!]! : ofAuxiliary[column - classOf.length]!
      if (at >= 0 && at !== block) crossings++
      at = block
    })
    if (crossings === 0 && at >= 0) return at
    // A row without columns that holds says nothing.
    if (at >= 0 || row.lower > 0 || row.upper < 0) coupling.push(r)
    return -1
  })
  return { coupling, ofClass, ofAuxiliary, ofRow, count }
}
