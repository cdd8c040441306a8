/**
 * Takes over what an earlier answer says of a component, where that is still best. Either its prices prove it of the problem as it is now, or nothing that the
 * component's problem sees has changed but what runs today, and staying with what was given is best at the levels that count changes and moves: it costs nothing.
 */
import { brokenHardRow, columnCosts, columnTotal, evaluateSolution } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem, AssignmentSolution, ProofLeaf, SiteLevelProof, SolutionProof } from '../../constraints/problem.ts'
import type { Component } from '../compile/components.ts'
import { refutations } from './assignment-z3.ts'
import { changesFrom, lastingLevels, rowBefore, type Earlier } from './earlier.ts'
import { levelsNow } from './levels-now.ts'
import { compareLevels, leafBound } from './price-bound.ts'
import { sameProgram } from './same-program.ts'
import type { ComponentOutcome } from './verdict.ts'

export interface TakenOver {
  readonly method: ComponentOutcome['method']
  readonly solution: Extract<AssignmentSolution, { readonly is: 'solved' }>
}

export function takeOver(earlier: Earlier, component: Component): TakenOver | undefined {
  const { problem } = component
  const first = problem.classes.members[0]
  if (first === undefined || lastingLevels(earlier.answer.problem) !== lastingLevels(problem)) return undefined
  const then = rowBefore(earlier, first)
  const outcome = then < 0 ? undefined : earlier.answer.components[earlier.componentThen[earlier.classThen[then]!] ?? -1]
  if (outcome === undefined) return undefined
  const counts = keptCounts(earlier, problem)
  if (counts === undefined) return undefined
  const solution =
    outcome.proof.is === 'prices' && problem.auxiliaries.length === 0 ? byPrices(earlier, component, outcome, counts) : undefined
  if (solution !== undefined) return { method: outcome.method, solution }
  const same = bySameness(earlier, component, outcome, counts)
  return same && { method: outcome.method, solution: same }
}

/** Counts by class column if every device keeps what it was given; undefined where one cannot. Auxiliaries stay 0. */
function keptCounts(earlier: Earlier, problem: AssignmentProblem): Float64Array | undefined {
  const { choiceNow, answer } = earlier
  const { changed, chosen } = answer
  const { memberStart, members, columnStart, size } = problem.classes
  const counts = new Float64Array(columnTotal(problem))
  const columnOf = new Int32Array(problem.choices.length)
  const hasty = changed !== undefined && members.length > HASTY
  for (let c = 0; c < size; c++) {
    columnOf.fill(-1)
    for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) columnOf[problem.columnChoice[j]!] = j
    for (let m = memberStart[c]!; m < memberStart[c + 1]!; m++) {
      const row = members[m]!
      if (hasty && changed[row] === 1) return undefined
      const then = rowBefore(earlier, row)
      const choice = then < 0 ? -1 : choiceNow[chosen[then]!]!
      const column = choice < 0 ? -1 : columnOf[choice]!
      if (column < 0) return undefined
      counts[column]!++
    }
  }
  return counts
}

// A component of more devices is not looked into further where one of them changed.
const HASTY = 10_000

type Solved = Extract<AssignmentSolution, { readonly is: 'solved' }>

function byPrices(earlier: Earlier, component: Component, outcome: ComponentOutcome, counts: Float64Array): Solved | undefined {
  const { problem } = component
  if (brokenHardRow(problem, counts) >= 0) return undefined
  const value = evaluateSolution(problem, counts)
  const costs = problem.levels.map((_, level) => columnCosts(problem, level))
  const levels = lastingLevels(problem)
  for (const counted of new Set(earlier.answer.today ? [changesFrom(problem), levels] : [levels])) {
    const leaves = mappedLeaves(earlier, component, outcome, counted)
    if (leaves === undefined) return undefined
    let least: readonly number[] | undefined
    for (const leaf of leaves) {
      const bound = leafBound(problem, leaf, costs)
      if (bound === undefined) return undefined
      if (least === undefined || compareLevels(bound, least) < 0) least = bound
    }
    if (least !== undefined && compareLevels(least, value) === 0)
      return { is: 'solved', counts, value, bound: value, proof: { is: 'prices', leaves } }
  }
  return undefined
}

