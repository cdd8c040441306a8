/** A whole number of copies for every plan such that the coupling rows hold: cheap moves from what prices prefer, then moves that gain. */
import type { Coupling, Scalar } from './coupling.ts'
import type { Plans } from './plans.ts'

/** Copies of each plan, and what they come to. */
export interface Choice {
  readonly copies: Int32Array
  readonly used: Float64Array
  /** By level, what coupling rows pay included. */
  readonly value: Float64Array
  /** Units by which rows that must hold are off, and levels exceed what they must keep. */
  off: number
}

interface Move {
  readonly from: number
  readonly to: number
  readonly rank: number
  readonly next: number
}

// Rounds of moves; each looks at every pair of plans of a type.
const ROUNDS = 30

/** `kept`: values of earlier levels that must not be exceeded. `prices` in units of the level. `preferred`: plan by type. */
export const roundPlans = (
  plans: Plans,
  coupling: Coupling,
  scalar: Scalar,
  prices: Float64Array,
  preferred: Int32Array,
  kept: readonly number[],
): Choice => {
  const copies = new Int32Array(plans.typeOf.length)
  preferred.forEach((plan, t) => (copies[plan] = plans.types[t]!.copies))
  const choice = choiceOf(plans, coupling, copies, kept)
  for (let round = 0; round < ROUNDS && choice.off > 0; round++) if (!repair(plans, coupling, scalar, prices, choice, kept)) break
  if (choice.off === 0) improve(plans, coupling, scalar.level, choice, kept)
  return choice
}

/**
 * The choice changed to what prices prefer of each type, but only to plans that use as much of the rows whose units are worth most (`coarse`), so that the
 * rest can be repaired in small steps.
 */
export const nearPlans = (
  plans: Plans,
  coupling: Coupling,
  scalar: Scalar,
  prices: Float64Array,
  coarse: readonly number[],
  from: Choice,
  kept: readonly number[],
): Choice => {
  const { rows, levels } = plans
  const worth = (plan: number): number => {
    let sum = 0
    for (let level = 0; level < levels; level++) sum += scalar.factor[level]! * plans.cost[plan * levels + level]!
    sum /= scalar.scale
    for (let k = 0; k < rows; k++) sum -= prices[k]! * plans.use[plan * rows + k]!
    return sum
  }
  const copies = new Int32Array(plans.typeOf.length)
  for (const list of plans.ofType) {
    if (list.length === 0) continue
    const worths = list.map(worth)
    for (const plan of list) {
      const times = from.copies[plan] ?? 0
      if (times === 0) continue
      let best = list.indexOf(plan)
      for (const [i, other] of list.entries()) {
        if (worths[i]! >= worths[best]!) continue
        if (coarse.every((k) => plans.use[other * rows + k] === plans.use[plan * rows + k])) best = i
      }
      copies[list[best]!]! += times
    }
  }
  const choice = choiceOf(plans, coupling, copies, kept)
  for (let round = 0; round < ROUNDS && choice.off > 0; round++) if (!repair(plans, coupling, scalar, prices, choice, kept, coarse)) break
  if (choice.off === 0) improve(plans, coupling, scalar.level, choice, kept)
  return choice
}

export const choiceOf = (plans: Plans, coupling: Coupling, copies: Int32Array, kept: readonly number[]): Choice => {
  const { rows, levels } = plans
  const used = new Float64Array(rows)
  const value = new Float64Array(levels)
  for (let plan = 0; plan < copies.length; plan++) {
    if (copies[plan] === 0) continue
    for (let k = 0; k < rows; k++) used[k]! += copies[plan]! * plans.use[plan * rows + k]!
    for (let level = 0; level < levels; level++) value[level]! += copies[plan]! * plans.cost[plan * levels + level]!
  }
  for (let k = 0; k < rows; k++)
    if (coupling.level[k]! >= 0) value[coupling.level[k]!]! += coupling.weight[k]! * beyond(coupling, k, used[k]!)
  const choice: Choice = { copies, used, value, off: 0 }
  choice.off = offOf(coupling, used, value, kept)
  return choice
}

const beyond = ({ lower, upper }: Coupling, k: number, form: number): number =>
  Math.max(0, lower[k]! - form) + Math.max(0, form - upper[k]!)

const offOf = (coupling: Coupling, used: Float64Array, value: Float64Array, kept: readonly number[]): number => {
  let off = 0
  for (let k = 0; k < used.length; k++) if (coupling.level[k]! < 0) off += beyond(coupling, k, used[k]!)
  for (let level = 0; level < kept.length; level++) off += Math.max(0, value[level]! - kept[level]!)
  return off
}

// What a move would lead to; written by `look`.
let nextUsed = new Float64Array(8)
let nextValue = new Float64Array(8)

