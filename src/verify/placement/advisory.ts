/** Advisory: no device runs a choice that the advisory affects; where that cannot be told, it does. Nothing and what is not ours are out of its reach. */
import type { ConstraintUse } from '../../model/fleet-model.ts'
import { choiceExpression, seenOf, truthForOption } from '../choice-expressions.ts'
import type { Forbidden } from '../demand.ts'
import { forbiddenKinds } from '../forbidden-kinds.ts'
import { parametersOf, refuse, textOf } from '../parameters.ts'
import { selectionOf } from '../selection.ts'
import type { World } from '../world.ts'
import type { PlacementChecker } from './checker.ts'

export const advisory: PlacementChecker = {
  kind: 'placement/advisory',
  demand(use, world): Forbidden {
    const written = parametersOf(use, ['id', 'affects', 'what', 'quarantine', 'of'])
    const affects = textOf(use, written, 'affects') ?? refuse(use, '`affects` is not written')
    const selection = selectionOf(use, world, textOf(use, written, 'of'), undefined)
    return { is: 'forbidden', ...selection, ...affectedKinds(use, world, affects) }
  },
}

function affectedKinds(use: ConstraintUse, world: World, text: string): Pick<Forbidden, 'kindOf' | 'forbidden'> {
  const expression = choiceExpression(world.model, { text, at: use.at }, 'bool', ['device'])
  const known = new Map<string, Uint8Array>()
  return forbiddenKinds(world, [expression.typed], (at, fleet) => {
    const option = world.options[at]!
    if (option.variant < 0) return undefined
    const key = seenOf(world.model, expression, option)
    // Anything but false: unknown counts as affected.
    const truth = known.get(key) ?? truthForOption(world.model, fleet, expression, option)
    known.set(key, truth)
    return truth
  })
}
