/** A text that is equal for components that differ in nothing but names and order, so that one is solved for all, and the way from one's answer to another's. */
import { classSize, columnCosts, columnTotal, forEachEntry } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem, AssignmentSolution, RowPolicy, SolutionProof } from '../../constraints/problem.ts'

// Beyond this many columns two equal components are too rare to pay for the text.
const LARGEST = 5000
// Each round tells classes apart by one more step along rows; orders that stay open only make two keys differ that might be equal.
const ROUNDS = 8

/** INVARIANT: with equal keys, taking classes and rows in these orders (and columns class by class) makes the two problems the same. */
export interface ComponentKey {
  readonly text: string
  readonly classes: readonly number[]
  readonly rows: readonly number[]
}

export const componentKey = (problem: AssignmentProblem): ComponentKey | undefined => {
  if (problem.columnChoice.length > LARGEST) return undefined
  const { size, columnStart } = problem.classes
  const costs = problem.levels.map((_, level) => columnCosts(problem, level))
  const entries = entriesOf(problem)
  const classTexts = Array.from({ length: size }, (_, c) => {
    const columns: (readonly number[])[] = []
    for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) columns.push([problem.columnChoice[j]!, ...costs.map((cost) => cost[j]!)])
    return JSON.stringify([classSize(problem, c), columns])
  })
  const rowTexts = problem.rows.map(({ name, lower, upper, policy }, r) =>
    JSON.stringify([name.use, name.part, `${lower}`, `${upper}`, paid(problem, policy), entries[r]!.auxiliaries]),
  )
  let classRanks = ranked(classTexts)
  let rowRanks = ranked(rowTexts)
  for (let round = 0, parts = 0; round < ROUNDS; round++) {
    rowRanks = ranked(rowRanks.map((rank, r) => `${rank} ${seen(entries[r]!.columns, ({ c, k, by }) => [classRanks[c]!, k, by])}`))
    const byClass: Entry[][] = Array.from({ length: size }, () => [])
    entries.forEach(({ columns }) => columns.forEach((entry) => byClass[entry.c]!.push(entry)))
    classRanks = ranked(classRanks.map((rank, c) => `${rank} ${seen(byClass[c]!, ({ r, k, by }) => [rowRanks[r]!, k, by])}`))
    const found = new Set(classRanks).size
    if (found === parts) break
    parts = found
  }
  const classes = inOrder(classRanks)
  const rows = inOrder(rowRanks)
  const place = new Int32Array(size)
  classes.forEach((c, at) => (place[c] = at))
  const bundles = new Map<number, number>()
  const text = JSON.stringify([
    classes.map((c) => classTexts[c]),
    rows.map((r) => {
      const { policy } = problem.rows[r]!
      if (policy.is === 'whole' && !bundles.has(policy.bundle)) bundles.set(policy.bundle, bundles.size)
      return [
        rowTexts[r],
        policy.is === 'whole' ? bundles.get(policy.bundle) : -1,
        seen(entries[r]!.columns, ({ c, k, by }) => [place[c]!, k, by]),
      ]
    }),
    problem.auxiliaries.map(({ lower, upper }, i) => [`${lower}`, `${upper}`, costs.map((cost) => cost[problem.columnChoice.length + i])]),
    problem.meanings.map(({ use, policy }) => JSON.stringify([use, paid(problem, policy)])).sort(),
  ])
  return { text, classes, rows }
}

/** An entry of a row: the column's class, its place among the class's columns, its coefficient. */
interface Entry {
  readonly r: number
  readonly c: number
  readonly k: number
  readonly by: number
}

const entriesOf = (
  problem: AssignmentProblem,
): readonly { readonly columns: readonly Entry[]; readonly auxiliaries: readonly (readonly number[])[] }[] => {
  const { size, columnStart } = problem.classes
  const classOf = new Int32Array(problem.columnChoice.length)
  for (let c = 0; c < size; c++) classOf.fill(c, columnStart[c], columnStart[c + 1])
  return problem.rows.map((row, r) => {
    const columns: Entry[] = []
    const auxiliaries: (readonly number[])[] = []
    forEachEntry(problem, row, (column, by) => {
      const c = classOf[column]
      if (c === undefined) auxiliaries.push([column - problem.columnChoice.length, by])
      else columns.push({ r, c, k: column - columnStart[c]!, by })
    })
    return { columns, auxiliaries }
  })
}

