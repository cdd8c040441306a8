/** Many blocks at one set of prices: the plan of each with what it costs by level and uses of the coupling rows, as plain tables that cross threads. */
import { HARD, UNIT, WHOLE, columnsOfBlock, rowsOfBlock, type Block } from './block.ts'
import { minimiseBlock } from './block-minimum.ts'
import { blockProgram, type BlockProgram, type Counted } from './block-program.ts'

/** What every unit of a level and of a coupling row counts, in whole numbers. */
export interface BatchPrices {
  readonly weight: Float64Array
  readonly prices: Float64Array
}

/** Counts by column, block after block; costs at [block x levels + level], uses at [block x rows + row]. Impossible: this block of the batch has no plan. Too large: sums leave the exact integers. */
export type Batch =
  | { readonly is: 'done'; readonly counts: Int32Array; readonly costs: Float64Array; readonly uses: Float64Array }
  | { readonly is: 'impossible'; readonly at: number }
  | { readonly is: 'too large' }

/** The programs of the blocks, or why one of them has none. */
export const programsOf = (blocks: readonly Block[]): readonly BlockProgram[] | { readonly no: string } => {
  const programs: BlockProgram[] = []
  for (const block of blocks) {
    const program = blockProgram(block)
    if ('no' in program) return program
    programs.push({
      ...program,
      block: priced(block),
      counted: program.counted.map(limits),
      rooms: program.rooms.map((room) => ({ ...room, counted: room.counted && limits(room.counted) })),
    })
  }
  return programs
}

/** A counted row needs its limits and steps; the entries that those come from are dropped. */
const limits = (row: Counted): Counted => ({ ...row, view: { ...row.view, classes: [], auxiliaries: [], coefficient: NONE } })
const NONE = new Int32Array()

/** What is still needed of a block once it has a program: rows only where some are paid. */
const priced = (block: Block): Block => {
  for (let r = 0; r < rowsOfBlock(block); r++) if (block.rowPolicy[3 * r] !== HARD) return block
  return { ...block, rowStart: Int32Array.of(0), rowColumn: new Int32Array(), rowCoefficient: new Int32Array() }
}

// Sums of products below this are exact, with room for one more bit.
export const EXACT = 2 ** 52

export const minimiseAll = (programs: readonly BlockProgram[], which: Int32Array, { weight, prices }: BatchPrices): Batch => {
  const [levels, rows] = [weight.length, prices.length]
  let total = 0
  let widest = 0
  for (const b of which) {
    const width = columnsOfBlock(programs[b]!.block)
    total += width
    widest = Math.max(widest, width)
  }
  const counts = new Int32Array(total)
  const costs = new Float64Array(which.length * levels)
  const uses = new Float64Array(which.length * rows)
  const cost = new Float64Array(widest)
  let from = 0
  for (let i = 0; i < which.length; i++) {
    const program = programs[which[i]!]!
    const { block } = program
    const width = columnsOfBlock(block)
    if (!pricedCosts(block, levels, weight, prices, cost)) return { is: 'too large' }
    const own = counts.subarray(from, from + width)
    if (minimiseBlock(program, cost, weight, own) === Infinity) return { is: 'impossible', at: i }
    costOfCounts(block, levels, own, costs.subarray(i * levels, (i + 1) * levels))
    for (let j = 0; j < width; j++) {
      if (own[j] === 0) continue
      for (let e = block.useStart[j]!; e < block.useStart[j + 1]!; e++)
        uses[i * rows + block.useRow[e]!]! += block.useCoefficient[e]! * own[j]!
    }
    from += width
  }
  return { is: 'done', counts, costs, uses }
}

/** Costs by column at prices; false where sums over the block might not be exact. */
const pricedCosts = (block: Block, levels: number, weight: Float64Array, prices: Float64Array, cost: Float64Array): boolean => {
  const width = columnsOfBlock(block)
  for (let j = 0; j < width; j++) {
    let sum = 0
    for (let level = 0; level < levels; level++) sum += weight[level]! * block.costs[level * width + j]!
    for (let e = block.useStart[j]!; e < block.useStart[j + 1]!; e++) sum -= prices[block.useRow[e]!]! * block.useCoefficient[e]!
    cost[j] = sum
  }
  let [total, column] = [0, 0]
  for (let c = 0; c < block.sizes.length; c++) {
    let largest = 0
    for (; column < block.columnStart[c + 1]!; column++) largest = Math.max(largest, Math.abs(cost[column]!))
    total += largest * block.sizes[c]!
  }
  for (let a = 0; column < width; column++, a++)
    total += Math.abs(cost[column]!) * Math.max(Math.abs(block.auxiliaryLower[a]!), Math.abs(block.auxiliaryUpper[a]!))
  return total < EXACT
}

/** Adds the costs by level, what the block's own soft rows and bundles pay included. */
const costOfCounts = (block: Block, levels: number, counts: Int32Array, cost: Float64Array): void => {
  const width = columnsOfBlock(block)
  for (let level = 0; level < levels; level++) {
    let sum = 0
    for (let j = 0; j < width; j++) sum += block.costs[level * width + j]! * counts[j]!
    cost[level]! += sum
  }
  const broken = new Set<number>()
  for (let r = 0; r < rowsOfBlock(block); r++) {
    const sort = block.rowPolicy[3 * r]
    if (sort !== UNIT && sort !== WHOLE) continue
    let form = 0
    for (let e = block.rowStart[r]!; e < block.rowStart[r + 1]!; e++) form += block.rowCoefficient[e]! * counts[block.rowColumn[e]!]!
    const off = Math.max(0, block.rowLimits[2 * r]! - form) + Math.max(0, form - block.rowLimits[2 * r + 1]!)
    if (off === 0) continue
    const at = block.rowPolicy[3 * r + 1]!
    if (sort === UNIT) cost[at]! += off * block.rowPolicy[3 * r + 2]!
    else broken.add(at)
  }
  for (const b of broken) cost[block.bundles[2 * b]!]! += block.bundles[2 * b + 1]!
}
