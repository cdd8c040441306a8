/** Small random flow problems, all their assignments, and the bound of a price proof in plain words. */
import type { AssignmentProblem, Bundle, CostTerm, ProblemLevel, ProofLeaf, Row, RowPolicy } from '../../constraints/problem.ts'
import { evaluateSolution, forEachEntry, rowViolation } from '../../constraints/problem-reading.ts'

export type Random = () => number

/** A seeded generator of numbers in [0, 1). Source: mulberry32. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export function whole(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1))
}

export interface ProblemOptions {
  readonly classes: number
  readonly choices: number
  readonly largestClass: number
  readonly levels: number
  readonly policies: readonly ('hard' | 'unit' | 'whole')[]
  /** 0: limits near what is possible; 1: limits anywhere. */
  readonly tightness: number
  /** Sets of rows are drawn without regard to nesting. */
  readonly crossing?: boolean
  /** Some rows count in steps of 2 or 3. */
  readonly scaled?: boolean
}

/** A problem whose rows are nested or disjoint by construction (unless `crossing`). */
export function randomProblem(random: Random, options: ProblemOptions): AssignmentProblem {
  const classes = whole(random, 1, options.classes)
  const choices = whole(random, 2, options.choices)
  const memberStart = new Int32Array(classes + 1)
  const columnStart = new Int32Array(classes + 1)
  const columnChoice: number[] = []
  for (let c = 0; c < classes; c++) {
    memberStart[c + 1] = memberStart[c]! + whole(random, 1, options.largestClass)
    const allowed = [...Array(choices).keys()].filter(() => random() < 0.75)
    columnChoice.push(...(allowed.length === 0 ? [0] : allowed))
    columnStart[c + 1] = columnChoice.length
  }
  const bundles: Bundle[] = options.policies.includes('whole')
    ? Array.from({ length: whole(random, 1, 3) }, (_, use) => ({
        use,
        level: whole(random, 0, options.levels - 1),
        weight: whole(random, 0, 12),
      }))
    : []
  const total = memberStart[classes]!
  const rows: Row[] = []
  const allClasses = Int32Array.from({ length: classes }, (_, c) => c)
  const addRow = (form: Row['form']): void => {
    const sort = options.policies[whole(random, 0, options.policies.length - 1)]!
    const policy: RowPolicy =
      sort === 'hard'
        ? { is: 'hard' }
        : sort === 'unit'
          ? { is: 'unit', level: whole(random, 0, options.levels - 1), weight: whole(random, 0, 9) }
          : { is: 'whole', bundle: whole(random, 0, bundles.length - 1) }
    const scale = options.scaled === true && random() < 0.3 ? whole(random, 2, 3) : 1
    const centre = whole(random, 0, total)
    const width = random() < options.tightness ? whole(random, 0, 1) : whole(random, 0, total)
    const step = sort === 'unit' || random() < 0.7 ? scale : 1
    const lower = random() < 0.4 ? -Infinity : Math.max(-1, centre - width) * step
    const upper = random() < 0.4 ? Infinity : Math.min(total + 1, centre + width) * step
    const scaledForm =
      form.is === 'product'
        ? { ...form, coefficient: form.coefficient.map((a) => a * scale) }
        : { ...form, coefficients: form.coefficients.map((a) => a * scale) }
    rows.push({ form: scaledForm, lower, upper, policy, name: { use: rows.length, group: '', part: '' } })
  }
  const nest = (set: readonly number[], mask: readonly number[], depth: number): void => {
    if (set.length === 0 || mask.length === 0) return
    for (let i = whole(random, 0, depth === 0 ? 1 : 2); i > 0; i--) addRow(formOf(set, mask))
    if (depth === 3) return
    const parts = whole(random, 1, 3)
    const byClass = random() < 0.5
    const of = (byClass ? set : mask).map(() => whole(random, 0, parts))
    for (let part = 0; part < parts; part++) {
      const kept = (byClass ? set : mask).filter((_, i) => of[i] === part)
      nest(byClass ? kept : set, byClass ? mask : kept, depth + 1)
    }
  }
  const formOf = (set: readonly number[], mask: readonly number[]): Row['form'] => {
    if (random() < 0.6) {
      const coefficient = new Float64Array(choices)
      for (const k of mask) coefficient[k] = 1
      return { is: 'product', classes: set.length === classes ? allClasses : Int32Array.from(set), coefficient }
    }
    const columns: number[] = []
    for (const c of set) for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) if (mask.includes(columnChoice[j]!)) columns.push(j)
    return { is: 'entries', columns: Int32Array.from(columns), coefficients: new Float64Array(columns.length).fill(1) }
  }
  const every = [...Array(choices).keys()]
  if (options.crossing === true) {
    for (let i = whole(random, 1, 4); i > 0; i--) {
      addRow(
        formOf(
          [...allClasses].filter(() => random() < 0.6),
          every.filter(() => random() < 0.6),
        ),
      )
    }
  } else nest([...allClasses], every, 0)
  const levels: ProblemLevel[] = Array.from({ length: options.levels }, (_, l) => ({
    name: `level${l}`,
    sense: 'minimise',
    offset: 0,
    terms: termsOf(),
  }))
  function termsOf(): ProblemLevel['terms'] {
    return [
      ...(random() < 0.7 ? [{ is: 'choice' as const, cost: Float64Array.from(every, () => whole(random, -3, 3)) }] : []),
      ...(random() < 0.5 ? [{ is: 'change' as const, weight: whole(random, 0, 2) }] : []),
      ...(random() < 0.5 ? [{ is: 'column' as const, cost: Float64Array.from(columnChoice, () => whole(random, -4, 4)) }] : []),
    ]
  }
  return {
    choices: every.map((k) => ({ id: `choice${k}`, outcome: k === 0 ? ('none' as const) : ('variant' as const), settings: {} })),
    classes: {
      size: classes,
      memberStart,
      members: Int32Array.from({ length: total }, (_, i) => i),
      columnStart,
      current: Int32Array.from({ length: classes }, () => whole(random, -1, choices - 1)),
    },
    columnChoice: Int32Array.from(columnChoice),
    levels,
    rows,
    bundles,
    auxiliaries: [],
    meanings: [],
  }
}

