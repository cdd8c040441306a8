/**
 * Which of several changes must wait for which others, so that every clause holds: each clause asks that at least one of its edges `[p, d]` stands (d is told
 * only when p is verified). The answer has no circle. Exact: clauses are tried one after the other, every edge of each in turn.
 */

export interface Clause {
  readonly edges: readonly (readonly [first: number, then: number])[]
}

export type UnitOrder =
  /** The edges that are relied on, and how many must come before each unit at least. */
  | { readonly is: 'order'; readonly edges: readonly (readonly [number, number])[]; readonly depth: readonly number[] }
  /** Clauses that cannot all hold; leaving any one out, they can. */
  | { readonly is: 'impossible'; readonly core: readonly number[] }
  | { readonly is: 'undecided' }

const MOST_STEPS = 200_000

/** `forced` edges stand in any case. `allowed`: edges that may be chosen at all; absent: every one. Edges that come first in a clause are preferred. */
export function orderUnits(
  units: number,
  clauses: readonly Clause[],
  forced: readonly (readonly [number, number])[],
  allowed: (first: number, then: number) => boolean = () => true,
): UnitOrder {
  const usable = clauses.map(({ edges }) => edges.filter(([first, then]) => first !== then && allowed(first, then)))
  const found = search(units, usable, forced)
  if (found === 'undecided') return { is: 'undecided' }
  if (found !== undefined) return { is: 'order', edges: found, depth: depths(units, found) }
  // Deletion: a clause stays where the others alone can be met.
  let core = clauses.map((_, index) => index)
  for (const index of clauses.keys()) {
    const rest = core.filter((one) => one !== index)
    const without = search(
      units,
      rest.map((one) => usable[one]!),
      forced,
    )
    if (without === undefined) core = rest
  }
  return { is: 'impossible', core }
}

function search(
  units: number,
  clauses: readonly (readonly (readonly [number, number])[])[],
  forced: readonly (readonly [number, number])[],
): readonly (readonly [number, number])[] | undefined | 'undecided' {
  let reach: readonly Uint8Array[] | undefined = Array.from({ length: units }, () => new Uint8Array(units))
  const chosen: (readonly [number, number])[] = []
  for (const edge of forced) {
    reach = joined(reach, edge)
    if (reach === undefined) return undefined
    chosen.push(edge)
  }
  // The fewest ways first: they decide most.
  const order = [...clauses].sort((a, b) => a.length - b.length)
  let steps = 0
  const walk = (
    at: number,
    reached: readonly Uint8Array[],
    taken: readonly (readonly [number, number])[],
  ): readonly (readonly [number, number])[] | undefined | 'undecided' => {
    if (++steps > MOST_STEPS) return 'undecided'
    let next = at
    while (next < order.length && order[next]!.some(([first, then]) => reached[first]![then] === 1)) next++
    if (next === order.length) return taken
    for (const edge of order[next]!) {
      const after = joined(reached, edge)
      if (after === undefined) continue
      const found = walk(next + 1, after, [...taken, edge])
      if (found !== undefined) return found
    }
    return undefined
  }
  return walk(0, reach, chosen)
}

/** Reachability with one more edge, or nothing where that closes a circle. */
function joined(reach: readonly Uint8Array[], [first, then]: readonly [number, number]): readonly Uint8Array[] | undefined {
  if (first === then || reach[then]![first] === 1) return undefined
  if (reach[first]![then] === 1) return reach
  return reach.map((row, unit) => {
    if (unit !== first && row[first] !== 1) return row
    const wider = row.slice()
    wider[then] = 1
    for (let other = 0; other < wider.length; other++) if (reach[then]![other] === 1) wider[other] = 1
    return wider
  })
}

/** Length of the longest chain that ends at each unit. INVARIANT: no circle. */
function depths(units: number, edges: readonly (readonly [number, number])[]): readonly number[] {
  const depth = new Array<number>(units).fill(0)
  for (let round = 0; round < units; round++) {
    let changed = false
    for (const [first, then] of edges)
      if (depth[then]! < depth[first]! + 1) {
        depth[then] = depth[first]! + 1
        changed = true
      }
    if (!changed) break
  }
  return depth
}
