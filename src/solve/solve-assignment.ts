/** The ladder: every component by the cheapest method that decides it, put together to one verdict. */
import { columnTotal } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem, AssignmentSolution, ProofLeaf, SolutionProof } from '../../constraints/problem.ts'
import { splitComponents, type Component } from '../compile/components.ts'
import { EngineError } from '../diagnostics/engine-error.ts'
import { solveDirectly } from './assignment-direct.ts'
import { priced, solveByHighs } from './assignment-highs.ts'
import { floors } from './assignment-terms.ts'
import { solveByZ3 } from './assignment-z3.ts'
import { basesBefore } from './bases-before.ts'
import { carryOver, componentKey, type ComponentKey } from './component-key.ts'
import { countsBefore } from './counts-before.ts'
import { divisionsBefore } from './divisions-before.ts'
import { lookBack, pricesBefore, type Earlier } from './earlier.ts'
import { flowApplies, solveFlow } from './flow/solve-flow.ts'
import { stoppedBy, type Pool } from './pool.ts'
import { compareLevels } from './price-bound.ts'
import type { ProvedBefore } from './price-tree.ts'
import { solveFlowApart } from './solve-flow-apart.ts'
import type { SitesBounds } from './sites/sites-shape.ts'
import { sitesApply, solveSites } from './sites/solve-sites.ts'
import type { SolveLimits } from './solvers.ts'
import { withSimpleCounts } from './simple-counts.ts'
import { takeOver } from './take-over.ts'
import { outcomeThen, treesBefore } from './trees-before.ts'
import { isUsedUp, less, partOf, withBudget } from './time-budget.ts'
import { endedWhy, limitsOfTask } from './z3.ts'
import { evaluateSolution } from '../../constraints/problem-reading.ts'
import type { AssignmentVerdict, ComponentOutcome, OpenComponent } from './verdict.ts'

type Method = ComponentOutcome['method']

interface Solved {
  readonly method: Method
  readonly solution: AssignmentSolution
  readonly taken?: true
}

// Columns up to which Z3 needs no proposal, and up to which it may prove one.
const SMALL = 60
const PROVABLE = 2000
// Classes up to which a problem may be one block.
const ONE_BLOCK = 1000
// Z3's units for one component where the caller sets no limit: some ten seconds of search in linear integers.
const UNITS = 100_000
// Of what is left of the time, how much taking apart may use where the whole is searched afterwards.
const SITES_PART = 0.5
// Columns that are solved in one go before anybody else is heard.
const BREATH = 200_000

export const solveAssignment = async (pool: Pool, problem: AssignmentProblem, limits: SolveLimits = {}): Promise<AssignmentVerdict> => {
  const components = splitComponents(problem)
  const earlier = limits.earlier && lookBack(limits.earlier, problem)
  const pricesThen = earlier && pricesBefore(earlier, problem)
  const sizes = new Map<string, number>()
  for (const { problem: own } of components) sizes.set(sizeOf(own), (sizes.get(sizeOf(own)) ?? 0) + 1)
  const byKey = new Map<string, { readonly problem: AssignmentProblem; readonly key: ComponentKey; readonly found: Promise<Solved> }>()
  const threads = new Set<number>()
  const noting: Pool = {
    ...pool,
    run: async (...asked) => {
      const outcome = await pool.run<never>(...asked)
      if (outcome.is === 'done') threads.add(outcome.thread)
      return outcome
    },
  }
  const solving: Promise<Solved>[] = []
  let columns = 0
  for (const component of components) {
    const own = component.problem.columnChoice.length
    const beside = problem.columnChoice.length - own
    const solve = (): Promise<Solved> =>
      limits.signal?.aborted === true && component.problem.rows.length > 0
        ? Promise.resolve<Solved>({
            method: 'direct',
            solution: withSimpleCounts(component.problem, { is: 'undecided', why: endedWhy(stoppedBy(limits.signal)) }),
          })
        : solveComponent(noting, component.problem, limits, {
            beside,
            ...(pricesThen && { prices: pricesOf(component, pricesThen) }),
            before: earlier === undefined ? { divisions: [], trees: [] } : provedBefore(earlier, component),
          })
    const taken = earlier && takeOver(earlier, component)
    const key = taken !== undefined || sizes.get(sizeOf(component.problem)) === 1 ? undefined : componentKey(component.problem)
    const alike = key === undefined ? undefined : byKey.get(key.text)
    const carried =
      key &&
      alike &&
      alike.found.then(({ method, solution }) => ({ method, solution: carryOver(solution, alike, { problem: component.problem, key }) }))
    const found =
      taken !== undefined
        ? Promise.resolve<Solved>({ ...taken, taken: true })
        : (carried ?? limits.elsewhere?.(component.problem) ?? solve())
    // What is thrown is heard below; until then it must not count as unheard.
    found.catch(() => undefined)
    if (key !== undefined && alike === undefined) byKey.set(key.text, { problem: component.problem, key, found })
    solving.push(found)
    columns += own
    if (columns < BREATH) continue
    // Many components are solved here and now: whoever wants to stop them must be heard in between.
    columns = 0
    await new Promise((resume) => setImmediate(resume))
  }
  const verdict = combine(problem, components, await Promise.all(solving))
  return verdict.is === 'impossible' || threads.size === 0 ? verdict : { ...verdict, threads: [...threads].sort((a, b) => a - b) }
}