/** The least value over all counts for which the rows of `hard` hold, or undefined. */
export function bestByEnumeration(problem: AssignmentProblem, hard: readonly Row[]): readonly number[] | undefined {
  const { columnStart, memberStart, size } = problem.classes
  const counts = new Float64Array(problem.columnChoice.length)
  let best: readonly number[] | undefined
  const walk = (c: number, j: number, left: number): void => {
    if (c === size) {
      if (hard.some((row) => rowViolation(problem, row, counts) !== 0)) return
      const value = evaluateSolution(problem, counts)
      if (best === undefined || lexicographic(value, best) < 0) best = value
      return
    }
    if (j === columnStart[c + 1]! - 1) {
      counts[j] = left
      walk(c + 1, columnStart[c + 1]!, memberStart[c + 2]! - memberStart[c + 1]!)
      return
    }
    for (let n = 0; n <= left; n++) {
      counts[j] = n
      walk(c, j + 1, left - n)
    }
  }
  walk(0, 0, memberStart[1]! - memberStart[0]!)
  return best
}

export function assignments(problem: AssignmentProblem): number {
  const { columnStart, memberStart, size } = problem.classes
  let product = 1
  for (let c = 0; c < size; c++) {
    const columns = columnStart[c + 1]! - columnStart[c]!
    for (let i = 1; i < columns; i++) product *= (memberStart[c + 1]! - memberStart[c]! + i) / i
  }
  return product
}

export function lexicographic(a: readonly number[], b: readonly number[]): number {
  const level = a.findIndex((value, l) => value !== b[l])
  return level < 0 ? 0 : a[level]! - b[level]!
}

