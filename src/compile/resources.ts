/** Amounts of resources: what each choice uses on each device, in the resource's canonical unit. An amount that is unknown counts as `UNKNOWN_AMOUNT`. */
import { evaluateNumbers } from '../expression/columns.ts'
import type { TypedExpression } from '../expression/typed.ts'
import { unitOf } from '../expression/types.ts'
import type { Fleet } from '../model/fleet.ts'
import { UNMANAGED } from '../model/outcome.ts'
import { UNITS, UNKNOWN_AMOUNT } from '../model/units.ts'
import type { CheckedModel } from './checked-model.ts'
import type { Choices } from './choices.ts'
import { fixedFor } from './eligibility.ts'
import type { ByRow } from './judged.ts'

/** By resource, by choice. */
export type Resources = ReadonlyMap<string, readonly ByRow[]>

/** Every resource that a use reads. */
export function resourcesOf(checked: CheckedModel, choices: Choices, fleet: Fleet): Resources {
  const names = new Set(checked.uses.flatMap(({ resources }) => resources))
  return new Map([...names].sort().map((name) => [name, amountsOf(name, checked, choices, fleet)]))
}

function amountsOf(resource: string, checked: CheckedModel, choices: Choices, fleet: Fleet): readonly ByRow[] {
  const known = new Map<string, ByRow>()
  return choices.list.map((choice, index) => {
    const v = choices.variant[index]!
    const amount = v >= 0 ? checked.variants[v]!.uses[resource] : index === UNMANAGED ? checked.unmanagedUses[resource] : undefined
    if (amount === undefined || typeof amount === 'number') return amount ?? 0
    const fixed = fixedFor(amount, choice.settings)
    const key = JSON.stringify([v, fixed])
    const found = known.get(key) ?? numbersOf(evaluateNumbers(amount, fleet, fixed), scaleOf(amount))
    known.set(key, found)
    return found
  })
}

function numbersOf(numbers: Float64Array, scale: number): ByRow {
  for (let row = 0; row < numbers.length; row++) numbers[row] = Number.isNaN(numbers[row]) ? UNKNOWN_AMOUNT : numbers[row]! * scale
  const [first] = numbers
  return numbers.every((number) => number === first) ? (first ?? 0) : numbers
}

/** Factor from the unit of an expression to the canonical one of its dimension; 1 where it has none that is known. */
export function scaleOf({ type }: TypedExpression): number {
  return UNITS.get(unitOf(type) ?? '')?.factor ?? 1
}
