/** Parts the classes into regions that no given set of classes divides: classes of one region are in the same sets. */
export interface ClassRegions {
  readonly regions: number
  /** Region by class. */
  readonly of: Int32Array
  /** By set, in the order given: its regions, ascending. */
  readonly inSet: readonly Int32Array[]
}

/** Source: partition refinement (Paige, Tarjan 1987), in time linear in the sets' sizes. Classes of `alone` become regions of their own. */
export function classRegions(classes: number, sets: readonly Int32Array[], alone: Int32Array): ClassRegions {
  const of = new Int32Array(classes)
  const size = new Int32Array(classes + 1)
  const seen = new Int32Array(classes + 1)
  const target = new Int32Array(classes + 1)
  size[0] = classes
  let regions = 1
  for (const set of sets) split(set)
  for (const c of alone) split([c])
  return { regions, of, inSet: sets.map(regionsOf) }

  function split(set: ArrayLike<number>): void {
    const touched: number[] = []
    for (let i = 0; i < set.length; i++) {
      const region = of[set[i]!]!
      if (seen[region]!++ === 0) touched.push(region)
    }
    for (const region of touched) {
      const inside = seen[region]!
      seen[region] = 0
      target[region] = region
      if (inside === size[region]) continue
      target[region] = regions
      size[region]! -= inside
      size[regions++] = inside
    }
    for (let i = 0; i < set.length; i++) of[set[i]!] = target[of[set[i]!]!]!
  }

  function regionsOf(set: Int32Array): Int32Array {
    const found: number[] = []
    for (const c of set) {
      const region = of[c]!
      if (seen[region] === 0) found.push(region)
      seen[region] = 1
    }
    for (const region of found) seen[region] = 0
    return Int32Array.from(found).sort()
  }
}

/** Numbers equal arrays alike: by identity first, then by content. `distinct[of[i]]` equals `sets[i]`. */
export function shareSets(sets: readonly Int32Array[]): { readonly of: Int32Array; readonly distinct: readonly Int32Array[] } {
  const known = new Map<Int32Array, number>()
  const byHash = new Map<number, number[]>()
  const distinct: Int32Array[] = []
  const of = Int32Array.from(sets, (set) => {
    const same = known.get(set)
    if (same !== undefined) return same
    const hash = hashOf(set)
    const candidates = byHash.get(hash) ?? []
    byHash.set(hash, candidates)
    let index = candidates.find((i) => equal(distinct[i]!, set))
    if (index === undefined) {
      index = distinct.length
      distinct.push(set)
      candidates.push(index)
    }
    known.set(set, index)
    return index
  })
  return { of, distinct }
}

function hashOf(set: Int32Array): number {
  let hash = set.length
  for (const c of set) hash = Math.imul(hash ^ c, 0x01000193) ^ (hash >>> 15)
  return hash
}

function equal(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i])
}
