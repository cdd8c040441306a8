/** What rows of a block say once some of its items are fixed: nothing, that single options are out, or something about sums. */
import { UNIT, WHOLE, classColumnsOfBlock, columnsOfBlock, type Block } from './block.ts'

/**
 * An item whose value is chosen before anything else: an auxiliary, a bundle (1: it holds, 0: it is given up and paid) or a class of one device.
 * `values`: the auxiliary's, the bundle's, or the columns of the class.
 */
export interface Switch {
  readonly is: 'auxiliary' | 'bundle' | 'class'
  readonly index: number
  readonly values: Int32Array
}

/** A row with its entries by item. */
export interface RowView {
  readonly row: number
  readonly lower: number
  readonly upper: number
  readonly sort: number
  /** Classes in the row, ascending. */
  readonly classes: readonly number[]
  /** Coefficient by column of the block, auxiliaries included. */
  readonly coefficient: Int32Array
  readonly auxiliaries: readonly number[]
  readonly bundle: number
}

export const rowViews = (block: Block): readonly RowView[] => {
  const classColumns = classColumnsOfBlock(block)
  const classOf = new Int32Array(classColumns)
  for (let c = 0; c < block.sizes.length; c++) classOf.fill(c, block.columnStart[c], block.columnStart[c + 1])
  return Array.from({ length: block.rowStart.length - 1 }, (_, row) => {
    const coefficient = new Int32Array(columnsOfBlock(block))
    const classes: number[] = []
    const auxiliaries: number[] = []
    for (let e = block.rowStart[row]!; e < block.rowStart[row + 1]!; e++) {
      const column = block.rowColumn[e]!
      coefficient[column] = block.rowCoefficient[e]!
      if (column >= classColumns) auxiliaries.push(column - classColumns)
      else if (classes[classes.length - 1] !== classOf[column]) classes.push(classOf[column]!)
    }
    const sort = block.rowPolicy[3 * row]!
    const bundle = sort === WHOLE ? block.rowPolicy[3 * row + 1]! : -1
    const [lower, upper] = [block.rowLimits[2 * row]!, block.rowLimits[2 * row + 1]!]
    return { row, lower, upper, sort, classes: classes.filter((c) => block.sizes[c]! > 0), coefficient, auxiliaries, bundle }
  })
}

/** Value of each switch, by the switches' numbers; -1 in `chosen` where it is not fixed. */
export interface Setting {
  readonly switches: readonly Switch[]
  /** Index into the switch's values. */
  readonly chosen: Int32Array
  readonly ofClass: Int32Array
  readonly ofAuxiliary: Int32Array
  readonly ofBundle: Int32Array
  /** What the free classes of rows can bring, by row; filled as rows are read. */
  readonly ranges: (FreeRange | undefined)[]
}

/** The classes of a row that no switch fixes, the least and most of one device of each, and of all of them together. */
interface FreeRange {
  readonly classes: readonly number[]
  readonly low: readonly number[]
  readonly high: readonly number[]
  readonly least: number
  readonly most: number
}

/** Numbers of the row's switches. */
export const switchesOf = (view: RowView, setting: Setting): readonly number[] => [
  ...view.classes.map((c) => setting.ofClass[c]!).filter((s) => s >= 0),
  ...view.auxiliaries.map((a) => setting.ofAuxiliary[a]!),
  ...(view.bundle >= 0 ? [setting.ofBundle[view.bundle]!] : []),
]

/** What the row's fixed switches bring to its form; all of them must be chosen. */
export const fixedPart = (block: Block, view: RowView, setting: Setting): number => {
  const classColumns = classColumnsOfBlock(block)
  let sum = 0
  for (const c of view.classes) {
    const s = setting.ofClass[c]!
    if (s >= 0) sum += view.coefficient[setting.switches[s]!.values[setting.chosen[s]!]!]!
  }
  for (const a of view.auxiliaries) {
    const s = setting.ofAuxiliary[a]!
    sum += view.coefficient[classColumns + a]! * setting.switches[s]!.values[setting.chosen[s]!]!
  }
  return sum
}

/** True where the row's bundle is given up. */
export const isGivenUp = (view: RowView, setting: Setting): boolean => {
  if (view.bundle < 0) return false
  const s = setting.ofBundle[view.bundle]!
  return setting.switches[s]!.values[setting.chosen[s]!] === 0
}

/** Units by which a form leaves the row's limits. */
export const violationAt = ({ lower, upper }: RowView, form: number): number => Math.max(0, lower - form) + Math.max(0, form - upper)

/**
 * The columns that the row takes away, its switches being as they are; 'broken' where nothing satisfies it; 'sum' where it says more than single options do.
 *
 * Exact: a device with a forbidden column breaks the row whatever the others do, as each of them is taken at its least (most); and once those columns are
 * out, the row holds even where each device is at its most (least).
 */
export const readRow = (block: Block, view: RowView, setting: Setting): readonly number[] | 'broken' | 'sum' => {
  if (isGivenUp(view, setting)) return []
  const fixed = fixedPart(block, view, setting)
  const [lower, upper] = [view.lower - fixed, view.upper - fixed]
  const { classes, low, high, least, most } = rangeOf(block, view, setting)
  if (view.sort === UNIT) return classes.length === 0 || (least >= lower && most <= upper) ? [] : 'sum'
  if (least > upper || most < lower) return 'broken'
  if (least >= lower && most <= upper) return []
  const out: number[] = []
  let [least2, most2] = [0, 0]
  for (let i = 0; i < classes.length; i++) {
    const c = classes[i]!
    let [left, right] = [Infinity, -Infinity]
    for (let j = block.columnStart[c]!; j < block.columnStart[c + 1]!; j++) {
      const a = view.coefficient[j]!
      if (least - low[i]! + a > upper || most - high[i]! + a < lower) {
        out.push(j)
        continue
      }
      if (a < left) left = a
      if (a > right) right = a
    }
    if (left > right) return 'broken'
    least2 += left * block.sizes[c]!
    most2 += right * block.sizes[c]!
  }
  return least2 >= lower && most2 <= upper ? out : 'sum'
}

const rangeOf = (block: Block, view: RowView, setting: Setting): FreeRange => {
  const known = setting.ranges[view.row]
  if (known !== undefined) return known
  const classes = view.classes.filter((c) => setting.ofClass[c] === -1)
  const [low, high]: [number[], number[]] = [[], []]
  let [least, most] = [0, 0]
  for (const c of classes) {
    let [left, right] = [Infinity, -Infinity]
    for (let j = block.columnStart[c]!; j < block.columnStart[c + 1]!; j++) {
      const a = view.coefficient[j]!
      if (a < left) left = a
      if (a > right) right = a
    }
    low.push(left)
    high.push(right)
    least += left * block.sizes[c]!
    most += right * block.sizes[c]!
  }
  const range = { classes, low, high, least, most }
  setting.ranges[view.row] = range
  return range
}

/** Devices whose choice may settle the row: with some choice of theirs it cannot be broken by the others. */
export const settlers = (block: Block, view: RowView, setting: Setting): readonly number[] => {
  const { classes, low, high, least, most } = rangeOf(block, view, setting)
  return classes.filter((c, i) => {
    if (block.sizes[c] !== 1) return false
    for (let j = block.columnStart[c]!; j < block.columnStart[c + 1]!; j++) {
      const a = view.coefficient[j]!
      if (most - high[i]! + a <= view.upper && least - low[i]! + a >= view.lower) return true
    }
    return false
  })
}
