/** Random small problems of sites, and the plainest ways to look at them: every assignment of a site listed, sites put together by what they come to. */
import { columnCosts, forEachEntry } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem, Bundle, Row, RowPolicy, SiteLevelProof } from '../../constraints/problem.ts'
import { randomNumbers } from '../../benchmarks/random.ts'

export interface SmallSites {
  readonly problem: AssignmentProblem
  /** Site by class, by auxiliary, by row; -1 for rows that join sites. */
  readonly ofClass: readonly number[]
  readonly ofAuxiliary: readonly number[]
  readonly ofRow: readonly number[]
  readonly sites: number
}

const JOINING = 99

/** Sites are copies of a few templates, each copied with its classes in another order and sometimes with one number changed. */
export function smallSites(seed: number): SmallSites {
  const next = randomNumbers(seed)
  const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1))
  const levels = whole(1, 3)
  const sites = whole(2, 4)
  const choices = 5
  const templates = Array.from({ length: whole(1, 2) }, () => template())
  const memberStart = [0]
  const columnStart = [0]
  const columnChoice: number[] = []
  const costs: number[][] = Array.from({ length: levels }, () => [])
  const current: number[] = []
  const auxiliaryCosts: number[][] = Array.from({ length: levels }, () => [])
  const auxiliaries: { name: string; lower: number; upper: number }[] = []
  const bundles: Bundle[] = []
  const [ofClass, ofAuxiliary, ofRow]: [number[], number[], number[]] = [[], [], []]
  const pending: {
    columns: [number, number][]
    auxiliary: [number, number][]
    lower: number
    upper: number
    policy: RowPolicy
    site: number
    use: number
  }[] = []

  interface Template {
    readonly classes: readonly {
      readonly size: number
      readonly options: readonly { readonly choice: number; readonly cost: readonly number[] }[]
    }[]
    readonly rows: readonly {
      readonly entries: readonly (readonly [number, number, number])[]
      readonly auxiliary: readonly (readonly [number, number])[]
      readonly lower: number
      readonly upper: number
      readonly sort: 'hard' | 'unit' | 'whole'
      readonly weight: number
      readonly level: number
    }[]
    readonly auxiliaries: readonly { readonly upper: number; readonly cost: readonly number[] }[]
  }

  function template(): Template {
    const classes = Array.from({ length: whole(1, 4) }, () => {
      const options = [0, 1, 2, 3, 4].filter(() => next() < 0.6)
      if (options.length === 0) options.push(0)
      return {
        size: next() < 0.75 ? 1 : whole(1, 2),
        options: options.slice(0, 3).map((choice) => ({ choice, cost: Array.from({ length: levels }, () => whole(-4, 4)) })),
      }
    })
    const rows: Template['rows'][number][] = []
    const auxiliary: Template['auxiliaries'][number][] = []
    const entries = (share: number, from: number, to: number): [number, number, number][] =>
      classes.flatMap(({ options }, c) =>
        options.flatMap((_, o): [number, number, number][] => (next() < share ? [[c, o, whole(from, to)]] : [])),
      )
    const policy = (): 'hard' | 'unit' | 'whole' => (next() < 0.7 ? 'hard' : next() < 0.6 ? 'unit' : 'whole')
    const common = (): { weight: number; level: number } => ({ weight: whole(0, 4), level: whole(0, levels - 1) })
    if (next() < 0.7)
      rows.push({
        entries: entries(0.7, -1, 4),
        auxiliary: [],
        lower: next() < 0.3 ? whole(-1, 2) : -Infinity,
        upper: whole(2, 7),
        sort: policy(),
        ...common(),
      })
    if (next() < 0.6) {
      // Two presences that exclude each other.
      const [a, b] = [0, 1].map(
        () => auxiliary.push({ upper: 1, cost: Array.from({ length: levels }, () => (next() < 0.2 ? whole(-1, 2) : 0)) }) - 1,
      )
      for (const present of [a!, b!]) {
        const list = entries(0.5, 1, 1)
        rows.push({ entries: list, auxiliary: [[present, -list.length * 2]], lower: -Infinity, upper: 0, sort: 'hard', ...common() })
      }
      rows.push({
        entries: [],
        auxiliary: [
          [a!, 1],
          [b!, 1],
        ],
        lower: -Infinity,
        upper: 1,
        sort: policy(),
        ...common(),
      })
    }
    if (next() < 0.5 && classes.length > 1) {
      // The first class lets the others have something.
      const list = entries(0.4, 1, 1).filter(([c]) => c > 0)
      rows.push({ entries: [...list, [0, 0, -list.length * 2]], auxiliary: [], lower: -Infinity, upper: 0, sort: 'hard', ...common() })
    }
    if (next() < 0.2) {
      const multiple = auxiliary.push({ upper: 3, cost: new Array<number>(levels).fill(0) }) - 1
      rows.push({ entries: entries(0.7, 1, 1), auxiliary: [[multiple, -2]], lower: 0, upper: 0, sort: policy(), ...common() })
    }
    return { classes, rows, auxiliaries: auxiliary }
  }

  for (let site = 0; site < sites; site++) {
    const { classes, rows, auxiliaries: own } = templates[whole(0, templates.length - 1)]!
    const order = classes.map((_, i) => i).sort(() => next() - 0.5)
    const changed = next() < 0.3 ? whole(0, 3) : -1
    const first = new Map<number, number>()
    order.forEach((c, i) => {
      const { size, options } = classes[c]!
      first.set(c, columnChoice.length)
      ofClass.push(site)
      memberStart.push(memberStart[memberStart.length - 1]! + size)
      current.push(-1)
      options.forEach(({ choice, cost }, o) => {
        columnChoice.push(choice)
        cost.forEach((entry, level) => costs[level]!.push(entry + (changed === 0 && i === 0 && o === 0 && level === 0 ? 1 : 0)))
      })
      columnStart.push(columnChoice.length)
    })
    const firstAuxiliary = auxiliaries.length
    own.forEach(({ upper, cost }, a) => {
      ofAuxiliary.push(site)
      auxiliaries.push({ name: `a${auxiliaries.length}`, lower: 0, upper: upper + (changed === 1 && a === 0 ? 1 : 0) })
      cost.forEach((entry, level) => auxiliaryCosts[level]!.push(entry))
    })
    let bundle = -1
    rows
      .map((_, i) => i)
      .sort(() => next() - 0.5)
      .forEach((index) => {
        const { entries, auxiliary, lower, upper, sort, weight, level } = rows[index]!
        if (sort === 'whole' && bundle < 0) bundle = bundles.push({ use: 50 + site, level, weight }) - 1
        ofRow.push(site)
        pending.push({
          columns: entries.map(([c, o, a], e) => [first.get(c)! + o, a + (changed === 2 && index === 0 && e === 0 ? 1 : 0)]),
          auxiliary: auxiliary.map(([a, coefficient]) => [firstAuxiliary + a, coefficient]),
          lower,
          upper: upper + (changed === 3 && index === 0 ? 1 : 0),
          policy: sort === 'hard' ? { is: 'hard' } : sort === 'unit' ? { is: 'unit', level, weight } : { is: 'whole', bundle },
          site,
          use: index,
        })
      })
  }
  const size = ofClass.length
  const total = memberStart[size]!
  for (let i = whole(1, 3); i > 0; i--) {
    const choice = whole(0, choices - 1)
    const list: [number, number][] = []
    columnChoice.forEach((at, j) => at === choice && list.push([j, next() < 0.8 ? 1 : 2]))
    const centre = whole(0, Math.ceil(total / 3))
    ofRow.push(-1)
    pending.push({
      columns: list,
      auxiliary: [],
      lower: next() < 0.35 ? Math.min(centre, whole(0, 2)) : -Infinity,
      upper: next() < 0.8 ? centre : Infinity,
      policy: next() < 0.7 ? { is: 'hard' } : { is: 'unit', level: whole(0, levels - 1), weight: whole(0, 5) },
      site: -1,
      use: JOINING + i,
    })
  }
  const rows = pending.map(({ columns, auxiliary, lower, upper, policy, use, site }): Row => ({
    form: {
      is: 'entries',
      columns: Int32Array.from([...columns.map(([j]) => j), ...auxiliary.map(([a]) => columnChoice.length + a)]),
      coefficients: Float64Array.from([...columns.map(([, a]) => a), ...auxiliary.map(([, a]) => a)]),
    },
    lower,
    upper,
    policy,
    name: { use, group: `${site}`, part: '' },
  }))
  const problem: AssignmentProblem = {
    choices: Array.from({ length: choices }, (_, k) => ({
      id: `choice${k}`,
      outcome: k === 0 ? ('none' as const) : ('variant' as const),
      settings: {},
    })),
    classes: {
      size,
      memberStart: Int32Array.from(memberStart),
      members: Int32Array.from({ length: total }, (_, i) => i),
      columnStart: Int32Array.from(columnStart),
      current: Int32Array.from(current),
    },
    columnChoice: Int32Array.from(columnChoice),
    levels: costs.map((cost, level) => ({
      name: `level${level}`,
      sense: 'minimise' as const,
      offset: 0,
      terms: [
        { is: 'column' as const, cost: Int32Array.from(cost) },
        { is: 'auxiliary' as const, cost: Float64Array.from(auxiliaryCosts[level]!) },
      ],
    })),
    rows,
    bundles,
    auxiliaries,
    meanings: [],
  }
  return { problem, ofClass, ofAuxiliary, ofRow, sites }
}

