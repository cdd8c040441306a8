/** Whether a state satisfies every hard constraint, and what it is worth at every level, from the raw model. */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { ConstraintUse, FleetModel } from '../model/fleet-model.ts'
import type { Demand } from './demand.ts'
import { addInteger, addProduct, exactValues, exactZeros, type ExactVector } from './exact-sum.ts'
import { constantOf, levelMeanings, penaltyOf, plainCosts, preferenceFactor, turnsOf, type LevelMeaning } from './levels.ts'
import { placementCheckers } from './placement/checkers.ts'
import type { PlacementChecker } from './placement/checker.ts'
import { readWorld, todayOf } from './read-world.ts'
import type { Fleet } from '../model/fleet.ts'
import { UNMANAGED } from '../model/outcome.ts'
import { violations, type Tallies } from './violations.ts'
import { allows, type World } from './world.ts'

/** A use with what it demands and, for `do_not_worsen`, today's violation by group. */
export interface HeldUse {
  readonly use: ConstraintUse
  readonly demand: Demand
  readonly allowance?: Float64Array
}

/** A use that no checker could read; nothing is claimed about it. */
export interface UncheckedUse {
  readonly use: number
  readonly why: string
}

export interface Trial {
  readonly world: World
  readonly levels: readonly LevelMeaning[]
  readonly held: readonly HeldUse[]
  readonly unchecked: readonly UncheckedUse[]
}

export interface Breach {
  readonly use: number
  readonly group: string
  /** Violation above what the policy allows. */
  readonly amount: number
}

export interface Judgement {
  readonly feasible: boolean
  /** The first breaches of hard and `do_not_worsen` uses, and how many there are. */
  readonly breaches: readonly Breach[]
  readonly breachCount: number
  /** The first devices whose choice their requirement, rules or `leave` forbid, and how many there are. */
  readonly ineligible: readonly string[]
  readonly ineligibleCount: number
  /** Minimised values by level. */
  readonly values: readonly bigint[]
}

const MOST_NAMED = 20

/** Everything about the model that does not depend on the assignment. */
export function readTrial(model: FleetModel, fleet: Fleet, checkers: readonly PlacementChecker[] = placementCheckers): Trial {
  const world = readWorld(model, fleet)
  const held: HeldUse[] = []
  const unchecked: UncheckedUse[] = []
  const today = model.constraints.some(({ policy }) => policy.is === 'do-not-worsen') ? todayOf(world) : undefined
  for (const use of model.constraints) {
    const checker = checkers.find(({ kind }) => kind === use.kind)
    if (checker === undefined) {
      unchecked.push({ use: use.index, why: `no checker for ${use.kind}` })
      continue
    }
    try {
      const demand = checker.demand(use, world)
      const allowance =
        today !== undefined && use.policy.is === 'do-not-worsen' ? violations(demand, today, world.options.length) : undefined
      held.push({ use, demand, ...(allowance === undefined ? {} : { allowance }) })
    } catch (error) {
      if (!(error instanceof EngineError)) throw error
      unchecked.push({ use: use.index, why: error.message })
    }
  }
  return { world, levels: levelMeanings(model), held, unchecked }
}

/** Judges a state: an option by row, -1 where the choice is no option of the model. */
export function judge(trial: Trial, state: Int32Array): Judgement {
  const { world, levels } = trial
  const sum = exactZeros(levels.length)
  const breaches: Breach[] = []
  let breachCount = 0
  const tallies: Tallies = new Map()
  for (const { use, demand, allowance } of trial.held) {
    const found = violations(demand, state, world.options.length, tallies)
    let total = 0
    for (const [group, violation] of found.entries()) {
      total += violation
      const excess = use.policy.is === 'soft' ? 0 : violation - (allowance?.[group] ?? 0)
      if (excess <= 0) continue
      breachCount++
      if (breaches.length < MOST_NAMED) breaches.push({ use: use.index, group: demand.groups[group]!, amount: excess })
    }
    const penalty = penaltyOf(levels, use.policy)
    const times = use.policy.is === 'soft' && use.policy.per === 'whole' ? Math.min(total, 1) : total
    if (penalty !== undefined) for (const [level, weight] of penalty.entries()) addProduct(sum, level, weight, times)
  }
  const { ineligible, count } = ineligibleDevices(world, state)
  addCosts(world, levels, state, sum)
  const constant = constantOf(world.model, levels)
  return {
    feasible: breachCount === 0 && count === 0 && trial.unchecked.length === 0,
    breaches,
    breachCount,
    ineligible,
    ineligibleCount: count,
    values: exactValues(sum).map((value, level) => value + constant[level]!),
  }
}

function ineligibleDevices(world: World, state: Int32Array): { readonly ineligible: readonly string[]; readonly count: number } {
  const ineligible: string[] = []
  let count = 0
  for (let row = 0; row < world.size; row++) {
    if (state[row]! >= 0 && allows(world, row, state[row]!)) continue
    count++
    if (ineligible.length < MOST_NAMED) ineligible.push(world.fleet.ids[row]!)
  }
  return { ineligible, count }
}

/** Costs that many rows share are counted first and multiplied once; preferences that differ by device are added one by one. */
function addCosts(world: World, levels: readonly LevelMeaning[], state: Int32Array, sum: ExactVector): void {
  const turns = turnsOf(world)
  const width = world.options.length
  // By turn and option.
  const counted = new Float64Array(4 * width)
  const worth = exactZeros(1)
  const byKind = world.preference.map((preference) => (typeof preference === 'number' ? undefined : preference))
  // Where even the largest preferences of all rows add up exactly, they are added as they come.
  const exact = world.largestPreference * state.length <= Number.MAX_SAFE_INTEGER
  let plain = 0
  for (let row = 0; row < state.length; row++) {
    const option = state[row]!
    if (option < 0) continue
    const turn = turns.table[turns.of[row]! * width + option]!
    // A device left alone never changes; any other one that is `unmanaged`, which it may not be, does.
    const changed = world.left[row] === 1 ? turn & 2 : option === UNMANAGED ? turn | 1 : turn
    counted[changed * width + option]!++
    const preference = byKind[option]
    if (preference === undefined) continue
    if (exact) plain += preference[world.kindOf[row]!]!
    else addProduct(worth, 0, preference[world.kindOf[row]!]!, 1)
  }
  addProduct(worth, 0, plain, 1)
  const [worthByRow] = exactValues(worth)
  for (const [level, meaning] of levels.entries()) {
    const costs = plainCosts(world, meaning)
    const factor = preferenceFactor(meaning)
    for (let option = 0; option < width; option++) {
      let devices = 0
      for (const [turn, cost] of costs.entries()) {
        const count = counted[turn * width + option]!
        addProduct(sum, level, cost[option]!, count)
        devices += count
      }
      const preference = world.preference[option]!
      if (factor !== 0 && typeof preference === 'number') addInteger(sum, level, BigInt(factor) * BigInt(preference) * BigInt(devices))
    }
    if (factor !== 0) addInteger(sum, level, BigInt(factor) * worthByRow!)
  }
}
