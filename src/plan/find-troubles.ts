/** The groups in which some mixture of old and new breaks a use if changes come in any order; all others need no order. One pass over the columns for each use. */
import { EngineError } from '../diagnostics/engine-error.ts'
import { membersAt, type Amounts, type Counts, type Demand, type Grouped, type TogetherSet } from '../verify/demand.ts'
import type { DuringUse, Mixture } from './mixture.ts'
import type { SetTrouble, SumTrouble, Trouble } from './trouble.ts'

export interface FoundTroubles {
  readonly troubles: readonly Trouble[]
  /** Pairs of entries that must come one after the other, because a link between them does not bear the other mixture. */
  readonly links: readonly LinkEdge[]
  /** Uses that cannot be decided in some group, and why. */
  readonly open: readonly { readonly use: number; readonly group: string; readonly why: string }[]
}

export interface LinkEdge {
  readonly first: number
  readonly then: number
  readonly use: number
}

/** A set of variants (indices) with how many devices of each it takes, kept apart where `groupOf` says devices meet. */
export interface ApartAt extends Pick<Grouped, 'groups' | 'groupOf'> {
  readonly use: number
  readonly sets: readonly TogetherSet[]
  readonly says: (set: number) => string
  /** The members that an option of a row counts as; absent: its variant. */
  readonly membersAt?: (row: number, option: number) => readonly number[]
}

export interface FindOptions {
  readonly switching: 'replace' | 'overlap'
  readonly says: (use: number) => string
}

export function findTroubles(mixture: Mixture, uses: readonly DuringUse[], options: FindOptions): FoundTroubles {
  const troubles: Trouble[] = []
  const links: LinkEdge[] = []
  const open: FoundTroubles['open'][number][] = []
  for (const held of uses) {
    const { demand, use } = held
    const says = options.says(use.index)
    switch (demand.is) {
      case 'amounts':
        addAll(troubles, amountTroubles(mixture, held, demand, options.switching, says))
        break
      case 'counts':
        addAll(troubles, countTroubles(mixture, held, demand, says, open))
        break
      case 'together': {
        const { groups, groupOf, sets } = demand
        const counted = (row: number, option: number): readonly number[] => membersAt(demand, row, option)
        addAll(troubles, setTroubles(mixture, { use: use.index, groups, groupOf, sets, says: () => says, membersAt: counted }))
        break
      }
      case 'links':
        addAll(links, linkEdges(mixture, use.index, demand))
        break
      case 'forbidden':
        // Each device by itself: old is as today, new as assigned; no mixture is worse than both.
        break
    }
  }
  return { troubles, links, open }
}

/** `push` with a list of arguments ends where the stack does. */
function addAll<T>(list: T[], more: readonly T[]): void {
  for (const one of more) list.push(one)
}

function amountTroubles(
  mixture: Mixture,
  { use }: DuringUse,
  demand: Amounts,
  switching: 'replace' | 'overlap',
  says: string,
): readonly SumTrouble[] {
  const { groups, groupOf, kindOf, amount, upper } = demand
  const width = mixture.trial.world.options.length
  const amountAt = (row: number, option: number): number => (option < 0 ? 0 : amount[kindOf[row]! * width + option]!)
  return sums(mixture, {
    groupOf,
    size: groups.length,
    limit: (group, today) => Math.max(upper[group]!, today),
    value: (row, option) => amountAt(row, option),
    extra: (before, after) => (switching === 'overlap' ? Math.min(before, after) : 0),
    origin: (group) => ({ use: use.index, group: groups[group]!, says }),
  })
}

interface Sums {
  readonly groupOf: Int32Array
  readonly size: number
  /** The largest sum that is allowed, given today's. */
  readonly limit: (group: number, today: number) => number
  readonly value: (row: number, option: number) => number
  readonly extra: (before: number, after: number) => number
  readonly origin: (group: number) => SumTrouble['origin']
}