/** Components of different sizes are not alike: that is seen at once. */
const sizeOf = ({ classes, columnChoice, rows, auxiliaries }: AssignmentProblem): string =>
  [classes.size, classes.members.length, columnChoice.length, rows.length, auxiliaries.length].join(' ')

const provedBefore = (earlier: Earlier, component: Component): ProvedBefore => ({
  divisions: divisionsBefore(earlier, component.problem),
  trees: treesBefore(earlier, component),
  counts: countsBefore(earlier, component.problem),
  bases: basesBefore(earlier, component),
  whole: outcomeThen(earlier, component)?.method === 'highs',
})

/** Columns of other components; the prices then by the component's rows, and what proved it then. */
interface Start {
  readonly beside: number
  readonly prices?: ReadonlyMap<number, readonly number[]>
  readonly before: ProvedBefore
}

/** Prices then, by the component's rows. */
const pricesOf = (component: Component, prices: ReadonlyMap<number, readonly number[]>): ReadonlyMap<number, readonly number[]> => {
  const own = new Map<number, readonly number[]>()
  component.rows.forEach((row, at) => {
    const price = prices.get(row)
    if (price !== undefined) own.set(at, price)
  })
  return own
}

/** Whatever is tried in turn shares the limit of time. */
const solveComponent = async (threads: Pool, problem: AssignmentProblem, given: SolveLimits, start: Start): Promise<Solved> => {
  const { pool, limits } = withBudget(threads, given)
  const { method, solution } = await climb(pool, problem, limits, start)
  return { method, solution: given.force === undefined ? withSimpleCounts(problem, solution) : solution }
}

const climb = async (pool: Pool, problem: AssignmentProblem, limits: SolveLimits, start: Start): Promise<Solved> => {
  if (limits.force !== undefined) return forced(pool, problem, limits, limits.force)
  if (problem.rows.length === 0) return { method: 'direct', solution: solveDirectly(problem) }
  const shape = flowApplies(problem)
  if (!('no' in shape)) {
    const solution = await solveFlowApart(pool, problem, shape, {
      ...limitsOfTask(limits),
      beside: start.beside,
      ...(start.prices && { prices: start.prices }),
    })
    if (solution.is !== 'undecided' || limits.signal?.aborted === true) return { method: 'flow', solution }
  }
  const before = performance.now()
  const apart = start.before.whole === true ? undefined : await apartBySites(pool, problem, partOf(limits, SITES_PART))
  if (apart !== undefined && (problem.columnChoice.length > PROVABLE || isClosed(apart))) return { method: 'sites', solution: apart }
  // Blocks are solved in threads of their own, of which the budget hears nothing.
  const rest = withBudget(pool, less(limits, performance.now() - before))
  const searched = await searchWhole(rest.pool, problem, rest.limits, start.before)
  return apart === undefined ? searched : better(apart, searched)
}

