/** The exact minimum of every block at whole prices: new plans, and the bound that the prices prove. */
import { columnsOfBlock, type Block } from './block.ts'
import { minimiseBlock } from './block-minimum.ts'
import type { BlockProgram } from './block-program.ts'
import type { Coupling, Scalar } from './coupling.ts'
import { addPlan, type Plans } from './plans.ts'

export interface Priced {
  /** Plan by type; -1 for types that were not asked for. */
  readonly plan: Int32Array
  /** Whether some plan was not known before. */
  readonly news: boolean
  /** Least of the scalar over all assignments of these types, in parts; without the limits of the coupling rows. */
  readonly least: number
}

/** Stopped: `shouldStop` said so. Too large: a sum leaves the exact integers. Impossible: this type has no plan. */
export type PricedOutcome = Priced | { readonly stopped: true } | { readonly tooLarge: true } | { readonly impossible: number }

// Blocks between two looks at whether to stop.
const PART = 256
// Sums of products below this are exact, with room for one more bit.
const EXACT = 2 ** 52

/** `tie` by level: what later levels count where the scalar is equal, each sum of them below `tieUnit`, which is what the scalar is counted in. */
export interface Ties {
  readonly factor: Float64Array
  readonly unit: number
}

export const priceBlocks = async (
  plans: Plans,
  programs: readonly BlockProgram[],
  types: Int32Array,
  scalar: Scalar,
  prices: Float64Array,
  ties: Ties,
  shouldStop: () => boolean,
): Promise<PricedOutcome> => {
  const { levels, rows } = plans
  const plan = new Int32Array(plans.types.length).fill(-1)
  const known = plans.typeOf.length
  const weight = Float64Array.from(scalar.factor, (factor, level) => factor * ties.unit + ties.factor[level]!)
  const scaled = prices.map((price) => price * ties.unit)
  let cost = new Float64Array(64)
  let counts = new Int32Array(64)
  let least = 0
  for (let i = 0; i < types.length; i++) {
    if (i % PART === PART - 1) {
      await new Promise((resolve) => setImmediate(resolve))
      if (shouldStop()) return { stopped: true }
    }
    const t = types[i]!
    const { block, copies } = plans.types[t]!
    const width = columnsOfBlock(block)
    if (cost.length < width) cost = new Float64Array(2 * width)
    if (counts.length < width) counts = new Int32Array(2 * width)
    if (!pricedCosts(block, levels, weight, scaled, cost)) return { tooLarge: true }
    const found = minimiseBlock(programs[t]!, cost, weight, counts)
    if (found === Infinity) return { impossible: t }
    const p = addPlan(plans, t, counts)
    plan[t] = p
    let value = 0
    for (let level = 0; level < levels; level++) value += scalar.factor[level]! * plans.cost[p * levels + level]!
    for (let k = 0; k < rows; k++) value -= prices[k]! * plans.use[p * rows + k]!
    least += copies * value
    if (Math.abs(least) > EXACT || Math.abs(copies * value) > EXACT) return { tooLarge: true }
  }
  return { plan, news: plans.typeOf.length > known, least }
}

/** Costs by column at prices; false where sums over the block might not be exact. */
const pricedCosts = (block: Block, levels: number, weight: Float64Array, prices: Float64Array, cost: Float64Array): boolean => {
  const width = columnsOfBlock(block)
  let [total, largest, column] = [0, 0, 0]
  for (let c = 0; c < block.sizes.length; c++) {
    largest = 0
    for (; column < block.columnStart[c + 1]!; column++) largest = Math.max(largest, Math.abs((cost[column] = at(column))))
    total += largest * block.sizes[c]!
  }
  for (let a = 0; column < width; column++, a++)
    total += Math.abs((cost[column] = at(column))) * Math.max(Math.abs(block.auxiliaryLower[a]!), Math.abs(block.auxiliaryUpper[a]!))
  return total < EXACT

  function at(j: number): number {
    let sum = 0
    for (let level = 0; level < levels; level++) sum += weight[level]! * block.costs[level * width + j]!
    for (let e = block.useStart[j]!; e < block.useStart[j + 1]!; e++) sum -= prices[block.useRow[e]!]! * block.useCoefficient[e]!
    return sum
  }
}

/** What the limits of the coupling rows bring to the bound, in parts. */
export const limitsAt = (coupling: Coupling, prices: Float64Array): number => {
  let sum = 0
  for (let k = 0; k < prices.length; k++)
    if (prices[k] !== 0) sum += prices[k]! * (prices[k]! > 0 ? coupling.lower[k]! : coupling.upper[k]!)
  return sum
}
