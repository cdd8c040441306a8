/** Capacity: what the devices of a group use of a resource adds up to at most the group's limit; a group without a known limit has none. */
import { rowLookup } from '../../expression/column-source.ts'
import { evaluateNumbers } from '../../expression/columns.ts'
import { evaluate } from '../../expression/evaluate.ts'
import type { ConstraintUse } from '../../model/fleet-model.ts'
import { readAmount } from '../../model/units.ts'
import { amountKinds, canonicalBy, usesOf } from '../amounts.ts'
import { limitExpression } from '../choice-expressions.ts'
import type { Amounts } from '../demand.ts'
import { linkedRows } from '../linked-rows.ts'
import { integerOf, parametersOf, refuse, textOf, type Written } from '../parameters.ts'
import { selectionOf, type Selection } from '../selection.ts'
import type { World } from '../world.ts'
import type { PlacementChecker } from './checker.ts'

export const capacity: PlacementChecker = {
  kind: 'placement/capacity',
  demand(use, world): Amounts {
    const written = parametersOf(use, ['resource', 'of', 'over', 'limit'])
    const resource = textOf(use, written, 'resource') ?? refuse(use, 'no resource is named')
    const over = textOf(use, written, 'over')
    const selection = selectionOf(use, world, textOf(use, written, 'of'), over)
    const upper = limits(use, world, written, over, selection)
    return { is: 'amounts', ...selection, ...amountKinds(world, selection, usesOf(world, resource)), upper }
  },
}

function limits(use: ConstraintUse, world: World, written: Written, over: string | undefined, selection: Selection): Float64Array {
  const upper = new Float64Array(selection.groups.length)
  if (typeof written['limit'] !== 'string') return upper.fill(integerOf(use, written, 'limit') ?? refuse(use, 'no `limit` is written'))
  const amount = readAmount(written['limit'])
  if (amount.is === 'wrong') return refuse(use, amount.message)
  return amount.is === 'amount' ? upper.fill(amount.value) : computedLimits(use, world, written['limit'], over, selection)
}

/** The smallest that is known of any selected device of the group. */
function computedLimits(use: ConstraintUse, world: World, text: string, over: string | undefined, selection: Selection): Float64Array {
  const { fleet } = world
  const { groups, groupOf } = selection
  const expression = limitExpression(world.model, { text, at: use.at })
  const canonical = canonicalBy(expression.typed.type, 'down')
  const upper = new Float64Array(groups.length).fill(Infinity)
  const take = (group: number, value: number): void => {
    if (!Number.isNaN(value)) upper[group] = Math.min(upper[group]!, canonical(value))
  }
  if (!expression.paths.some((path) => path.startsWith('group.'))) {
    const numbers = evaluateNumbers(expression.typed, fleet)
    for (let row = 0; row < world.size; row++) if (groupOf[row]! >= 0) take(groupOf[row]!, numbers[row]!)
    return upper
  }
  const linked = over === undefined ? undefined : linkedRows(world, { text: over, at: use.at })
  if (linked === undefined) return refuse(use, '`limit` speaks of `group`, but `over` is no link to a device')
  const groupOnly = expression.paths.every((path) => path.startsWith('group.'))
  const done = new Uint8Array(groups.length)
  for (let row = 0; row < world.size; row++) {
    const group = groupOf[row]!
    if (group < 0 || done[group] === 1) continue
    const own = rowLookup(fleet, row)
    // Nothing is known of a device outside the fleet; the expression says what that means.
    const there = linked[row]! < 0 ? () => undefined : rowLookup(fleet, linked[row]!)
    const value = evaluate(expression.typed, (path) =>
      path.startsWith('group.') ? there(`device.${path.slice('group.'.length)}`) : own(path),
    )
    take(group, value === undefined ? NaN : (value as number))
    if (groupOnly) done[group] = 1
  }
  return upper
}
