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

const known = new WeakMap<World, Map<string, Selection>>()

/**
 * Groups of the devices for which `of` is true (absent: all). Unknown is not true; a device whose key is missing is in no group. Groups that select nobody do
 * not exist. Uses that say the same share one selection.
 */
export function selectionOf(use: ConstraintUse, world: World, of: string | undefined, over: string | undefined): Selection {
  const selections = known.get(world) ?? new Map<string, Selection>()
  known.set(world, selections)
  const key = JSON.stringify([of ?? null, over ?? null])
  const selection = selections.get(key) ?? select(use, world, of, over)
  selections.set(key, selection)
  return selection
}

/** The selection without the rows that `also` is not true of. */
export function narrowed(selection: Selection, also: (row: number) => boolean): Selection {
  return grouped(
    selection.groups,
    selection.groupOf.map((group, row) => (group >= 0 && also(row) ? group : -1)),
  )
}

function select(use: ConstraintUse, world: World, of: string | undefined, over: string | undefined): Selection {
  const selected = of === undefined ? undefined : truthByRow(world.model, world.fleet, { text: of, at: use.at })
  const keys = over === undefined ? undefined : keysByRow(world.model, world.fleet, { text: over, at: use.at })
  const groupOf = keys === undefined ? new Int32Array(world.size) : keys.codes.slice()
  if (selected !== undefined) for (let row = 0; row < world.size; row++) if (selected[row] !== TRUE) groupOf[row] = -1
  return grouped(keys === undefined ? [''] : keys.values, groupOf)
}

/** Without the groups that have no device. */
function grouped(names: readonly string[], groupOf: Int32Array): Selection {
  const counts = new Float64Array(names.length)
  for (let row = 0; row < groupOf.length; row++) if (groupOf[row]! >= 0) counts[groupOf[row]!]!++
  if (counts.every((count) => count > 0)) return { groups: names, groupOf, sizes: counts }
  const number = new Int32Array(names.length)
  const kept = [...names.keys()].filter((group) => counts[group]! > 0)
  for (const [at, group] of kept.entries()) number[group] = at
  return {
    groups: kept.map((group) => names[group]!),
    groupOf: groupOf.map((group) => (group < 0 ? -1 : number[group]!)),
    sizes: Float64Array.from(kept, (group) => counts[group]!),
  }
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
