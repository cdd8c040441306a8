/** What rows of a block say once some of its items are fixed: nothing, that single options are out, or something about sums. */
import { UNIT, WHOLE, classColumnsOfBlock, type Block } from './block.ts'

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
  /** Coefficient by column of the block, auxiliaries included; absent: 0. */
  readonly coefficient: ReadonlyMap<number, number>
  readonly auxiliaries: readonly number[]
  readonly bundle: number
}

export const rowViews = (block: Block): readonly RowView[] => {
  const classColumns = classColumnsOfBlock(block)
  const classOf = new Int32Array(classColumns)
  for (let c = 0; c < block.sizes.length; c++) classOf.fill(c, block.columnStart[c], block.columnStart[c + 1])
  return Array.from({ length: block.rowStart.length - 1 }, (_, row) => {
    const coefficient = new Map<number, number>()
    const classes: number[] = []
    const auxiliaries: number[] = []
    for (let e = block.rowStart[row]!; e < block.rowStart[row + 1]!; e++) {
      const column = block.rowColumn[e]!
      coefficient.set(column, block.rowCoefficient[e]!)
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
    if (s >= 0) sum += view.coefficient.get(setting.switches[s]!.values[setting.chosen[s]!]!) ?? 0
  }
  for (const a of view.auxiliaries) {
    const s = setting.ofAuxiliary[a]!
    sum += (view.coefficient.get(classColumns + a) ?? 0) * setting.switches[s]!.values[setting.chosen[s]!]!
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
  const free = view.classes.filter((c) => setting.ofClass[c] === -1)
  const ranges = free.map((c) => range(block, view, c, undefined))
  const at = (which: 0 | 1, all: readonly (readonly [number, number])[]): number =>
    all.reduce((sum, ends, i) => sum + ends[which] * block.sizes[free[i]!]!, 0)
  const [least, most] = [at(0, ranges), at(1, ranges)]
  if (view.sort === UNIT) return free.length === 0 || (least >= lower && most <= upper) ? [] : 'sum'
  if (least > upper || most < lower) return 'broken'
  if (least >= lower && most <= upper) return []
  const out = new Set<number>()
  free.forEach((c, i) => {
    for (let j = block.columnStart[c]!; j < block.columnStart[c + 1]!; j++) {
      const a = view.coefficient.get(j) ?? 0
      if (least - ranges[i]![0] + a > upper || most - ranges[i]![1] + a < lower) out.add(j)
    }
  })
  const left = free.map((c) => range(block, view, c, out))
  if (left.some(([low, high]) => low > high)) return 'broken'
  return at(0, left) >= lower && at(1, left) <= upper ? [...out] : 'sum'
}

/** Least and most of one device of the class, over the columns that are not out. */
const range = (block: Block, view: RowView, c: number, out: ReadonlySet<number> | undefined): readonly [number, number] => {
  let [low, high] = [Infinity, -Infinity]
  for (let j = block.columnStart[c]!; j < block.columnStart[c + 1]!; j++) {
    if (out?.has(j) === true) continue
    const a = view.coefficient.get(j) ?? 0
    if (a < low) low = a
    if (a > high) high = a
  }
  return [low, high]
}