/** What one assignment of a site comes to: value by level, use by joining row. */
export interface Plan {
  readonly value: readonly number[]
  readonly use: readonly number[]
}

/** Every assignment of the site that its hard rows allow, those that come to the same listed once. */
export function plansOfSite({ problem, ofClass, ofAuxiliary, ofRow }: SmallSites, site: number): readonly Plan[] {
  const { columnStart, memberStart } = problem.classes
  const width = problem.columnChoice.length
  const classes = ofClass.flatMap((at, c) => (at === site ? [c] : []))
  const auxiliaries = ofAuxiliary.flatMap((at, a) => (at === site ? [a] : []))
  const own = problem.rows.filter((_, r) => ofRow[r] === site)
  const joining = problem.rows.filter((_, r) => ofRow[r] === -1)
  const costs = problem.levels.map((_, level) => columnCosts(problem, level))
  const counts = new Float64Array(width + problem.auxiliaries.length)
  const formOf = (row: Row): number => {
    let sum = 0
    forEachEntry(problem, row, (column, coefficient) => (sum += coefficient * counts[column]!))
    return sum
  }
  const found = new Map<string, Plan>()
  const finish = (): void => {
    const value = costs.map((cost) => cost.reduce((sum, entry, j) => sum + entry * counts[j]!, 0))
    const broken = new Set<number>()
    for (const row of own) {
      const form = formOf(row)
      const off = Math.max(0, row.lower - form) + Math.max(0, form - row.upper)
      if (off === 0) continue
      if (row.policy.is === 'hard') return
      if (row.policy.is === 'unit') value[row.policy.level]! += off * row.policy.weight
      else broken.add(row.policy.bundle)
    }
    for (const b of broken) value[problem.bundles[b]!.level]! += problem.bundles[b]!.weight
    const plan = { value, use: joining.map(formOf) }
    found.set(JSON.stringify(plan), plan)
  }
  const walkAuxiliary = (i: number): void => {
    const a = auxiliaries[i]
    if (a === undefined) {
      finish()
      return
    }
    for (let n = problem.auxiliaries[a]!.lower; n <= problem.auxiliaries[a]!.upper; n++) {
      counts[width + a] = n
      walkAuxiliary(i + 1)
    }
    counts[width + a] = 0
  }
  const walk = (i: number, j: number, left: number): void => {
    const c = classes[i]
    if (c === undefined) {
      walkAuxiliary(0)
      return
    }
    if (j === columnStart[c + 1]! - 1) {
      counts[j] = left
      const following = classes[i + 1]
      walk(
        i + 1,
        following === undefined ? 0 : columnStart[following]!,
        following === undefined ? 0 : memberStart[following + 1]! - memberStart[following]!,
      )
      counts[j] = 0
      return
    }
    for (let n = 0; n <= left; n++) {
      counts[j] = n
      walk(i, j + 1, left - n)
    }
    counts[j] = 0
  }
  const [first] = classes
  walk(0, first === undefined ? 0 : columnStart[first]!, first === undefined ? 0 : memberStart[first + 1]! - memberStart[first]!)
  return [...found.values()]
}

