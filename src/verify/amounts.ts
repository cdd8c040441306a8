/** What options amount to on each device: resources that they use, risks that they bring. Whole numbers in canonical units. */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { TypedExpression } from '../expression/typed.ts'
import type { Fleet } from '../model/fleet.ts'
import type { ExpressionType } from '../model/expression-type.ts'
import { UNITS } from '../model/units.ts'
import { UNMANAGED } from '../model/outcome.ts'
import { numbersWith, variantExpression } from './expressions.ts'
import { classesOf } from './bound/classes.ts'
import type { Amounts, Grouped } from './demand.ts'
import { mergedKinds, rowKinds } from './row-kinds.ts'
import type { World } from './world.ts'

/** What an unknown amount counts as: more than most limits, and a million of them still add up exactly. */
export const UNKNOWN_AMOUNT = 2 ** 31

/** An amount that is the same for every device, or one by row. */
export type AmountColumn = number | Float64Array

/** What options amount to: the expressions that say so, and their values on the devices of a fleet by option. */
export interface AmountSource {
  readonly expressions: readonly TypedExpression[]
  readonly columns: (fleet: Fleet) => readonly AmountColumn[]
}

/** What options use of the resource; one that does not mention it uses nothing. Parts of a canonical unit count as a whole one. */
export function usesOf({ model, options }: World, resource: string): AmountSource {
  const used = options.map((option, at) => {
    const variant = model.variants[option.variant]
    const uses = variant?.uses ?? (at === UNMANAGED ? model.unmanagedUses : {})
    const written = Object.hasOwn(uses, resource) ? uses[resource]! : 0
    return typeof written === 'number' ? written : variantExpression(model, variant ?? { settings: [] }, written, 'number')
  })
  return {
    expressions: used.flatMap((one) => (typeof one === 'number' ? [] : [one.typed])),
    columns: (fleet) =>
      used.map((one, at) => {
        if (typeof one === 'number') return one
        const numbers = numbersWith(one, fleet, options[at]!.settings)
        return columnOf(numbers.map(canonicalBy(one.typed.type, 'up')), one.sameForAll)
      }),
  }
}

/** Numbers as amounts: unknown ones as UNKNOWN_AMOUNT. `same`: the first stands for all. */
export function columnOf(numbers: Float64Array, same: boolean): AmountColumn {
  for (let row = 0; row < numbers.length; row++) if (Number.isNaN(numbers[row]!)) numbers[row] = UNKNOWN_AMOUNT
  return same ? (numbers[0] ?? 0) : numbers
}

/** From a number as expressions compute it to canonical units; what is no whole one is rounded. NaN stays. */
export function canonicalBy(type: ExpressionType, rounded: 'up' | 'down'): (value: number) => number {
  const scale = type.is === 'decimal' ? 10 ** type.places : 1
  const unit = type.is === 'int' || type.is === 'decimal' ? type.unit : undefined
  const factor = (unit === undefined ? undefined : UNITS.get(unit)?.factor) ?? 1
  return (value) => {
    const product = value * factor
    if (Math.abs(product) > Number.MAX_SAFE_INTEGER) throw new EngineError('verify/number', `${value} x ${factor} is beyond 2^53`)
    // The remainder goes first, so that the division is exact.
    const rest = product % scale
    return (product - rest) / scale + (rest > 0 && rounded === 'up' ? 1 : rest < 0 && rounded === 'down' ? -1 : 0)
  }
}

/** The amounts as a table by kind of row; throws where amounts of a group could add up beyond 2^53. */
export function amountKinds(world: World, grouped: Grouped, source: AmountSource): Pick<Amounts, 'kindOf' | 'amount'> {
  const read = rowKinds(world.fleet, source.expressions)
  const columns = source.columns(read.fleet)
  const { representative, classOf } = classesOf(
    read.fleet.size,
    columns.filter((column) => typeof column !== 'number'),
  )
  const width = columns.length
  const amount = new Float64Array(representative.length * width)
  let largest = 0
  for (const [kind, row] of representative.entries())
    for (const [option, column] of columns.entries()) {
      const value = typeof column === 'number' ? column : column[row]!
      largest = Math.max(largest, Math.abs(value))
      amount[kind * width + option] = value
    }
  let crowd = 0
  for (const size of grouped.sizes) crowd = Math.max(crowd, size)
  if (largest * crowd > Number.MAX_SAFE_INTEGER)
    throw new EngineError('verify/number', `${crowd} amounts of up to ${largest} might add up beyond 2^53`)
  return { kindOf: mergedKinds(read, classOf), amount }
}
