/** Lets HiGHS choose among the known plans of the types that lose least by another plan, all others staying as they are. What it proposes is counted again. */
import type { MixedProgram } from '../highs-program.ts'
import type { MixedAnswer, MixedTask } from '../highs-worker.ts'
import type { Pool } from '../pool.ts'
import type { SolveLimits } from '../solvers.ts'
import { limitsOfTask } from '../z3.ts'
import type { Coupling, Scalar } from './coupling.ts'
import type { Plans } from './plans.ts'
import { choiceOf, type Choice } from './round-plans.ts'

// Types that may change, and their plans: branch and bound stays small.
const TYPES = 60
const PLANS = 8

/** A choice that keeps everything, or undefined where none was found. */
export const mixPlans = async (
  pool: Pool,
  plans: Plans,
  coupling: Coupling,
  scalar: Scalar,
  prices: Float64Array,
  from: Choice,
  kept: readonly number[],
  limits: SolveLimits,
): Promise<Choice | undefined> => {
  const lists = candidates(plans, scalar, prices, from)
  if (lists.length === 0) return undefined
  const free = lists.flat()
  const copies = new Int32Array(plans.typeOf.length)
  copies.set(from.copies)
  for (const { type } of lists.map(([plan]) => ({ type: plans.typeOf[plan!]! }))) for (const plan of plans.ofType[type]!) copies[plan] = 0
  const rest = choiceOf(plans, coupling, copies, [])
  const program = programOf(plans, coupling, scalar.level, lists, rest, kept)
  const outcome = await pool.run<MixedAnswer>('highs-worker', 'answerMixed', { program } satisfies MixedTask, limitsOfTask(limits))
  if (outcome.is !== 'done' || outcome.value.is !== 'solved') return undefined
  const { values } = outcome.value
  free.forEach((plan, j) => (copies[plan] = Math.round(values[j]!)))
  const whole = lists.every((list) => {
    const total = list.reduce((sum, plan) => sum + copies[plan]!, 0)
    return total === plans.types[plans.typeOf[list[0]!]!]!.copies && list.every((plan) => copies[plan]! >= 0)
  })
  const found = choiceOf(plans, coupling, copies, kept)
  return whole && found.off === 0 ? found : undefined
}

/** Plans of the types to choose for, each list with all plans that are chosen now. */
const candidates = (plans: Plans, { factor, scale }: Scalar, prices: Float64Array, from: Choice): readonly (readonly number[])[] => {
  const { levels, rows } = plans
  const worth = (plan: number): number => {
    let sum = 0
    for (let level = 0; level < levels; level++) sum += factor[level]! * plans.cost[plan * levels + level]!
    sum /= scale
    for (let k = 0; k < rows; k++) sum -= prices[k]! * plans.use[plan * rows + k]!
    return sum
  }
  const ranked: { readonly list: readonly number[]; readonly loss: number }[] = []
  plans.ofType.forEach((all) => {
    if (all.length < 2) return
    const sorted = all.map((plan) => ({ plan, sum: worth(plan) })).sort((a, b) => a.sum - b.sum || a.plan - b.plan)
    const taken = all.filter((plan) => (from.copies[plan] ?? 0) > 0)
    const list = [...new Set([...taken, ...sorted.slice(0, PLANS).map(({ plan }) => plan)])]
    ranked.push({ list, loss: sorted[1]!.sum - sorted[0]!.sum })
  })
  return ranked
    .sort((a, b) => a.loss - b.loss || a.list[0]! - b.list[0]!)
    .slice(0, TYPES)
    .map(({ list }) => list)
}

const programOf = (
  plans: Plans,
  coupling: Coupling,
  level: number,
  lists: readonly (readonly number[])[],
  rest: Choice,
  kept: readonly number[],
): MixedProgram => {
  const { rows, levels } = plans
  const free = lists.flat()
  const upper = free.map((plan) => plans.types[plans.typeOf[plan]!]!.copies)
  const integer = free.map(() => 1)
  const paid: [number, number, number][] = []
  const [starts, indices, values, rowLower, rowUpper]: [number[], number[], number[], number[], number[]] = [[0], [], [], [], []]
  const push = (entries: readonly (readonly [number, number])[], low: number, high: number): void => {
    for (const [column, value] of entries) {
      if (value === 0) continue
      indices.push(column)
      values.push(value)
    }
    starts.push(indices.length)
    rowLower.push(low)
    rowUpper.push(high)
  }
  let at = 0
  for (const list of lists) {
    const { copies } = plans.types[plans.typeOf[list[0]!]!]!
    push(
      list.map((_, i) => [at + i, 1] as const),
      copies,
      copies,
    )
    at += list.length
  }
  // What rows paid by the rest is counted anew, so `rest` is taken without its penalties.
  const fixed = rest.value.slice()
  for (let k = 0; k < rows; k++) {
    if (coupling.lower[k] === -Infinity && coupling.upper[k] === Infinity) continue
    const used = rest.used[k]!
    const [low, high] = [coupling.lower[k]! - used, coupling.upper[k]! - used]
    const entries: (readonly [number, number])[] = free.map((plan, j) => [j, plans.use[plan * rows + k]!])
    if (coupling.level[k]! >= 0) {
      const [weight, pays] = [coupling.weight[k]!, coupling.level[k]!]
      fixed[pays]! -= weight * (Math.max(0, low) + Math.max(0, -high))
      for (const sign of [1, -1]) {
        const column = upper.push(1e12) - 1
        integer.push(0)
        paid.push([pays, column, weight])
        entries.push([column, sign])
      }
    }
    push(entries, low, high)
  }
  const cost = Array.from({ length: levels }, (_, l) => {
    const own = new Float64Array(upper.length)
    free.forEach((plan, j) => (own[j] = plans.cost[plan * levels + l]!))
    for (const [pays, column, weight] of paid) if (pays === l) own[column] = weight
    return own
  })
  kept.forEach((value, l) =>
    push(
      [...cost[l]!].map((entry, j) => [j, entry] as const),
      -Infinity,
      value - fixed[l]!,
    ),
  )
  return {
    columnLower: new Float64Array(upper.length),
    columnUpper: Float64Array.from(upper),
    integer: Int32Array.from(integer),
    rowLower: Float64Array.from(rowLower),
    rowUpper: Float64Array.from(rowUpper),
    starts: Int32Array.from(starts),
    indices: Int32Array.from(indices),
    values: Float64Array.from(values),
    costs: cost.slice(level),
    rowOf: new Int32Array(rowLower.length).fill(-1),
  }
}
