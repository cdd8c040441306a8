/** Prices as tables for the inner minimum, with a check that no sum in it can leave the safe integers. */
import { penaltyOf } from '../levels.ts'
import type { Amounts } from '../demand.ts'
import type { HeldUse, Trial } from '../judge.ts'
import type { ClassColumn } from './classes.ts'
import { isHardIn, signOf, type Leaf } from './leaf.ts'
import { exceeds } from './limits.ts'
import { plainLargest, type Prepared, type PricedAmounts, type PricedCounts, type PricedForbidden } from './reduced.ts'

/** Tables of the leaves' prices together; 'too large' where a reduced cost might exceed 2^53. */
export function preparePrices(trial: Trial, leaves: readonly Leaf[]): Prepared | 'too large' {
  const levels = trial.levels.length
  const counts = new Map<number, PricedCounts>()
  const given = new Map<string, readonly number[]>()
  const amounts = new Map<number, PricedAmounts>()
  for (const { held, group, part, price, per } of leaves.flatMap(({ prices }) => prices)) {
    const { demand } = trial.held[held]!
    if (demand.is === 'forbidden') given.set(`${held} ${group}`, price)
    if (demand.is === 'amounts') {
      let priced = amounts.get(held)
      if (priced === undefined) amounts.set(held, (priced = unpriced(demand, levels)))
      priced.table.set(price, group * levels)
      priced.per[group] = per
    }
    if (demand.is !== 'counts') continue
    let priced = counts.get(held)
    if (priced === undefined) {
      const groups = demand.groups.length
      counts.set(
        held,
        (priced = { demand, table: new Float64Array(groups * demand.parts.length * levels), active: new Uint8Array(groups) }),
      )
    }
    priced.active[group] = 1
    priced.table.set(price, (group * demand.parts.length + part) * levels)
  }
  const forbiddens: PricedForbidden[] = []
  for (const [held, heldUse] of trial.held.entries()) {
    const { demand, use } = heldUse
    if (demand.is !== 'forbidden') continue
    const holds = leaves.some(({ cases }) => cases.get(held) === true)
    const whole = use.policy.is === 'soft' && use.policy.per === 'whole'
    if (whole && !holds) continue
    const mode = new Uint8Array(demand.groups.length)
    const slope = new Float64Array(demand.groups.length * levels)
    for (let group = 0; group < mode.length; group++) {
      mode[group] = whole || isHardIn(heldUse, group) ? 1 : 2
      if (mode[group] === 1) continue
      // What a violation costs, or more where a price says so; limits.ts adds what that gives away.
      const weight = penaltyOf(trial.levels, use.policy)!
      const price = given.get(`${held} ${group}`)
      const magnitude = price === undefined || signOf(price) > 0 ? weight : price.map((entry) => -entry)
      slope.set(exceeds(magnitude, weight) ? magnitude : weight, group * levels)
    }
    forbiddens.push({ demand, mode, slope })
  }
  for (const [held, heldUse] of trial.held.entries()) {
    if (!excludesAlone(heldUse)) continue
    const { demand } = heldUse
    const priced = amounts.get(held) ?? unpriced(demand, levels)
    for (let group = 0; group < priced.top.length; group++) if (isHardIn(heldUse, group)) priced.top[group] = demand.largest!
    amounts.set(held, priced)
  }
  const prepared = { counts: [...counts.values()], forbiddens, amounts: [...amounts.values()] }
  const largest = [...prepared.counts.map(({ table }) => table), ...forbiddens.map(({ slope }) => slope)].reduce(
    (sum, table) => sum + largestOf(table),
    prepared.amounts.reduce((sum, { demand, table }) => sum + largestOf(table) * largestOf(demand.amount), plainLargest(trial)),
  )
  return largest <= Number.MAX_SAFE_INTEGER ? prepared : 'too large'
}

function unpriced(demand: Amounts, levels: number): PricedAmounts {
  const groups = demand.groups.length
  return {
    demand,
    table: new Float64Array(groups * levels),
    per: new Float64Array(groups),
    top: new Float64Array(groups).fill(Infinity),
  }
}

/** True where a single amount above the largest is excluded somewhere: no device may have it there. */
function excludesAlone(held: HeldUse): held is HeldUse & { readonly demand: Amounts } {
  return held.demand.is === 'amounts' && held.demand.largest !== undefined && held.demand.groups.some((_, group) => isHardIn(held, group))
}

/** What the inner minimum of a row depends on. Rows outside `rows` may be put with any others. */
export function columnsOf(
  trial: Trial,
  leaves: readonly Leaf[],
  more: readonly ClassColumn[],
  rows: Uint8Array | undefined,
): readonly ClassColumn[] {
  const { world } = trial
  const columns: ClassColumn[] = [world.kindOf, ...more]
  if (world.model.current !== undefined) columns.push(world.runs.of)
  if (world.moves !== undefined) columns.push(world.moves.of)
  const used = new Set(leaves.flatMap(({ prices, cases }) => [...prices.map(({ held }) => held), ...cases.keys()]))
  for (const [at, held] of trial.held.entries()) {
    const { demand } = held
    if (!used.has(at) && demand.is !== 'forbidden' && !excludesAlone(held)) continue
    columns.push(demand.groupOf)
    if (demand.is === 'forbidden' || demand.is === 'amounts') columns.push(demand.kindOf)
  }
  if (rows !== undefined) columns.push(new Int32Array(rows))
  return [...new Set(columns)]
}

function largestOf(table: Float64Array): number {
  let largest = 0
  for (const value of table) if (Math.abs(value) > largest) largest = Math.abs(value)
  return largest
}