function sums({ today, next, changed }: Mixture, { groupOf, size, limit, value, extra, origin }: Sums): readonly SumTrouble[] {
  const worst = new Float64Array(size)
  const now = new Float64Array(size)
  for (let row = 0; row < groupOf.length; row++) {
    const group = groupOf[row]!
    if (group < 0) continue
    const before = value(row, today[row]!)
    const after = today[row] === next[row] ? before : value(row, next[row]!)
    now[group]! += before
    worst[group]! += Math.max(before, after) + (today[row] === next[row] ? 0 : extra(before, after))
  }
  const limits = now.map((sum, group) => limit(group, sum))
  const members = new Map<number, number[]>()
  for (let entry = 0; entry < changed.length; entry++) {
    const group = groupOf[changed[entry]!]!
    if (group < 0 || worst[group]! <= limits[group]!) continue
    const list = members.get(group)
    if (list === undefined) members.set(group, [entry])
    else list.push(entry)
  }
  return [...members]
    .sort(([a], [b]) => a - b)
    .map(([group, all]): SumTrouble => {
      const values = all.map((entry) => {
        const row = changed[entry]!
        const [before, after] = [value(row, today[row]!), value(row, next[row]!)]
        return { entry, before, after, extra: extra(before, after) }
      })
      const mattering = values.filter((one) => one.before !== one.after || one.extra !== 0)
      const still = values.reduce((sum, one) => (one.before === one.after && one.extra === 0 ? sum + one.before : sum), 0)
      const changing = values.reduce((sum, one) => sum + one.before, 0)
      return {
        is: 'sum',
        origin: origin(group),
        base: now[group]! - changing + still,
        limit: limits[group]!,
        members: Int32Array.from(mattering, ({ entry }) => entry),
        old: Float64Array.from(mattering, ({ before }) => before),
        new: Float64Array.from(mattering, ({ after }) => after),
        extra: Float64Array.from(mattering, (one) => one.extra),
      }
    })
}

/** Upper and lower limits of every part as sums; a device that is being changed counts as nothing, which only matters for lower limits. */
function countTroubles(
  mixture: Mixture,
  { use, bound }: DuringUse,
  demand: Counts,
  says: string,
  open: FoundTroubles['open'][number][],
): readonly SumTrouble[] {
  const { groups, groupOf, parts, partOf, lower, upper } = demand
  const width = parts.length
  const result: SumTrouble[] = []
  const inPart = (option: number, part: number): number => (option >= 0 && partOf[option] === part ? 1 : 0)
  for (let part = 0; part < width; part++) {
    const origin = (group: number): SumTrouble['origin'] => ({
      use: use.index,
      group: groups[group]!,
      says: parts[part] === '' ? says : `${says} (${parts[part]!})`,
    })
    const bounds = { groupOf, size: groups.length, origin }
    addAll(
      result,
      sums(mixture, {
        ...bounds,
        limit: (group, today) => Math.max(upper[group * width + part]!, today),
        value: (_, option) => inPart(option, part),
        extra: () => 0,
      }),
    )
    addAll(
      result,
      sums(mixture, {
        ...bounds,
        limit: (group, today) => Math.max(-lower[group * width + part]!, today),
        value: (_, option) => -inPart(option, part),
        extra: (before, after) => -Math.max(before, after),
      }),
    )
  }
  if (demand.skew !== undefined || demand.leastParts !== undefined || demand.mostParts !== undefined || demand.multiple !== undefined)
    addAll(open, shapeProblems(mixture, use.index, demand, bound))
  return result
}

/** What is said of all parts together is held by the range of each part's count; where that is too wide, it is left open. */
function shapeProblems(
  { today, next }: Mixture,
  use: number,
  demand: Counts,
  bound: Float64Array,
): readonly FoundTroubles['open'][number][] {
  const { groups, groupOf, parts, partOf, skew, leastParts, mostParts, multiple } = demand
  const width = parts.length
  const least = new Float64Array(groups.length * width)
  const most = new Float64Array(groups.length * width)
  const changes = new Uint8Array(groups.length)
  for (let row = 0; row < groupOf.length; row++) {
    const group = groupOf[row]!
    if (group < 0) continue
    const before = today[row]! < 0 ? -1 : partOf[today[row]!]!
    const after = next[row]! < 0 ? -1 : partOf[next[row]!]!
    if (today[row] !== next[row]) changes[group] = 1
    if (before >= 0) most[group * width + before]!++
    if (after >= 0 && after !== before) most[group * width + after]!++
    if (before >= 0 && today[row] === next[row]) least[group * width + before]!++
  }
  return groups.flatMap((name, group) => {
    if (changes[group] === 0) return []
    const [low, high] = [least.subarray(group * width, (group + 1) * width), most.subarray(group * width, (group + 1) * width)]
    const sure = low.reduce((count, one) => count + (one > 0 ? 1 : 0), 0)
    const maybe = high.reduce((count, one) => count + (one > 0 ? 1 : 0), 0)
    const worst =
      (skew === undefined || width === 0 ? 0 : Math.max(0, Math.max(...high) - Math.min(...low) - skew)) +
      (leastParts === undefined ? 0 : Math.max(0, leastParts[group]! - sure)) +
      (mostParts === undefined ? 0 : Math.max(0, maybe - mostParts)) +
      (multiple === undefined ? 0 : high.reduce((sum, one, part) => sum + (one === low[part] ? 0 : Math.floor(multiple / 2)), 0))
    return worst <= bound[group]!
      ? []
      : [{ use, group: name, why: 'a balance between variants is held by ranges of counts only, and those are too wide while it is mixed' }]
  })
}

