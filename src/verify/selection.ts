/** Which devices and choices a use speaks of: `of`, `over`, names of variants, expressions over choices. */
import type { ConstraintUse } from '../model/fleet-model.ts'
import { choiceExpression, truthOfChoice } from './choice-expressions.ts'
import type { Forbidden } from './demand.ts'
import { keysByRow, truthByRow, TRUE } from './expressions.ts'
import { refuse } from './parameters.ts'
import type { Option, World } from './world.ts'

export interface Selection {
  readonly groups: readonly string[]
  readonly groupOf: Int32Array
  readonly sizes: Float64Array
}

/** Groups of the devices for which `of` is true (absent: all). Unknown is not true; a device whose key is missing is in no group. Groups that select nobody do not exist. */
export function selectionOf(
  use: ConstraintUse,
  world: World,
  of: string | undefined,
  over: string | undefined,
  also?: (row: number) => boolean,
): Selection {
  if (of === undefined && over === undefined && also === undefined)
    return {
      groups: world.size === 0 ? [] : [''],
      groupOf: new Int32Array(world.size),
      sizes: new Float64Array(world.size === 0 ? 0 : 1).fill(world.size),
    }
  const selected = of === undefined ? undefined : truthByRow(world.model, world.fleet, { text: of, at: use.at })
  const keys = over === undefined ? undefined : keysByRow(world.model, world.fleet, { text: over, at: use.at })
  const groupOf = new Int32Array(world.size).fill(-1)
  const number = new Int32Array(keys === undefined ? 1 : keys.values.length).fill(-1)
  const groups: string[] = []
  for (let row = 0; row < world.size; row++) {
    if (selected !== undefined && selected[row] !== TRUE) continue
    if (also !== undefined && !also(row)) continue
    const key = keys === undefined ? 0 : keys.codes[row]!
    if (key < 0) continue
    if (number[key] === -1) number[key] = groups.push(keys === undefined ? '' : keys.values[key]!) - 1
    groupOf[row] = number[key]!
  }
  const sizes = new Float64Array(groups.length)
  for (let row = 0; row < world.size; row++) if (groupOf[row]! >= 0) sizes[groupOf[row]!]!++
  return { groups, groupOf, sizes }
}

/** Indices of the named variants; throws for a name that no variant has. */
export function variantsNamed(use: ConstraintUse, world: World, names: readonly string[]): number[] {
  const ids = world.model.variants.map(({ id }) => id)
  return names.map((name) => {
    const at = ids.indexOf(name)
    return at >= 0 ? at : refuse(use, `no variant is called ${JSON.stringify(name)}`)
  })
}

/** 1 by option where the expression over `variant.*` and `settings.*` is true; never for `none` and `unmanaged`. */
export function choicesThat(use: ConstraintUse, world: World, text: string): Uint8Array {
  const expression = choiceExpression(world.model, { text, at: use.at }, 'bool', [])
  return Uint8Array.from(world.options, (option) => (option.variant >= 0 && truthOfChoice(world.model, expression, option) ? 1 : 0))
}

/** Forbidden options that are the same for every row. */
export function forEveryRow(world: World, forbids: (option: Option) => boolean): Pick<Forbidden, 'kindOf' | 'forbidden'> {
  return { kindOf: new Int32Array(world.size), forbidden: Uint8Array.from(world.options, (option) => (forbids(option) ? 1 : 0)) }
}
