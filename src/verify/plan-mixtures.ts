/**
 * The worst of all mixtures of old and new that a plan allows, group by group. A device is told only when all that it waits for are verified; told, it may run the
 * old, the new, or nothing; verified, the new. Sums are largest closures (found as smallest cuts), sets are looked for member by member.
 */
import type { Demand } from './demand.ts'
import { violations } from './violations.ts'
import type { Waits } from './plan-waits.ts'

/** A device of a group that changes: its change and what it counts before and after. */
export interface Changing {
  readonly change: number
  readonly old: number
  readonly new: number
}

/** The largest sum of the group while it is mixed: `base` is that of devices that stay. */
export function largestSum(base: number, changing: readonly Changing[], { before }: Waits): number {
  // Nodes: told(i) = 2i, verified(i) = 2i + 1. A closure that holds a node holds what it needs.
  const size = changing.length
  const weights = changing.flatMap((one) => [Math.max(0, one.new - one.old), one.new - Math.max(one.old, one.new)])
  const needs: (readonly [number, number])[] = []
  for (let i = 0; i < size; i++) {
    needs.push([2 * i + 1, 2 * i])
    for (let j = 0; j < size; j++) if (i !== j && before(changing[j]!.change, changing[i]!.change)) needs.push([2 * i, 2 * j + 1])
  }
  const start = base + changing.reduce((sum, one) => sum + one.old, 0)
  return start + largestClosure(weights, needs)
}

/** The largest weight of a set of nodes that holds with each node all that it needs: all gains less the smallest cut. Source: Picard 1976. */
function largestClosure(weights: readonly number[], needs: readonly (readonly [number, number])[]): number {
  const [source, sink] = [weights.length, weights.length + 1]
  const edges: { readonly to: number; left: number }[] = []
  const out: number[][] = Array.from({ length: weights.length + 2 }, () => [])
  const add = (from: number, to: number, capacity: number): void => {
    out[from]!.push(edges.push({ to, left: capacity }) - 1)
    out[to]!.push(edges.push({ to: from, left: 0 }) - 1)
  }
  weights.forEach((weight, node) => {
    if (weight > 0) add(source, node, weight)
    if (weight < 0) add(node, sink, -weight)
  })
  for (const [node, needed] of needs) add(node, needed, Infinity)
  let cut = 0
  for (;;) {
    const by = new Int32Array(out.length).fill(-1)
    const queue = [source]
    for (let head = 0; head < queue.length && by[sink] === -1; head++)
      for (const edge of out[queue[head]!]!) {
        const { to, left } = edges[edge]!
        if (left <= 0 || by[to] !== -1 || to === source) continue
        by[to] = edge
        queue.push(to)
      }
    if (by[sink] === -1) break
    let least = Infinity
    for (let node = sink; node !== source; node = edges[by[node]! ^ 1]!.to) least = Math.min(least, edges[by[node]!]!.left)
    for (let node = sink; node !== source; node = edges[by[node]! ^ 1]!.to) {
      edges[by[node]!]!.left -= least
      edges[by[node]! ^ 1]!.left += least
    }
    cut += least
  }
  return weights.reduce((sum, weight) => sum + Math.max(0, weight), 0) - cut
}

/** Whether all members of a set, each by as many devices as it takes, can be there at once: `steady` counts devices that stay, changing devices name their member before and after, -1 for none. */
export function setCanMeet(times: readonly number[], steady: readonly number[], changing: readonly Changing[], { before }: Waits): boolean {
  const chosen: { readonly one: Changing; readonly isNew: boolean }[] = []
  // A device whose variant stays is there at every moment, and binds nobody.
  const always = (one: Changing): boolean => one.old === one.new
  const fits = (one: Changing, isNew: boolean): boolean =>
    chosen.every((other) => {
      if (other.one === one) return false
      if (always(one) || always(other.one) || isNew === other.isNew) return true
      return isNew ? !before(other.one.change, one.change) : !before(one.change, other.one.change)
    })
  const fill = (member: number, left: number, from: number): boolean => {
    if (left <= 0) return member + 1 >= times.length || fill(member + 1, times[member + 1]! - steady[member + 1]!, 0)
    for (let at = from; at < changing.length; at++) {
      const one = changing[at]!
      for (const isNew of [false, true]) {
        if ((isNew ? one.new : one.old) !== member || (isNew && always(one)) || !fits(one, isNew)) continue
        chosen.push({ one, isNew })
        if (fill(member, left - 1, at + 1)) return true
        chosen.pop()
      }
    }
    return false
  }
  return times.length === 0 || fill(0, times[0]! - steady[0]!, 0)
}

/** What is violated by group where everything runs as `state` says. */
export function violatedBy(demand: Demand, state: Int32Array, options: number): Float64Array {
  return violations(demand, state, options)
}
