/** Distinct: the selected devices that got a variant all run different ones, and at most one selected device got none. */
import { partByVariant, type Counts } from '../demand.ts'
import { parametersOf, textOf } from '../parameters.ts'
import { selectionOf } from '../selection.ts'
import { NONE } from '../../model/outcome.ts'
import type { PlacementChecker } from './checker.ts'

export const distinct: PlacementChecker = {
  kind: 'placement/distinct',
  demand(use, world): Counts {
    const written = parametersOf(use, ['of'])
    const selection = selectionOf(use, world, textOf(use, written, 'of'), undefined)
    const variants = world.model.variants.map(({ id }) => id)
    const partOf = partByVariant(world, (variant) => variant)
    // `unmanaged` is neither: the device runs something that is not ours.
    partOf[NONE] = variants.length
    const limits = selection.groups.length * (variants.length + 1)
    return {
      is: 'counts',
      ...selection,
      parts: [...variants, 'none'],
      partOf,
      lower: new Float64Array(limits),
      upper: new Float64Array(limits).fill(1),
    }
  },
}
