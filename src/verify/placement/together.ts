/** Together: the selected devices of a group that run a variant all run the same one, in whatever modes. */
import { partByVariant, type Counts } from '../demand.ts'
import { parametersOf, textOf } from '../parameters.ts'
import { selectionOf } from '../selection.ts'
import type { PlacementChecker } from './checker.ts'

export const together: PlacementChecker = {
  kind: 'placement/together',
  demand(use, world): Counts {
    const written = parametersOf(use, ['over', 'of'])
    const selection = selectionOf(use, world, textOf(use, written, 'of'), textOf(use, written, 'over'))
    const parts = world.model.variants.map(({ id }) => id)
    const lower = new Float64Array(selection.groups.length * parts.length)
    const upper = lower.map(() => world.size)
    return { is: 'counts', ...selection, parts, partOf: partByVariant(world, (variant) => variant), lower, upper, mostParts: 1 }
  },
}
