/** Finds whether sets of columns are pairwise nested or disjoint, and the tree that they form. */
import type { AssignmentProblem } from '../../../constraints/problem.ts'
import { classRegions, shareSets, type ClassRegions } from './class-regions.ts'
import type { RowSet } from './row-set.ts'

/** Node 0 is the set of all columns; node v > 0 is the set `setOf[v]`. INVARIANT: parent[v] < v. Equal sets form a chain. */
export interface SetTree {
  readonly parent: Int32Array
  readonly setOf: Int32Array
  /** By column: the smallest set that contains it. */
  readonly columnNode: Int32Array
}

export type SetTreeResult =
  { readonly ok: true; readonly tree: SetTree } | { readonly ok: false; readonly crossing: readonly [number, number] }

/**
 * Returns the tree of the sets, or two sets that cross.
 *
 * Columns are looked at by cells (region of classes x choice), which product sets contain whole; classes of column sets are regions of their own. Sets are
 * hung in by descending size, so a set fits iff all its cells hang below the same node: as bigger sets are nested or disjoint already, a cell's place tells
 * all sets that contain it.
 */
export function setTree(problem: AssignmentProblem, sets: readonly RowSet[]): SetTreeResult {
  const choices = problem.choices.length
  const cells = readCells(problem, sets)
  const sizes = sets.map((_, i) => {
    let size = 0
    cells.visit(i, (cell) => (size += cells.columns[cell]!))
    return size
  })
  const order = sets.map((_, i) => i).sort((a, b) => sizes[b]! - sizes[a]! || a - b)
  const place = new Int32Array(cells.columns.length)
  const parent = new Int32Array(sets.length + 1).fill(-1)
  const setOf = new Int32Array(sets.length + 1).fill(-1)
  let node = 0
  for (const i of order) {
    node++
    setOf[node] = i
    let above = -1
    let other = -1
    cells.visit(i, (cell) => {
      const at = place[cell]!
      if (above === -1) above = at
      else if (at !== above) other = at
      place[cell] = node
    })
    // Of two different places the later one is the smaller set: it contains one of the columns, not the other, and is not smaller than this set.
    if (other !== -1) return { ok: false, crossing: [setOf[Math.max(above, other)]!, i] }
    parent[node] = Math.max(above, 0)
  }
  return { ok: true, tree: { parent, setOf, columnNode: columnNodes(problem, cells.regions.of, place, choices) } }
}

interface Cells {
  readonly regions: ClassRegions
  /** Columns by cell (region x choices + choice). */
  readonly columns: Int32Array
  /** Calls `see` for every cell of set i that has columns. */
  readonly visit: (i: number, see: (cell: number) => void) => void
}

function readCells(problem: AssignmentProblem, sets: readonly RowSet[]): Cells {
  const { columnStart, size } = problem.classes
  const { columnChoice } = problem
  const choices = problem.choices.length
  const products = sets.flatMap((set) => (set.is === 'product' ? [set.classes] : []))
  const shared = shareSets(products)
  const columnSets = sets.flatMap((set) => (set.is === 'columns' ? [set.columns] : []))
  const regions = classRegions(size, shared.distinct, classesOf(columnSets, columnStart, size))
  const columns = new Int32Array(regions.regions * choices)
  for (let c = 0; c < size; c++) {
    const base = regions.of[c]! * choices
    for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) columns[base + columnChoice[j]!]!++
  }
  let product = 0
  const distinctOf = sets.map((set) => (set.is === 'product' ? shared.of[product++]! : -1))
  return {
    regions,
    columns,
    visit: (i, see) => {
      const set = sets[i]!
      if (set.is === 'columns') {
        for (const j of set.columns) see(regions.of[classOf(columnStart, size, j)]! * choices + columnChoice[j]!)
        return
      }
      for (const region of regions.inSet[distinctOf[i]!]!) {
        for (const choice of set.choices) {
          const cell = region * choices + choice
          if (columns[cell]! > 0) see(cell)
        }
      }
    },
  }
}

/** The class of a column, by bisection. */
function classOf(columnStart: Int32Array, classes: number, column: number): number {
  let low = 0
  let high = classes
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (columnStart[middle]! <= column) low = middle
    else high = middle
  }
  return low
}

function classesOf(columnSets: readonly Int32Array[], columnStart: Int32Array, classes: number): Int32Array {
  const found = new Set<number>()
  for (const columns of columnSets) for (const column of columns) found.add(classOf(columnStart, classes, column))
  return Int32Array.from(found).sort()
}

function columnNodes(problem: AssignmentProblem, regionOf: Int32Array, place: Int32Array, choices: number): Int32Array {
  const { columnStart, size } = problem.classes
  const nodes = new Int32Array(problem.columnChoice.length)
  for (let c = 0; c < size; c++) {
    const base = regionOf[c]! * choices
    for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) nodes[j] = place[base + problem.columnChoice[j]!]!
  }
  return nodes
}
