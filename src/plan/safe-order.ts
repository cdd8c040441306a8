/**
 * Who must be verified before whom, so that no mixture of old and new breaks anything. Devices that share a trouble are ordered together. Within such a
 * component, devices that nothing tells apart are one unit; if units cannot be ordered and there are few devices, every device is a unit of its own.
 *
 * A state is reachable iff no device is FREE or NEW whose predecessor is not NEW. So a state with some devices old and others new is kept away iff one of the
 * new ones waits for one of the old ones: each broken state asks for one of those edges, and nothing else helps.
 */
import { orderUnits, type Clause } from './order-units.ts'
import { brokenState, FREE, NEW, OLD, slackOf, type BrokenState, type SumTrouble, type Trouble } from './trouble.ts'

export interface OrderQuestion {
  /** Number of changed devices. */
  readonly entries: number
  readonly troubles: readonly Trouble[]
  /** Pairs that stand in any case. */
  readonly forced: readonly (readonly [first: number, then: number])[]
  /** Devices of a lower rank come first, among those of one group; -1: in none. */
  readonly ranks?: { readonly group: Int32Array; readonly rank: Int32Array }
  /** What tells devices apart beside troubles: old and new option, waves they may be in. */
  readonly signature: (entry: number) => string
  /** Whether the second may be told after the first. */
  readonly allowed: (first: number, then: number) => boolean
}

export interface OrderAnswer {
  /** Each: every device of `then` waits for every device of `first`. */
  readonly waits: readonly { readonly first: readonly number[]; readonly then: readonly number[] }[]
  /** How many devices of the trouble's members may be under way at once, by trouble; where any number may, it is not there. */
  readonly concurrent: ReadonlyMap<number, number>
  readonly impossible: readonly ImpossibleOrder[]
  readonly undecided: readonly { readonly troubles: readonly number[]; readonly entries: number; readonly why: string }[]
}

/** Broken states that no order keeps away all at once; each needs one of its edges, or has none. */
export interface ImpossibleOrder {
  readonly states: readonly { readonly trouble: number; readonly state: BrokenState }[]
  /** All devices of the component. */
  readonly entries: readonly number[]
  /** Without the pairs that stand in any case there would be an order. */
  readonly byForced: boolean
}

// 2^16 sets of finished units are looked at for one group at most.
const MOST_LEADING = 16
const MOST_UNITS = 64
const MOST_ROUNDS = 2000

export function safeOrder(question: OrderQuestion): OrderAnswer {
  const waits: { first: readonly number[]; then: readonly number[] }[] = []
  const concurrent = new Map<number, number>()
  const impossible: ImpossibleOrder[] = []
  const undecided: OrderAnswer['undecided'][number][] = []
  for (const component of components(question)) {
    let solved = orderComponent(question, component, unitsOf(question, component))
    if (solved.is !== 'order' && component.entries.length <= MOST_LEADING && solved.units < component.entries.length)
      solved = orderComponent(
        question,
        component,
        component.entries.map((entry) => [entry]),
      )
    switch (solved.is) {
      case 'order':
        waits.push(...solved.waits)
        for (const [trouble, most] of solved.concurrent) concurrent.set(trouble, most)
        break
      case 'impossible':
        if (solved.exact) impossible.push({ states: solved.states, entries: component.entries, byForced: solved.byForced })
        else
          undecided.push({
            troubles: component.troubles,
            entries: component.entries.length,
            why: 'no order of whole groups of devices is safe, and there are too many devices to try each by itself',
          })
        break
      case 'undecided':
        undecided.push({ troubles: component.troubles, entries: component.entries.length, why: solved.why })
    }
  }
  return { waits, concurrent, impossible, undecided }
}

interface Component {
  readonly troubles: readonly number[]
  readonly entries: readonly number[]
  readonly forced: OrderQuestion['forced']
}

/** Troubles and the devices that they, forced pairs and ranks join. Components without a trouble are left out. */
function components({ entries, troubles, forced, ranks }: OrderQuestion): readonly Component[] {
  if (troubles.length === 0) return []
  const parent = Int32Array.from({ length: entries }, (_, entry) => entry)
  const find = (entry: number): number => {
    let root = entry
    while (parent[root] !== root) root = parent[root] = parent[parent[root]!]!
    return root
  }
  const join = (a: number, b: number): void => {
    const [x, y] = [find(a), find(b)]
    if (x !== y) parent[Math.max(x, y)] = Math.min(x, y)
  }
  for (const { members } of troubles) for (const member of members) join(members[0]!, member)
  for (const [first, then] of forced) join(first, then)
  if (ranks !== undefined) {
    const firstOf = new Map<number, number>()
    for (let entry = 0; entry < entries; entry++) {
      const group = ranks.group[entry]!
      if (group < 0 || ranks.rank[entry]! < 0) continue
      const first = firstOf.get(group)
      if (first === undefined) firstOf.set(group, entry)
      else join(first, entry)
    }
  }
  const found = new Map<number, { troubles: number[]; entries: number[]; forced: (readonly [number, number])[] }>()
  for (const [index, { members }] of troubles.entries()) {
    const root = members.length === 0 ? -1 - index : find(members[0]!)
    const known = found.get(root)
    if (known === undefined) found.set(root, { troubles: [index], entries: [], forced: [] })
    else known.troubles.push(index)
  }
  for (let entry = 0; entry < entries; entry++) found.get(find(entry))?.entries.push(entry)
  for (const edge of forced) found.get(find(edge[0]))?.forced.push(edge)
  return [...found.values()]
}