/** The problem as it is: Z3 where it is small, else what HiGHS proposes, proven where it can be. */
const searchWhole = async (pool: Pool, problem: AssignmentProblem, limits: SolveLimits, before: ProvedBefore): Promise<Solved> => {
  const budget: SolveLimits = limits.rlimit === undefined && limits.milliseconds === undefined ? { ...limits, rlimit: UNITS } : limits
  if (problem.columnChoice.length <= SMALL)
    return { method: 'z3', solution: await priced(pool, problem, withGap(problem, await solveByZ3(pool, problem, budget)), limits) }
  const proposal = await solveByHighs(pool, problem, limits, before)
  if (
    proposal.is === 'impossible' ||
    (proposal.is === 'solved' && proposal.proof.is !== 'none' && compareLevels(proposal.value, proposal.bound) === 0)
  )
    return { method: 'highs', solution: proposal }
  if (problem.columnChoice.length > PROVABLE || isUsedUp(limits)) return { method: 'highs', solution: proposal }
  const proven = await solveByZ3(pool, problem, budget, proposal.is === 'solved' ? proposal.value : undefined)
  return proven.is === 'undecided' ? best(problem, proposal, proven) : { method: 'z3', solution: proven }
}

type SolvedSolution = Extract<AssignmentSolution, { readonly is: 'solved' }>

/** What small blocks come to, or undefined where there are none or they have no answer. */
const apartBySites = async (pool: Pool, problem: AssignmentProblem, limits: SolveLimits): Promise<SolvedSolution | undefined> => {
  if (problem.columnChoice.length <= SMALL) return undefined
  const solution = await bySites(pool, problem, limits)
  return solution.is === 'solved' ? solution : undefined
}

/** In blocks that few rows join; where that leaves a gap or is not possible, as a single block, whose least is exact, if no row need join anything. */
const bySites = async (pool: Pool, problem: AssignmentProblem, limits: SolveLimits): Promise<AssignmentSolution> => {
  const before = performance.now()
  const joined = await inBlocks(pool, problem, limits)
  if (joined.is === 'solved' && isClosed(joined)) return joined
  const left = less(limits, performance.now() - before)
  const { size } = problem.classes
  if (size > ONE_BLOCK || isUsedUp(left)) return joined
  const whole = await inBlocks(pool, problem, left, { largest: size, coupling: 0 })
  return whole.is === 'solved' && isClosed(whole) ? whole : joined
}

/** Not `async`, so that the blocks, which are the problem once more, live no longer than they are needed. */
const inBlocks = (pool: Pool, problem: AssignmentProblem, limits: SolveLimits, bounds: SitesBounds = {}): Promise<AssignmentSolution> => {
  const shape = sitesApply(problem, bounds)
  if ('no' in shape) return Promise.resolve({ is: 'undecided', why: `sites: ${shape.no}` })
  return solveSites(pool, problem, shape, limits)
}

const isClosed = ({ value, bound }: SolvedSolution): boolean => compareLevels(value, bound) === 0

/** The sites' answer unless the other one is better, or as good and better bounded. */
const better = (apart: SolvedSolution, { method, solution }: Solved): Solved => {
  if (solution.is === 'impossible')
    throw new EngineError('solve/disagreement', 'an assignment was found where another method says that there is none')
  if (solution.is !== 'solved') return { method: 'sites', solution: apart }
  const order = compareLevels(solution.value, apart.value)
  return order < 0 || (order === 0 && compareLevels(solution.bound, apart.bound) > 0)
    ? { method, solution }
    : { method: 'sites', solution: apart }
}

/** The better of two unproven answers. */
const best = (problem: AssignmentProblem, proposal: AssignmentSolution, searched: AssignmentSolution): Solved => {
  const found = withGap(problem, searched)
  if (proposal.is !== 'solved') return { method: 'z3', solution: found }
  if (found.is !== 'solved' || compareLevels(proposal.value, found.value) <= 0) return { method: 'highs', solution: proposal }
  return { method: 'z3', solution: found }
}

/** Counts without a proof are an answer with a gap. */
const withGap = (problem: AssignmentProblem, solution: AssignmentSolution): AssignmentSolution =>
  solution.is === 'undecided' && solution.counts !== undefined
    ? {
        is: 'solved',
        counts: solution.counts,
        value: evaluateSolution(problem, solution.counts),
        bound: floors(problem),
        proof: { is: 'none' },
      }
    : solution