/** The lexicographically least value of all, or undefined: plans of the sites put together, sums that are equal once. */
export function bestOfSites(small: SmallSites, plans: readonly (readonly Plan[])[]): readonly number[] | undefined {
  const joining = small.problem.rows.filter((_, r) => small.ofRow[r] === -1)
  const zero: Plan = { value: small.problem.levels.map(() => 0), use: joining.map(() => 0) }
  let sums = new Map([['', zero]])
  for (const list of plans) {
    const following = new Map<string, Plan>()
    for (const sum of sums.values())
      for (const plan of list) {
        const together = { value: sum.value.map((v, i) => v + plan.value[i]!), use: sum.use.map((v, i) => v + plan.use[i]!) }
        const known = following.get(together.use.join())
        if (known === undefined || less(together.value, known.value)) following.set(together.use.join(), together)
      }
    sums = following
  }
  let best: readonly number[] | undefined
  sums: for (const { value, use } of sums.values()) {
    const total = [...value]
    for (const [k, { lower, upper, policy }] of joining.entries()) {
      const off = Math.max(0, lower - use[k]!) + Math.max(0, use[k]! - upper)
      if (off > 0 && policy.is !== 'unit') continue sums
      if (policy.is === 'unit') total[policy.level]! += off * policy.weight
    }
    if (best === undefined || less(total, best)) best = total
  }
  return best
}