/** Devices that no trouble, rank or forced pair tells apart, in order of their first. */
function unitsOf({ troubles, ranks, signature }: OrderQuestion, component: Component): readonly (readonly number[])[] {
  const marks = new Map<number, string>(component.entries.map((entry) => [entry, signature(entry)]))
  const mark = (entry: number, text: string): void => void marks.set(entry, `${marks.get(entry)!}|${text}`)
  for (const index of component.troubles) {
    const trouble = troubles[index]!
    trouble.members.forEach((entry, member) => {
      const way =
        trouble.is === 'set' ? `${trouble.old[member]}>${trouble.new[member]}` : Math.sign(trouble.new[member]! - trouble.old[member]!)
      mark(entry, `${index}:${way}`)
    })
  }
  if (ranks !== undefined) for (const entry of component.entries) mark(entry, `rank ${ranks.group[entry]}:${ranks.rank[entry]}`)
  // Who is before and who is behind in a forced pair are told apart; that they are the same pair is not asked.
  for (const [first, then] of component.forced) {
    if (!marks.get(first)!.endsWith('|<')) mark(first, '<')
    if (!marks.get(then)!.endsWith('|>')) mark(then, '>')
  }
  const units = new Map<string, number[]>()
  for (const entry of component.entries) {
    const key = marks.get(entry)!
    const unit = units.get(key)
    if (unit === undefined) units.set(key, [entry])
    else unit.push(entry)
  }
  return [...units.values()]
}

type ComponentOrder =
  | {
      readonly is: 'order'
      readonly units: number
      readonly waits: OrderAnswer['waits']
      readonly concurrent: ReadonlyMap<number, number>
    }
  | {
      readonly is: 'impossible'
      readonly units: number
      readonly exact: boolean
      readonly states: ImpossibleOrder['states']
      readonly byForced: boolean
    }
  | { readonly is: 'undecided'; readonly units: number; readonly why: string }

/** Begins with no edge, looks for a broken state that is still reachable, asks for an edge against it, and orders again until none is left. */
function orderComponent(question: OrderQuestion, component: Component, units: readonly (readonly number[])[]): ComponentOrder {
  if (units.length > MOST_UNITS) return { is: 'undecided', units: units.length, why: `${units.length} sorts of changes hang together` }
  const unitOf = new Map(units.flatMap((unit, index) => unit.map((entry) => [entry, index] as const)))
  const forced = forcedUnits(question, component, units, unitOf)
  const allowed = (first: number, then: number): boolean => units[first]!.every((a) => units[then]!.every((b) => question.allowed(a, b)))
  const clauses: (Clause & { readonly trouble: number; readonly state: BrokenState })[] = []
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const order = orderUnits(units.length, clauses, forced, allowed)
    if (order.is === 'undecided') return { is: 'undecided', units: units.length, why: 'too many orders to try' }
    if (order.is === 'impossible') {
      const exact = units.every((unit) => unit.length === 1) || !isCoarse(question, component, units)
      const core = order.core.map((index) => clauses[index]!)
      const byForced = forced.length > 0 && orderUnits(units.length, core, [], allowed).is === 'order'
      return {
        is: 'impossible',
        units: units.length,
        exact,
        byForced,
        states: order.core.map((index) => ({ trouble: clauses[index]!.trouble, state: clauses[index]!.state })),
      }
    }
    const reach = reachability(units.length, order.edges)
    let broken = false
    for (const index of component.troubles) {
      const state = firstBroken(question.troubles[index]!, unitOf, reach)
      if (state === 'undecided') return { is: 'undecided', units: units.length, why: 'too many changes wait for one another' }
      if (state === undefined) continue
      broken = true
      clauses.push({ edges: edgesAgainst(state, unitOf), trouble: index, state })
    }
    if (!broken) return finish(question, component, units, unitOf, order.edges, reach)
  }
  return { is: 'undecided', units: units.length, why: 'too many states break it' }
}

/** Whether joining devices into units may have lost an order: only forced pairs and amounts look at single devices. */
function isCoarse({ troubles }: OrderQuestion, component: Component, units: readonly (readonly number[])[]): boolean {
  const several = new Set(units.filter((unit) => unit.length > 1).flat())
  return (
    component.forced.some(([first, then]) => several.has(first) || several.has(then)) ||
    component.troubles.some((index) => {
      const trouble = troubles[index]!
      return (trouble.is === 'sum' || trouble.times.some((times) => times > 1)) && trouble.members.some((entry) => several.has(entry))
    })
  )
}

