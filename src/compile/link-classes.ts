/**
 * Classes under links: devices that links join stay apart unless they are twins.
 *
 * What a link demands depends on which device is at its other end, so equal signatures do not make two devices interchangeable: in a mesh, a ring of six and
 * two rings of three look the same from every device. Two devices d and d' are twins for a relation where every other device e has the same pairs (e, d) and
 * (e, d'), (d, e) and (d', e), demand for demand; then no pair joins d and d' themselves, as d would have to have one with itself. Swapping what twins end
 * with maps every violated pair of d and e to one of d' and e and back, and touches no other pair. So violations depend on the counts of a class of twins
 * only, as before.
 *
 * Beyond that, of two classes that pairs join, one has a single device (`settled`). For then, with F the class of the pairs' one end, f its devices, T the
 * other, the number of violated pairs is linear in F's counts once the single device's choice is known, which rows can say (`requires-on`): with several
 * devices on both sides it would be a sum of products. Splitting a class never loses anything, as it only tells more devices apart.
 * Every device of F is linked to every device of T alike, so the pairs of the two first devices stand for all, each f x t times.
 *
 * Where a device has one link at most (an attribute), devices that are linked to are told apart from all others; the test above would find the same.
 */
import type { Fleet } from '../model/fleet.ts'
import { rowsById } from './id-order.ts'
import type { Relation } from './links.ts'
import { refine, type Partition } from './partition.ts'

export function refineByLinks(partition: Partition, relations: readonly Relation[], fleet: Fleet): Partition {
  const refined = relations.reduce(
    (before, relation) => (relation.single ? byAttribute(before, relation) : byNeighbours(before, relation)),
    partition,
  )
  return settled(
    refined,
    relations.filter(({ single }) => !single),
    fleet,
  )
}

function byAttribute(partition: Partition, { from, to, demand }: Relation): Partition {
  const [target, asked, own] = [0, 1, 2].map(() => new Int32Array(partition.of.length).fill(-1)) as [Int32Array, Int32Array, Int32Array]
  from.forEach((row, i) => {
    target[row] = to[i]!
    asked[row] = demand[i]!
    own[to[i]!] = to[i]!
  })
  return refine(refine(refine(partition, target), asked), own)
}

/** By row: what it is linked to, as a text that is equal for twins. */
function byNeighbours(partition: Partition, { from, to, demand }: Relation): Partition {
  const lists = new Map<number, string[]>()
  const put = (row: number, entry: string): void => {
    const list = lists.get(row)
    if (list === undefined) lists.set(row, [entry])
    else list.push(entry)
  }
  from.forEach((row, i) => {
    put(row, `>${to[i]!} ${demand[i]!}`)
    put(to[i]!, `<${row} ${demand[i]!}`)
  })
  const codes = new Int32Array(partition.of.length)
  const known = new Map<string, number>()
  for (const [row, list] of lists) {
    const text = list.sort().join(',')
    const code = known.get(text) ?? known.size + 1
    known.set(text, code)
    codes[row] = code
  }
  return refine(partition, codes)
}

/** Splits classes until of any two that a pair joins one has a single device; the class whose first device has the smaller id stays whole. */
function settled(partition: Partition, relations: readonly Relation[], fleet: Fleet): Partition {
  if (relations.length === 0) return partition
  const { of, count } = partition
  const sizes = new Int32Array(count)
  for (const c of of) sizes[c]!++
  const beside = new Map<number, Set<number>>()
  for (const { from, to } of relations) {
    from.forEach((row, i) => {
      const [c, d] = [of[row]!, of[to[i]!]!]
      if (sizes[c]! < 2 || sizes[d]! < 2) return
      for (const [a, b] of [
        [c, d],
        [d, c],
      ] as const) {
        const found = beside.get(a) ?? new Set<number>()
        beside.set(a, found.add(b))
      }
    })
  }
  if (beside.size === 0) return partition
  const [whole, split] = [new Set<number>(), new Set<number>()]
  for (const row of rowsById(fleet.ids)) {
    const c = of[row]!
    if (!beside.has(c) || whole.has(c) || split.has(c)) continue
    if ([...beside.get(c)!].some((other) => whole.has(other))) split.add(c)
    else whole.add(c)
  }
  return refine(
    partition,
    of.map((c, row) => (split.has(c) ? row : -1)),
  )
}
