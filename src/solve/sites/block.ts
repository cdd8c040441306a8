/** A block of a sites problem: what is left of the integer program on a few classes once the coupling rows are priced, in a numbering of its own. */

/** Rows of a block are hard, pay by unit, or belong to one of its bundles. */
export const HARD = 0
export const UNIT = 1
export const WHOLE = 2

/**
 * Everything that the block's minimum under prices depends on, and nothing else: two blocks with equal tables are the same program up to the names of their
 * columns. Columns are numbered class by class, auxiliaries last.
 */
export interface Block {
  /** Devices by class. */
  readonly sizes: Int32Array
  readonly columnStart: Int32Array
  /** At [level x columns + column]. */
  readonly costs: Int32Array
  readonly auxiliaryLower: Int32Array
  readonly auxiliaryUpper: Int32Array
  /** Rows in compressed form, a column at most once per row. */
  readonly rowStart: Int32Array
  readonly rowColumn: Int32Array
  readonly rowCoefficient: Int32Array
  /** Lower and upper limit of each row; infinite where open. */
  readonly rowLimits: Float64Array
  /** Sort, level (of a bundle's row: the bundle) and weight of each row. */
  readonly rowPolicy: Int32Array
  /** Level and weight of each bundle. */
  readonly bundles: Int32Array
  /** What each column uses of the coupling rows, in compressed form. */
  readonly useStart: Int32Array
  readonly useRow: Int32Array
  readonly useCoefficient: Int32Array
}

/** Places of the program where a block of the type stands. */
export interface Site {
  /** The problem's column by the block's column. */
  readonly columns: Int32Array
  /** How often the block stands there: a class of equal devices that no row of a block joins is as many blocks of one device. */
  readonly copies: number
}

/** Blocks with equal tables. */
export interface SiteType {
  readonly block: Block
  readonly sites: readonly Site[]
  /** Copies of all sites together. */
  readonly copies: number
}

export const columnsOfBlock = (block: Block): number => block.useStart.length - 1
export const classColumnsOfBlock = (block: Block): number => block.columnStart[block.columnStart.length - 1]!
export const rowsOfBlock = (block: Block): number => block.rowStart.length - 1

const tables = (block: Block): readonly (Int32Array | Float64Array)[] => [
  block.sizes,
  block.columnStart,
  block.costs,
  block.auxiliaryLower,
  block.auxiliaryUpper,
  block.rowStart,
  block.rowColumn,
  block.rowCoefficient,
  block.rowLimits,
  block.rowPolicy,
  block.bundles,
  block.useStart,
  block.useRow,
  block.useCoefficient,
]

/** True iff the two are one program in one numbering. */
export const sameBlock = (a: Block, b: Block): boolean => {
  const [left, right] = [tables(a), tables(b)]
  return left.every((table, at) => {
    const other = right[at]!
    if (table.length !== other.length) return false
    for (let i = 0; i < table.length; i++) if (table[i] !== other[i]) return false
    return true
  })
}

/** Equal for equal blocks, and mostly not for others. */
export const blockHash = (block: Block): number => {
  let hash = 0
  for (const table of tables(block)) {
    hash = mix(hash, table.length)
    for (const value of table) hash = mix(hash, value)
  }
  return hash
}

/** Stirs an integer (or an infinite limit) into a hash of 32 bits. */
export const mix = (hash: number, value: number): number => {
  const whole = Number.isFinite(value) ? value | 0 : value > 0 ? 0x7ffffff1 : 0x7ffffff3
  const one = Math.imul(hash ^ whole, 0x9e3779b1)
  return one ^ (one >>> 15)
}