const paid = ({ bundles }: AssignmentProblem, policy: RowPolicy): unknown =>
  policy.is === 'whole' ? { is: 'whole', ...bundles[policy.bundle]! } : policy

/** The entries as one text in an order of their own. */
const seen = (entries: readonly Entry[], as: (entry: Entry) => readonly number[]): string =>
  entries
    .map((entry) => as(entry).join(':'))
    .sort()
    .join(' ')

/** Equal texts get equal numbers, which depend on the texts alone. */
const ranked = (texts: readonly string[]): readonly number[] => {
  const ranks = new Map([...new Set(texts)].sort().map((text, rank) => [text, rank]))
  return texts.map((text) => ranks.get(text)!)
}

const inOrder = (ranks: readonly number[]): readonly number[] => [...ranks.keys()].sort((a, b) => ranks[a]! - ranks[b]! || a - b)

interface Keyed {
  readonly problem: AssignmentProblem
  readonly key: ComponentKey
}

/** What the solution of one component says of another with an equal key. */
export const carryOver = (solution: AssignmentSolution, from: Keyed, to: Keyed): AssignmentSolution => {
  const columnTo = columnsTo(from, to)
  const rowTo = new Int32Array(from.key.rows.length)
  from.key.rows.forEach((row, at) => (rowTo[row] = to.key.rows[at]!))
  const bundleTo = new Map<number, number>()
  from.problem.rows.forEach(({ policy }, r) => {
    const other = to.problem.rows[rowTo[r]!]!.policy
    if (policy.is === 'whole' && other.is === 'whole') bundleTo.set(policy.bundle, other.bundle)
  })
  const maps: Maps = {
    rows: (rows) => rows.map((row) => rowTo[row]!),
    columns: (columns) => columns.map((column) => columnTo[column]!),
    bundle: (bundle) => bundleTo.get(bundle) ?? bundle,
  }
  const counts = (given: Float64Array): Float64Array => {
    const carried = new Float64Array(given.length)
    given.forEach((count, column) => (carried[columnTo[column]!] = count))
    return carried
  }
  switch (solution.is) {
    case 'solved':
      return { ...solution, counts: counts(solution.counts), proof: carryProof(solution.proof, maps) }
    case 'impossible': {
      const classTo = new Int32Array(from.key.classes.length)
      from.key.classes.forEach((c, at) => (classTo[c] = to.key.classes[at]!))
      const sorted = (list: readonly number[], through: Int32Array): readonly number[] =>
        list.map((one) => through[one]!).sort((a, b) => a - b)
      return {
        ...solution,
        rows: sorted(solution.rows, rowTo),
        classes: sorted(solution.classes, classTo),
        proof: carryProof(solution.proof, maps),
      }
    }
    case 'undecided':
      return solution.counts === undefined ? solution : { ...solution, counts: counts(solution.counts) }
  }
}

const columnsTo = (from: Keyed, to: Keyed): Int32Array => {
  const columns = Int32Array.from({ length: columnTotal(from.problem) }, (_, column) => column)
  from.key.classes.forEach((c, at) => {
    const other = to.key.classes[at]!
    const [start, end] = [from.problem.classes.columnStart[c]!, from.problem.classes.columnStart[c + 1]!]
    for (let j = start; j < end; j++) columns[j] = to.problem.classes.columnStart[other]! + j - start
  })
  return columns
}

interface Maps {
  readonly rows: (rows: Int32Array) => Int32Array
  readonly columns: (columns: Int32Array) => Int32Array
  readonly bundle: (bundle: number) => number
}

/** Scripts speak of the component that was solved: they refute the same program under other names. */
const carryProof = (proof: SolutionProof, { rows, columns, bundle }: Maps): SolutionProof => {
  switch (proof.is) {
    case 'prices':
      return {
        is: 'prices',
        leaves: proof.leaves.map((leaf) => ({
          ...leaf,
          holds: leaf.holds.map(bundle),
          gaveUp: leaf.gaveUp.map(bundle),
          rows: rows(leaf.rows),
        })),
      }
    case 'sites':
      return { is: 'sites', levels: proof.levels.map((level) => ({ ...level, rows: rows(level.rows) })) }
    case 'levels':
      return {
        is: 'levels',
        divisions: proof.divisions.map((division) => ({ ...division, columns: columns(division.columns) })),
        levels: proof.levels.map((level) => ({ ...level, leaves: level.leaves.map((leaf) => ({ ...leaf, rows: rows(leaf.rows) })) })),
      }
    case 'refutation':
    case 'none':
      return proof
  }
}
