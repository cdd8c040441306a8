/** Apart: in a group never two different ones of the listed variants side by side. */
import { byVariant, type Together } from '../demand.ts'
import { parametersOf, refuse, textOf, textsOf } from '../parameters.ts'
import { selectionOf, variantsNamed } from '../selection.ts'
import type { PlacementChecker } from './checker.ts'

export const apart: PlacementChecker = {
  kind: 'placement/apart',
  demand(use, world): Together {
    const written = parametersOf(use, ['over', 'of', 'variants'])
    const names = textsOf(use, written, 'variants') ?? refuse(use, 'no variants are named')
    const listed = [...new Set(variantsNamed(use, world, names))]
    const sets = listed.flatMap((one, at) =>
      listed.slice(at + 1).map((other) => [
        { variant: one, times: 1 },
        { variant: other, times: 1 },
      ]),
    )
    const selection = selectionOf(use, world, textOf(use, written, 'of'), textOf(use, written, 'over'))
    return { is: 'together', ...selection, sets, ...byVariant(world) }
  },
}
