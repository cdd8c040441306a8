/** Prices by tree node as prices by row. */
import type { ProofLeaf } from '../../../constraints/problem.ts'
import type { Cut } from './cut.ts'
import type { FlowContext } from './flow-context.ts'

type PricedCase = { readonly holds: readonly number[]; readonly gaveUp: readonly number[] } & (
  | { readonly prices: readonly Float64Array[] }
  /** `times` counts of a cut's violation, at level 0. */
  | { readonly sign: Cut; readonly times: number }
)

/** Returns the leaf, or undefined where a price is no integer, or counts a limit that was rounded to whole devices. */
export function pricedLeaf(context: FlowContext, of: PricedCase): ProofLeaf | undefined {
  const { shape, problem } = context
  const levels = problem.levels.length
  const rows: number[] = []
  const prices: number[][] = Array.from({ length: Math.max(1, levels) }, () => [])
  for (let v = 1; v < shape.parent.length; v++) {
    const own = 'prices' in of ? of.prices.map((level) => level[v]! - level[shape.parent[v]!]!) : rayPrice(of.sign, of.times, levels, v)
    const first = own.find((price) => price !== 0)
    if (first === undefined) continue
    const row = problem.rows[shape.rowOf[v]!]!
    const scale = shape.scale[v]!
    if ((first > 0 ? row.lower : row.upper) % scale !== 0 || own.some((price) => price % scale !== 0)) return undefined
    rows.push(shape.rowOf[v]!)
    own.forEach((price, level) => prices[level]!.push(price / scale))
  }
  return { holds: of.holds, gaveUp: of.gaveUp, rows: Int32Array.from(rows), prices: prices.map((level) => Float64Array.from(level)) }
}

function rayPrice(cut: Cut, times: number, levels: number, v: number): number[] {
  const price = cut.upper.includes(v) ? -times : cut.lower.includes(v) ? times : 0
  return Array.from({ length: Math.max(1, levels) }, (_, level) => (level === 0 ? price : 0))
}
