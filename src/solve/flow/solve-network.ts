/** Solves a network: prices from growing samples first, so that on the whole little is left to be moved. */
import { balance, type Balance } from './balance.ts'
import type { Network } from './network.ts'
import { sample } from './sample.ts'

/** Devices of the first sample, growth from sample to sample, and how much smaller than the whole the last one must be. */
const FIRST_SAMPLE = 2000
const GROWTH = 8
const LAST_SAMPLE = 4

/** Cheapest counts with prices that prove it, or where it got stuck. `prices`: where to start (absent: from samples). */
export function solveNetwork(network: Network, prices?: Float64Array): Balance {
  const nodes = network.parent.length
  if (prices !== undefined) return balance(network, { prices, within: Infinity, forgiving: false })
  let total = 0
  for (let c = 0; c < network.classes; c++) total += network.size[c]!
  let known: Float64Array = new Float64Array(nodes)
  let within = Infinity
  let expected: { readonly expected: Float64Array } | undefined
  for (let devices = FIRST_SAMPLE; devices * LAST_SAMPLE < Math.min(total, network.classes * 2); devices *= GROWTH) {
    const start = { prices: known, within, ...scaled(expected, devices / GROWTH, devices), forgiving: true }
    const result = balance(sample(network, devices, total), start)
    if (result.is === 'stuck') break
    within = within === Infinity ? spread(result.prices, new Float64Array(nodes)) / 2 : spread(result.prices, known)
    known = result.prices
    expected = { expected: result.direct }
  }
  const sampled = expected === undefined ? 1 : expected.expected.reduce((sum, devices) => sum + devices, 0)
  return balance(network, { prices: known, within, ...scaled(expected, sampled, total), forgiving: false })
}

function scaled(known: { readonly expected: Float64Array } | undefined, from: number, to: number): { readonly expected?: Float64Array } {
  return known === undefined ? {} : { expected: known.expected.map((devices) => (devices * to) / from) }
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
