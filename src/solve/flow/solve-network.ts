/** Solves a network: prices from growing samples first, so that on the whole little is left to be moved. */
import { balance, type Balance } from './balance.ts'
import type { Network } from './network.ts'
import { sample } from './sample.ts'

/** Devices of the first sample at least, and by node; growth from sample to sample; how much smaller than the whole the last one must be. */
const FIRST_SAMPLE = 2000
const SAMPLED_PER_NODE = 6
const GROWTH = 8
const LAST_SAMPLE = 2.5

/** Up to so many columns, all moves are kept ready from the start. */
const FEW_COLUMNS = 20_000

/** Cheapest counts with prices that prove it, or where it got stuck. `prices`: those of a similar network (absent: from samples). */
export function solveNetwork(network: Network, prices?: Float64Array): Balance {
  const nodes = network.parent.length
  if (prices !== undefined)
    return balance(network, { prices, within: firstWidth(network, spread(prices, new Float64Array(nodes)) / 8), forgiving: false })
  let total = 0
  for (let c = 0; c < network.classes; c++) total += network.size[c]!
  let known: Float64Array = new Float64Array(nodes)
  let within = Infinity
  let expected: Float64Array | undefined
  let sampled = 0
  // A sample of d devices has d classes at most: where classes are large, it may be taken from more devices than there are classes.
  const whole = Math.min(total, network.classes * 2)
  for (let devices = Math.max(FIRST_SAMPLE, SAMPLED_PER_NODE * nodes); devices * LAST_SAMPLE < whole; devices *= GROWTH) {
    const result = balance(sample(network, devices, total), {
      prices: known,
      within,
      ...scaled(expected, sampled, devices),
      forgiving: true,
    })
    if (result.is !== 'balanced') break
    // The next prices are likely to differ by less than these did; the first differ from none at all.
    within = within === Infinity ? spread(result.prices, known) / 2 : 1.5 * spread(result.prices, known)
    known = result.prices
    expected = result.direct
    sampled = devices
  }
  return balance(network, { prices: known, within: firstWidth(network, within), ...scaled(expected, sampled, total), forgiving: false })
}

function firstWidth(network: Network, likely: number): number {
  return network.cost.length <= FEW_COLUMNS ? Infinity : likely
}

function scaled(known: Float64Array | undefined, from: number, to: number): { readonly expected?: Float64Array } {
  return known === undefined ? {} : { expected: known.map((devices) => (devices * to) / from) }
}

/** How far apart the changes of prices lie. */
function spread(prices: Float64Array, before: Float64Array): number {
  let low = Infinity
  let high = -Infinity
  for (let v = 0; v < prices.length; v++) {
    const change = prices[v]! - before[v]!
    low = Math.min(low, change)
    high = Math.max(high, change)
  }
  return high - low
}