const forced = async (
  pool: Pool,
  problem: AssignmentProblem,
  limits: SolveLimits,
  method: NonNullable<SolveLimits['force']>,
): Promise<Solved> => {
  switch (method) {
    case 'z3':
      return { method, solution: await solveByZ3(pool, problem, limits) }
    case 'highs':
      return { method, solution: await solveByHighs(pool, problem, limits) }
    case 'sites':
      return { method, solution: await bySites(pool, problem, limits) }
    case 'flow': {
      const shape = flowApplies(problem)
      return { method, solution: 'no' in shape ? { is: 'undecided', why: shape.no } : solveFlow(problem, shape) }
    }
  }
}

const combine = (problem: AssignmentProblem, components: readonly Component[], solved: readonly Solved[]): AssignmentVerdict => {
  const counts = new Float64Array(columnTotal(problem))
  const outcomes: ComponentOutcome[] = []
  const open: OpenComponent[] = []
  let whole = true
  for (let i = 0; i < components.length; i++) {
    const component = components[i]!
    const { method, solution, taken } = solved[i]!
    switch (solution.is) {
      case 'impossible':
        return {
          is: 'impossible',
          component: component.name,
          method,
          rows: solution.rows.map((row) => component.rows[row]!),
          classes: solution.classes.map((c) => component.classes[c]!),
          proof: inWhole(problem, component, solution.proof),
        }
      case 'undecided':
        open.push(openComponent(component, method, solution))
        whole &&= solution.counts !== undefined
        solution.counts?.forEach((count, column) => (counts[component.columns[column]!] = count))
        break
      case 'solved': {
        solution.counts.forEach((count, column) => (counts[component.columns[column]!] = count))
        const { name, classes, rows, columns } = component
        const { value, bound, bases } = solution
        const { memberStart } = component.problem.classes
        const devices = memberStart[classes.length]!
        const proof = inWhole(problem, component, solution.proof)
        outcomes.push({
          name,
          classes,
          rows,
          columns,
          devices,
          method,
          value,
          bound,
          proof,
          ...(bases && { bases }),
          ...(taken && { taken }),
        })
      }
    }
  }
  const total = (
    pick: (outcome: { readonly value: readonly number[]; readonly bound: readonly number[] }) => readonly number[],
  ): readonly number[] =>
    problem.levels.map((_, level) =>
      [...outcomes, ...open].reduce((sum, outcome) => sum + (pick({ value: [], ...outcome })[level] ?? 0), 0),
    )
  const [first] = open
  if (first !== undefined)
    return {
      is: 'undecided',
      why: first.why,
      components: outcomes,
      open,
      bound: total(({ bound }) => bound),
      ...(whole ? { counts, value: evaluateSolution(problem, counts) } : {}),
    }
  return { is: 'solved', counts, value: total(({ value }) => value), bound: total(({ bound }) => bound), components: outcomes }
}

const openComponent = (
  { name, problem }: Component,
  method: Method,
  solution: Extract<AssignmentSolution, { readonly is: 'undecided' }>,
): OpenComponent => ({
  name,
  devices: problem.classes.members.length,
  method,
  why: solution.why,
  bound: floors(problem),
})

/** The proof in the whole problem's rows and bundles. Scripts speak of the component's own columns and stay. */
const inWhole = (problem: AssignmentProblem, component: Component, proof: SolutionProof): SolutionProof => {
  if (proof.is === 'sites')
    return { ...proof, levels: proof.levels.map((level) => ({ ...level, rows: level.rows.map((row) => component.rows[row]!) })) }
  if (proof.is !== 'prices') return proof
  const bundles = new Map<number, number>()
  component.problem.rows.forEach(({ policy }, index) => {
    const outer = problem.rows[component.rows[index]!]!.policy
    if (policy.is === 'whole' && outer.is === 'whole') bundles.set(policy.bundle, outer.bundle)
  })
  const named = (list: readonly number[]): readonly number[] => list.map((bundle) => bundles.get(bundle) ?? bundle)
  const leaves = proof.leaves.map((leaf): ProofLeaf => ({
    holds: named(leaf.holds),
    gaveUp: named(leaf.gaveUp),
    rows: leaf.rows.map((row) => component.rows[row]!),
    prices: leaf.prices,
  }))
  return { is: 'prices', leaves }
}