/** Places where all variants of a set could meet at some moment, but do not today and will not in the end. */
export function setTroubles(
  { today, next, changed, entryOf, trial }: Mixture,
  { use, groups, groupOf, sets, says, membersAt: own }: ApartAt,
): readonly SetTrouble[] {
  const { options } = trial.world
  const members = [...new Set(sets.flat().map(({ variant }) => variant))].sort((a, b) => a - b)
  const column = new Map(members.map((variant, at) => [variant, at]))
  const byOption = options.map(({ variant }) => [variant])
  const counted = (row: number, option: number): readonly number[] =>
    option < 0 ? [] : own === undefined ? byOption[option]! : own(row, option)
  const columnsAt = (row: number, option: number): readonly number[] => counted(row, option).flatMap((member) => column.get(member) ?? [])
  const width = members.length
  const [possible, now, steady] = [0, 1, 2].map(() => new Float64Array(groups.length * width)) as [Float64Array, Float64Array, Float64Array]
  for (let row = 0; row < groupOf.length; row++) {
    const group = groupOf[row]!
    if (group < 0) continue
    const [before, after] = [columnsAt(row, today[row]!), columnsAt(row, next[row]!)]
    for (const one of before) {
      now[group * width + one]!++
      if (entryOf[row]! < 0) steady[group * width + one]!++
      possible[group * width + one]!++
    }
    for (const one of after) if (!before.includes(one)) possible[group * width + one]!++
  }
  const wanted: { readonly group: number; readonly set: number }[] = []
  for (let group = 0; group < groups.length; group++)
    sets.forEach((set, index) => {
      const at = ({ variant }: TogetherSet[number]): number => group * width + column.get(variant)!
      const enough = (counts: Float64Array): boolean => set.every((one) => one.absent === true || counts[at(one)]! >= one.times)
      // Of those that the set is only forbidden without, a device that stays keeps the place from ever having the set.
      const spared = set.some((one) => one.absent === true && steady[at(one)]! > 0)
      const standing = enough(now) && set.every((one) => one.absent !== true || now[at(one)] === 0)
      if (enough(possible) && !spared && !standing) wanted.push({ group, set: index })
    })
  if (wanted.length === 0) return []
  const entries = new Map<number, number[]>(wanted.map(({ group }) => [group, []]))
  for (let entry = 0; entry < changed.length; entry++) entries.get(groupOf[changed[entry]!]!)?.push(entry)
  return wanted.map(({ group, set: index }): SetTrouble => {
    const set = sets[index]!.filter(({ absent }) => absent !== true)
    const place = (entry: number, of: Int32Array): number => {
      const row = changed[entry]!
      const own = counted(row, of[row]!)
      return set.findIndex(({ variant }) => own.includes(variant))
    }
    const inIt = entries.get(group)!.filter((entry) => place(entry, today) >= 0 || place(entry, next) >= 0)
    return {
      is: 'set',
      origin: { use, group: groups[group]!, says: says(index) },
      variants: set.map(({ variant }) => variant),
      times: set.map(({ times }) => times),
      steady: set.map(({ variant }) => steady[group * width + column.get(variant)!]!),
      members: Int32Array.from(inIt),
      old: Int32Array.from(inIt, (entry) => place(entry, today)),
      new: Int32Array.from(inIt, (entry) => place(entry, next)),
    }
  })
}

/** Along each link, which end must be changed first; both where neither mixture holds. A link that does not hold today, or at whose other end nothing changes, asks nothing. */
function linkEdges({ today, next, entryOf }: Mixture, use: number, demand: Extract<Demand, { readonly is: 'links' }>): readonly LinkEdge[] {
  const { from, to, kindOf, holds } = demand
  const edges: LinkEdge[] = []
  for (let link = 0; link < from.length; link++) {
    const [own, there] = [entryOf[from[link]!]!, entryOf[to[link]!]!]
    if (own < 0 || there < 0 || own === there) continue
    const kind = kindOf[link]!
    const holdsFor = (a: Int32Array, b: Int32Array): boolean => {
      const [first, second] = [a[from[link]!]!, b[to[link]!]!]
      if (first < 0 || second < 0) throw new EngineError('plan/unknown-option', 'a device runs what the model does not have')
      return holds(kind, first, second)
    }
    if (!holdsFor(today, today)) continue
    if (!holdsFor(today, next)) edges.push({ first: own, then: there, use })
    if (!holdsFor(next, today)) edges.push({ first: there, then: own, use })
  }
  return edges
}
