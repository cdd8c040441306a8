/** What a file of waves says, evaluated over the changed devices: who may be in which wave, capacities, budgets, dependencies and layers. */
import { rowLookup } from '../expression/column-source.ts'
import { checkExpression, type Yields } from '../expression/check.ts'
import { evaluateKeys, evaluateNumbers, evaluateTruth } from '../expression/columns.ts'
import { evaluate } from '../expression/evaluate.ts'
import { fleetScope, groupScope, type Scope } from '../expression/scope.ts'
import { pathsOf, type TypedExpression } from '../expression/typed.ts'
import { EngineError } from '../diagnostics/engine-error.ts'
import type { ExpressionText } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import type { DisruptionBudget, Layers, ScopeCapacity, WaveLimit, WavePolicy } from '../model/wave-policy.ts'
import { atLeast, atMost } from '../../constraints/share.ts'
import type { WaveSlot } from './choose-waves.ts'
import type { ScopeLimit } from './choose-waves.ts'
import type { Mixture } from './mixture.ts'

const TRUE = 1

/** INVARIANT: the reader of the policy has checked the same text. */
function typed({ trial }: Mixture, text: ExpressionText, yields: Yields, scope: Scope = fleetScope(trial.world.model)): TypedExpression {
  const read = checkExpression(text, scope, yields)
  if (read.ok) return read.value
  throw new EngineError('plan/expression', `${text.at.source}: ${JSON.stringify(text.text)}: ${read.diagnostics[0]!.message}`)
}

export interface Grouping {
  readonly names: readonly string[]
  /** By row, -1: none. */
  readonly of: Int32Array
}

function groupsBy(mixture: Mixture, over: ExpressionText): Grouping {
  const { codes, names } = evaluateKeys(typed(mixture, over, 'key'), mixture.fleet)
  return { of: codes, names }
}

/** The declared waves, then nothing of the rest. */
export function waveSlots(mixture: Mixture, { waves }: WavePolicy): readonly WaveSlot[] {
  const { changed, fleet } = mixture
  return waves.map(({ select, limit }) => {
    const truth = select === undefined ? undefined : evaluateTruth(typed(mixture, select, 'bool'), fleet)
    const eligible = truth && Uint8Array.from(changed, (row) => (truth[row] === TRUE ? 1 : 0))
    const selected = eligible === undefined ? changed.length : eligible.reduce((sum, one) => sum + one, 0)
    return { most: mostOf(limit, selected), ...(eligible && { eligible }) }
  })
}

/** Rounded down, but one where there is one: a canary of nobody would prove nothing. */
function mostOf(limit: WaveLimit | undefined, of: number): number {
  if (limit === undefined) return Infinity
  if (limit.is === 'count') return limit.count
  return limit.share.numerator === 0 ? 0 : Math.max(Math.min(of, 1), atMost(limit.share, of))
}

export interface NamedScope extends ScopeLimit {
  readonly capacity: ScopeCapacity
  readonly names: readonly string[]
}

export function scopeLimits(mixture: Mixture, { capacities }: WavePolicy): readonly NamedScope[] {
  const { changed, fleet } = mixture
  return capacities.map((capacity) => {
    const { of, names } = groupsBy(mixture, capacity.over)
    const amounts = capacity.amount === undefined ? undefined : evaluateNumbers(typed(mixture, capacity.amount, 'number'), fleet)
    return {
      capacity,
      names,
      groupOf: Int32Array.from(changed, (row) => of[row]!),
      // What is not known takes all that there is.
      amount: Float64Array.from(changed, (row) =>
        amounts === undefined ? 1 : Number.isNaN(amounts[row]!) ? Infinity : Math.max(0, amounts[row]!),
      ),
      limits: limitsOf(mixture, capacity.limit, capacity.over, { of, names }),
    }
  })
}

/** The smallest that is known of any device of the group; a group without a known limit has none. */
function limitsOf(mixture: Mixture, limit: number | ExpressionText, over: ExpressionText, { of, names }: Grouping): Float64Array {
  const limits = new Float64Array(names.length).fill(typeof limit === 'number' ? limit : Infinity)
  if (typeof limit === 'number') return limits
  const { fleet } = mixture
  const expression = typed(mixture, limit, 'number', groupScope(mixture.trial.world.model))
  const ofGroup = pathsOf(expression).some((path) => path.startsWith('group.'))
  const linked = ofGroup ? linkedRows(mixture, over) : undefined
  const numbers = ofGroup ? undefined : evaluateNumbers(expression, fleet)
  const done = new Uint8Array(names.length)
  for (let row = 0; row < fleet.size; row++) {
    const group = of[row]!
    if (group < 0 || (ofGroup && done[group] === 1)) continue
    done[group] = 1
    let value = numbers?.[row] ?? NaN
    if (linked !== undefined) {
      const own = rowLookup(fleet, row)
      const there = linked[row]! < 0 ? () => undefined : rowLookup(fleet, linked[row]!)
      const found = evaluate(expression, (path) => (path.startsWith('group.') ? there(`device.${path.slice('group.'.length)}`) : own(path)))
      value = typeof found === 'number' ? found : NaN
    }
    if (!Number.isNaN(value)) limits[group] = Math.min(limits[group]!, value)
  }
  return limits
}

/** By row, the row of the device that the expression names; -1: none in the fleet. */
export function linkedRows(mixture: Mixture, link: ExpressionText): Int32Array {
  const { fleet } = mixture
  const { codes, names } = evaluateKeys(typed(mixture, link, 'key'), fleet)
  const rowOf = rowsByName(fleet, names)
  return codes.map((code) => (code < 0 ? -1 : rowOf[code]!))
}

function rowsByName(fleet: Fleet, names: readonly string[]): Int32Array {
  const wanted = new Map(names.map((name, code) => [name, code]))
  const rows = new Int32Array(names.length).fill(-1)
  fleet.ids.forEach((id, row) => {
    const code = wanted.get(id)
    if (code !== undefined) rows[code] = row
  })
  return rows
}

export interface NamedBudget {
  readonly budget: DisruptionBudget
  readonly names: readonly string[]
  /** Group by entry. */
  readonly groupOf: Int32Array
  readonly most: Float64Array
}

export function budgetLimits(mixture: Mixture, { budgets }: WavePolicy): readonly NamedBudget[] {
  const { changed } = mixture
  return budgets.map((budget) => {
    const { of, names } = groupsBy(mixture, budget.over)
    const sizes = new Float64Array(names.length)
    for (const group of of) if (group >= 0) sizes[group]!++
    return { budget, names, groupOf: Int32Array.from(changed, (row) => of[row]!), most: sizes.map((size) => unavailable(budget, size)) }
  })
}

function unavailable({ limit: { is, of } }: DisruptionBudget, size: number): number {
  if (is === 'unavailable') return of.is === 'count' ? of.count : mostOf(of, size)
  return Math.max(0, size - (of.is === 'count' ? of.count : atLeast(of.share, size)))
}

/** Group and rank by entry; -1 where a device has no layer, or one that is not listed. */
export function layerRanks(mixture: Mixture, { by, order, over }: Layers): { readonly group: Int32Array; readonly rank: Int32Array } {
  const { changed } = mixture
  const layer = groupsBy(mixture, by)
  const rankOf = layer.names.map((name) => order.indexOf(name))
  const groups = over === undefined ? undefined : groupsBy(mixture, over).of
  return {
    group: Int32Array.from(changed, (row) => groups?.[row] ?? 0),
    rank: Int32Array.from(changed, (row) => (layer.of[row]! < 0 ? -1 : rankOf[layer.of[row]!]!)),
  }
}