function forcedUnits(
  { ranks }: OrderQuestion,
  { forced }: Component,
  units: readonly (readonly number[])[],
  unitOf: ReadonlyMap<number, number>,
): readonly (readonly [number, number])[] {
  const edges = new Map<string, readonly [number, number]>()
  const add = (first: number, then: number): void => void edges.set(`${first}>${then}`, [first, then])
  for (const [first, then] of forced) {
    const [a, b] = [unitOf.get(first), unitOf.get(then)]
    if (a !== undefined && b !== undefined) add(a, b)
  }
  if (ranks !== undefined)
    for (const [a, [first]] of units.entries())
      for (const [b, [then]] of units.entries())
        if (
          ranks.group[first!]! >= 0 &&
          ranks.group[first!] === ranks.group[then!] &&
          ranks.rank[first!]! >= 0 &&
          ranks.rank[first!]! < ranks.rank[then!]!
        )
          add(a, b)
  return [...edges.values()]
}

function edgesAgainst(state: BrokenState, unitOf: ReadonlyMap<number, number>): readonly (readonly [number, number])[] {
  const edges = new Map<string, readonly [number, number]>()
  for (const first of state.old)
    for (const then of state.new) {
      const [a, b] = [unitOf.get(first)!, unitOf.get(then)!]
      if (first !== then) edges.set(`${a}>${b}`, [a, b])
    }
  return [...edges.values()]
}

function reachability(units: number, edges: readonly (readonly [number, number])[]): readonly Uint8Array[] {
  const reach = Array.from({ length: units }, () => new Uint8Array(units))
  for (const [first, then] of edges) reach[first]![then] = 1
  for (let k = 0; k < units; k++)
    for (let i = 0; i < units; i++) if (reach[i]![k] === 1) for (let j = 0; j < units; j++) if (reach[k]![j] === 1) reach[i]![j] = 1
  return reach
}

/** A reachable broken state. Only sets of finished units matter that others wait for: a unit that nobody waits for is as good as FREE. */
function firstBroken(
  trouble: Trouble,
  unitOf: ReadonlyMap<number, number>,
  reach: readonly Uint8Array[],
): BrokenState | 'undecided' | undefined {
  let found: BrokenState | 'undecided' | undefined
  eachPhase(
    trouble,
    unitOf,
    reach,
    (statusOf) => {
      found = brokenState(trouble, statusOf)
      return found === undefined
    },
    () => (found = 'undecided'),
  )
  return found
}

/** Calls `look` for every largest choice of statuses, until it answers false. */
function eachPhase(
  trouble: Trouble,
  unitOf: ReadonlyMap<number, number>,
  reach: readonly Uint8Array[],
  look: (statusOf: (member: number) => number) => boolean,
  tooMany: () => void,
): void {
  const own = Array.from(trouble.members, (entry) => unitOf.get(entry)!)
  const units = [...new Set(own)].sort((a, b) => a - b)
  const leading = units.filter((unit) => units.some((other) => reach[unit]![other] === 1))
  if (leading.length > MOST_LEADING) {
    tooMany()
    return
  }
  for (let mask = 0; mask < 1 << leading.length; mask++) {
    const done = new Set(leading.filter((_, bit) => (mask & (1 << bit)) !== 0))
    // Whoever is done has seen all done that it waits for.
    if ([...done].some((unit) => leading.some((other) => reach[other]![unit] === 1 && !done.has(other)))) continue
    const status = new Map(
      units.map((unit) => [
        unit,
        done.has(unit) ? NEW : leading.some((other) => reach[other]![unit] === 1 && !done.has(other)) ? OLD : FREE,
      ]),
    )
    if (!look((member) => status.get(own[member]!)!)) return
  }
}

function finish(
  question: OrderQuestion,
  component: Component,
  units: readonly (readonly number[])[],
  unitOf: ReadonlyMap<number, number>,
  edges: readonly (readonly [number, number])[],
  reach: readonly Uint8Array[],
): ComponentOrder {
  const concurrent = new Map<number, number>()
  for (const index of component.troubles) {
    const trouble = question.troubles[index]!
    if (trouble.is !== 'sum' || !trouble.extra.some((extra) => extra > 0)) continue
    let most = Infinity
    eachPhase(
      trouble,
      unitOf,
      reach,
      (statusOf) => {
        most = Math.min(most, slackOf(trouble, statusOf))
        return true
      },
      () => undefined,
    )
    if (most < trouble.members.length) concurrent.set(index, most)
  }
  return {
    is: 'order',
    units: units.length,
    waits: edges.map(([first, then]) => ({ first: units[first]!, then: units[then]! })),
    concurrent,
  }
}

/** The devices of a sum trouble that may only be told one by one. */
export function heldBack(trouble: SumTrouble): Int32Array {
  return trouble.members.filter((_, member) => trouble.extra[member]! > 0)
}
