/** A smaller network of the same shape, whose prices come near the larger one's. */
import type { Network, NodeLimits } from './network.ts'

/**
 * Takes about `devices` devices, every class in proportion to its size (systematic sampling over the running sum of sizes: no chance is involved), with limits in proportion.
 * Rounded limits may contradict each other.
 */
export function sample(network: Network, devices: number, total: number): Network {
  const share = devices / total
  const kept: number[] = []
  const sizes: number[] = []
  let columns = 0
  let before = 0
  let sum = 0
  for (let c = 0; c < network.classes; c++) {
    sum += network.size[c]!
    const now = Math.floor(sum * share)
    if (now === before) continue
    kept.push(c)
    sizes.push(now - before)
    before = now
    columns += network.start[c + 1]! - network.start[c]!
  }
  const start = new Int32Array(kept.length + 1)
  const cost = new Float64Array(columns)
  const node = new Int32Array(columns)
  let end = 0
  kept.forEach((c, i) => {
    const first = network.start[c]!
    const after = network.start[c + 1]!
    cost.set(network.cost.subarray(first, after), end)
    node.set(network.node.subarray(first, after), end)
    end += after - first
    start[i + 1] = end
  })
  return {
    classes: kept.length,
    size: Float64Array.from(sizes),
    start,
    cost,
    node,
    parent: network.parent,
    limits: scaledLimits(network.limits, share),
  }
}

function scaledLimits(limits: NodeLimits, share: number): NodeLimits {
  return {
    lower: limits.lower.map((limit) => Math.floor(limit * share)),
    upper: limits.upper.map((limit) => Math.ceil(limit * share)),
    weight: limits.weight,
  }
}