/**
 * The bound that a leaf's prices prove by weak duality, every price checked: sum over classes of size x lexmin (cost - prices x coefficients), plus prices x
 * limits, plus the weights given up. `costs[level][column]`.
 */
export function leafBound(problem: AssignmentProblem, leaf: ProofLeaf, costs: readonly ArrayLike<number>[]): number[] {
  const levels = leaf.prices.length
  const reduced = Array.from({ length: levels }, (_, l) =>
    Float64Array.from({ length: problem.columnChoice.length }, (_, j) => costs[l]?.[j] ?? 0),
  )
  const bound = new Array<number>(levels).fill(0)
  for (const index of leaf.gaveUp) bound[problem.bundles[index]!.level]! += problem.bundles[index]!.weight
  leaf.rows.forEach((r, i) => {
    const row = problem.rows[r]!
    const price = leaf.prices.map((level) => level[i]!)
    if (!price.every(Number.isSafeInteger)) throw new Error('a price is no integer')
    const sign = Math.sign(price.find((p) => p !== 0) ?? 0)
    if (row.policy.is === 'whole' && !leaf.holds.includes(row.policy.bundle)) throw new Error('a dropped row has a price')
    if (row.policy.is === 'unit') {
      const { level, weight } = row.policy
      const over = price.map((p, l) => sign * p - (l === level ? weight : 0))
      if ((over.find((p) => p !== 0) ?? 0) > 0) throw new Error('the price of a unit row exceeds its weight')
    }
    const limit = sign > 0 ? row.lower : row.upper
    if (!Number.isFinite(limit)) throw new Error('a price counts an open limit')
    price.forEach((p, l) => (bound[l]! += p * limit))
    forEachEntry(problem, row, (column, coefficient) => price.forEach((p, l) => (reduced[l]![column]! -= p * coefficient)))
  })
  const { columnStart, memberStart, size } = problem.classes
  for (let c = 0; c < size; c++) {
    const vectors: number[][] = []
    for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) vectors.push(reduced.map((level) => level[j]!))
    const least = vectors.reduce((a, b) => (lexicographic(b, a) < 0 ? b : a))
    least.forEach((value, l) => (bound[l]! += value * (memberStart[c + 1]! - memberStart[c]!)))
  }
  return bound
}

/** Whether the cases of leaves together cover every way in which bundles can hold or be given up. */
export function covers(bundles: number, leaves: readonly ProofLeaf[]): boolean {
  for (let mask = 0; mask < 1 << bundles; mask++) {
    const holds = (b: number): boolean => (mask & (1 << b)) !== 0
    if (!leaves.some((leaf) => leaf.holds.every(holds) && !leaf.gaveUp.some(holds))) return false
  }
  return true
}

/** Naive: whether any two rows' sets of columns cross. */
export function anyCrossing(problem: AssignmentProblem): boolean {
  const sets = problem.rows.map((row) => {
    const set = new Set<number>()
    forEachEntry(problem, row, (column) => set.add(column))
    return set
  })
  return sets.some((a, i) =>
    sets.some((b, k) => {
      if (k <= i) return false
      const common = [...a].filter((column) => b.has(column)).length
      return common > 0 && common < a.size && common < b.size
    }),
  )
}

/** The problem with all costs and weights times `factor`. */
export function withCosts(problem: AssignmentProblem, factor: number): AssignmentProblem {
  const times = (term: CostTerm): CostTerm => {
    if (term.is === 'change') return { ...term, weight: term.weight * factor }
    if (term.is === 'column') return { is: 'column', cost: Float64Array.from(term.cost, (cost) => cost * factor) }
    return { ...term, cost: term.cost.map((cost) => cost * factor) }
  }
  return {
    ...problem,
    levels: problem.levels.map((level) => ({ ...level, terms: level.terms.map(times) })),
    rows: problem.rows.map((row) =>
      row.policy.is === 'unit' ? { ...row, policy: { ...row.policy, weight: row.policy.weight * factor } } : row,
    ),
    bundles: problem.bundles.map((bundle) => ({ ...bundle, weight: bundle.weight * factor })),
  }
}
