/** Pin: every selected device runs the variant, in whatever mode. */
import type { Forbidden } from '../demand.ts'
import { parametersOf, refuse, textOf } from '../parameters.ts'
import { forEveryRow, selectionOf, variantsNamed } from '../selection.ts'
import type { PlacementChecker } from './checker.ts'

export const pin: PlacementChecker = {
  kind: 'placement/pin',
  demand(use, world): Forbidden {
    const written = parametersOf(use, ['of', 'variant'])
    const name = textOf(use, written, 'variant') ?? refuse(use, 'no variant is named')
    const [pinned] = variantsNamed(use, world, [name])
    const selection = selectionOf(use, world, textOf(use, written, 'of'), undefined)
    return { is: 'forbidden', ...selection, ...forEveryRow(world, (option) => option.variant !== pinned) }
  },
}