export function less(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((entry, i) => entry !== b[i])
  return at >= 0 && a[at]! < b[at]!
}

/** What the proof proves of its level: the formula of `model/certificate.ts` over listed plans. Throws where a price may not be. */
export function provedBound(small: SmallSites, plans: readonly (readonly Plan[])[], proof: SiteLevelProof): number {
  const { problem } = small
  const joining = problem.rows.flatMap((_, r) => (small.ofRow[r] === -1 ? [r] : []))
  const { level, scale, factors, kept, rows, prices } = proof
  const factor = problem.levels.map((_, k) => (k < level ? factors[k]! : k === level ? scale : 0))
  const price = joining.map((r) => prices[rows.indexOf(r)] ?? 0)
  if (rows.some((r, i) => prices[i] !== 0 && !joining.includes(r))) throw new Error('a price on a row of one site')
  if (!price.every(Number.isSafeInteger) || factor.some((entry) => entry < 0)) throw new Error('no whole numbers')
  let total = -factors.reduce((sum, entry, k) => sum + entry * kept[k]!, 0)
  joining.forEach((r, k) => {
    const { lower, upper, policy } = problem.rows[r]!
    if (price[k] === 0) return
    const limit = price[k]! > 0 ? lower : upper
    if (!Number.isFinite(limit)) throw new Error('a price counts an open limit')
    if (policy.is === 'unit' && Math.abs(price[k]!) > policy.weight * factor[policy.level]!) throw new Error('a price beyond the weight')
    total += price[k]! * limit
  })
  for (const list of plans)
    total += Math.min(
      ...list.map(
        ({ value, use }) => value.reduce((sum, v, k) => sum + factor[k]! * v, 0) - use.reduce((sum, u, k) => sum + price[k]! * u, 0),
      ),
    )
  return Math.ceil(total / scale)
}