/** How far off the choice would be after `times` copies move; leaves the sums in nextUsed and nextValue. */
const look = (
  plans: Plans,
  coupling: Coupling,
  choice: Choice,
  from: number,
  to: number,
  times: number,
  kept: readonly number[],
): number => {
  const { rows, levels, use, cost } = plans
  if (nextUsed.length !== rows) nextUsed = new Float64Array(rows)
  if (nextValue.length !== levels) nextValue = new Float64Array(levels)
  for (let level = 0; level < levels; level++)
    nextValue[level] = choice.value[level]! + times * (cost[to * levels + level]! - cost[from * levels + level]!)
  for (let k = 0; k < rows; k++) {
    const step = use[to * rows + k]! - use[from * rows + k]!
    nextUsed[k] = choice.used[k]! + times * step
    if (step !== 0 && coupling.level[k]! >= 0)
      nextValue[coupling.level[k]!]! += coupling.weight[k]! * (beyond(coupling, k, nextUsed[k]!) - beyond(coupling, k, choice.used[k]!))
  }
  return offOf(coupling, nextUsed, nextValue, kept)
}

const take = (choice: Choice, { from, to }: Move, times: number, off: number): void => {
  choice.copies[from]! -= times
  choice.copies[to]! += times
  choice.used.set(nextUsed)
  choice.value.set(nextValue)
  choice.off = off
}

const forEachPair = (plans: Plans, choice: Choice, visit: (from: number, to: number) => void): void => {
  for (const list of plans.ofType) {
    if (list.length < 2) continue
    for (const from of list) {
      if (choice.copies[from] === 0) continue
      for (const to of list) if (to !== from) visit(from, to)
    }
  }
}

const byRank = (a: Move, b: Move): number => a.rank - b.rank || a.next - b.next || a.from - b.from || a.to - b.to

/** Copies by halves, most first. */
const tryTimes = (most: number, accept: (times: number) => boolean): boolean => {
  let done = false
  for (let times = most, left = most; times >= 1 && left > 0; times = Math.floor(times / 2))
    while (times <= left && accept(times)) {
      left -= times
      done = true
    }
  return done
}

const repair = (
  plans: Plans,
  coupling: Coupling,
  scalar: Scalar,
  prices: Float64Array,
  choice: Choice,
  kept: readonly number[],
  coarse: readonly number[] = [],
): boolean => {
  const { levels, rows, cost, use } = plans
  const moves: Move[] = []
  forEachPair(plans, choice, (from, to) => {
    for (const k of coarse) if (use[to * rows + k] !== use[from * rows + k]) return
    const gain = choice.off - look(plans, coupling, choice, from, to, 1, kept)
    if (gain <= 0) return
    let loss = 0
    for (let level = 0; level < levels; level++) loss += scalar.factor[level]! * (cost[to * levels + level]! - cost[from * levels + level]!)
    loss /= scalar.scale
    for (let k = 0; k < rows; k++) loss -= prices[k]! * (use[to * rows + k]! - use[from * rows + k]!)
    moves.push({ from, to, rank: loss / gain, next: -gain })
  })
  moves.sort(byRank)
  let any = false
  for (const move of moves) {
    if (choice.off === 0) break
    const done = tryTimes(choice.copies[move.from]!, (times) => {
      const off = look(plans, coupling, choice, move.from, move.to, times, kept)
      // A move that overshoots is left for a later round, where it is ranked by what is missing then.
      if (off >= choice.off || choice.off - off < -0.5 * move.next * times) return false
      take(choice, move, times, off)
      return true
    })
    any ||= done
  }
  if (any || moves.length === 0) return any
  // Only moves that overshoot are left.
  const [move] = moves
  take(choice, move!, 1, look(plans, coupling, choice, move!.from, move!.to, 1, kept))
  return true
}

export const improve = (plans: Plans, coupling: Coupling, level: number, choice: Choice, kept: readonly number[]): void => {
  for (let round = 0; round < ROUNDS; round++) {
    const moves: Move[] = []
    forEachPair(plans, choice, (from, to) => {
      if (look(plans, coupling, choice, from, to, 1, kept) > 0 || !better(choice, level)) return
      const next = nextValue.length > level + 1 ? nextValue[level + 1]! - choice.value[level + 1]! : 0
      moves.push({ from, to, rank: nextValue[level]! - choice.value[level]!, next })
    })
    moves.sort(byRank)
    let any = false
    for (const move of moves) {
      const done = tryTimes(choice.copies[move.from]!, (times) => {
        const off = look(plans, coupling, choice, move.from, move.to, times, kept)
        if (off > 0 || !better(choice, level)) return false
        take(choice, move, times, off)
        return true
      })
      any ||= done
    }
    if (!any) return
  }
}

/** True where nextValue is lexicographically less from the level on. */
const better = (choice: Choice, level: number): boolean => {
  for (let l = level; l < nextValue.length; l++) if (nextValue[l] !== choice.value[l]) return nextValue[l]! < choice.value[l]!
  return false
}