/** The outcome's leaves in the component's rows and bundles, prices from level `counted` on left out. Undefined where a bundle is gone. */
function mappedLeaves(
  earlier: Earlier,
  component: Component,
  { proof }: ComponentOutcome,
  counted: number,
): readonly ProofLeaf[] | undefined {
  if (proof.is !== 'prices') return undefined
  const rowNow = rowsNow(earlier, component)
  const bundleNow = new Map(component.problem.bundles.map(({ use }, bundle) => [use, bundle]))
  const leaves: ProofLeaf[] = []
  for (const leaf of proof.leaves) {
    const bundles = (list: readonly number[]): readonly number[] =>
      list.map((bundle) => bundleNow.get(earlier.answer.problem.bundles[bundle]!.use) ?? -1)
    const [holds, gaveUp] = [bundles(leaf.holds), bundles(leaf.gaveUp)]
    if ([...holds, ...gaveUp].includes(-1)) return undefined
    const kept = Array.from(leaf.rows.keys()).filter((i) => rowNow.has(leaf.rows[i]!))
    leaves.push({
      holds,
      gaveUp,
      rows: Int32Array.from(kept, (i) => rowNow.get(leaf.rows[i]!)!),
      prices: component.problem.levels.map((_, l) => Float64Array.from(kept, (i) => (l < counted ? leaf.prices[l]![i]! : 0))),
    })
  }
  return leaves
}

/** By row of the problem then: the component's row now. */
function rowsNow({ rowThen, keys }: Earlier, component: Component): ReadonlyMap<number, number> {
  const now = new Map<number, number>()
  component.rows.forEach((row, at) => {
    const then = rowThen.get(keys[row]!)
    if (then !== undefined) now.set(then, at)
  })
  return now
}

function bySameness(earlier: Earlier, component: Component, outcome: ComponentOutcome, counts: Float64Array): Solved | undefined {
  const { problem } = component
  const rowNow = rowsNow(earlier, component)
  const differs = sameProgram(earlier, component, outcome, rowNow)
  if (differs === undefined) return undefined
  const { problem: then } = earlier.answer
  const classColumns = problem.columnChoice.length
  const auxiliaries = outcome.columns.filter((column) => column >= then.columnChoice.length)
  auxiliaries.forEach((column, i) => (counts[classColumns + i] = earlier.answer.counts[column]!))
  if (brokenHardRow(problem, counts) >= 0) return undefined
  const value = evaluateSolution(problem, counts)
  if (value.some((entry, level) => (level < differs ? entry !== outcome.value[level] : entry !== 0))) return undefined
  const bound = value.map((_, level) => (level < differs ? outcome.bound[level]! : 0))
  const proof = proofNow(earlier, component, outcome, { rowNow, differs, value })
  return proof && { is: 'solved', counts, value, bound, proof }
}

interface Now {
  readonly rowNow: ReadonlyMap<number, number>
  readonly differs: number
  readonly value: readonly number[]
}

function proofNow(
  earlier: Earlier,
  component: Component,
  outcome: ComponentOutcome,
  { rowNow, differs, value }: Now,
): SolutionProof | undefined {
  const { proof } = outcome
  if (proof.is === 'none') return proof
  if (proof.is === 'refutation') return { is: 'refutation', scripts: refutations(component.problem, value) }
  if (proof.is === 'prices') {
    const leaves = mappedLeaves(earlier, component, outcome, differs)
    return leaves && { is: 'prices', leaves }
  }
  if (proof.is === 'levels') return levelsNow(earlier, component.problem, outcome, proof, { rowNow, differs, levels: value.length })
  const levels = proof.levels.filter(({ level }) => level < differs)
  const mapped = levels.map((level): SiteLevelProof => ({ ...level, rows: level.rows.map((row) => rowNow.get(row)!) }))
  const [any] = mapped
  if (any === undefined || differs >= value.length || mapped.length < differs) return { is: 'sites', levels: mapped }
  // No change costs less than none: prices of nothing say so.
  const nothing = value.slice(differs).map((_, i): SiteLevelProof => {
    const kept = value.slice(0, differs + i)
    return {
      level: differs + i,
      scale: 1,
      kept,
      factors: kept.map(() => 0),
      rows: any.rows,
      prices: new Float64Array(any.rows.length),
    }
  })
  return { is: 'sites', levels: [...mapped, ...nothing] }
}
