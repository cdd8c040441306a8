/** Forbid: no selected device runs one of the variants. */
import type { Forbidden } from '../demand.ts'
import { parametersOf, refuse, textOf, textsOf } from '../parameters.ts'
import { forEveryRow, selectionOf, variantsNamed } from '../selection.ts'
import type { PlacementChecker } from './checker.ts'

export const forbid: PlacementChecker = {
  kind: 'placement/forbid',
  demand(use, world): Forbidden {
    const written = parametersOf(use, ['of', 'variant', 'variants'])
    const names = [...(textsOf(use, written, 'variant') ?? []), ...(textsOf(use, written, 'variants') ?? [])]
    if (names.length === 0) return refuse(use, 'no variant is named')
    const away = new Set(variantsNamed(use, world, names))
    const selection = selectionOf(use, world, textOf(use, written, 'of'), undefined)
    return { is: 'forbidden', ...selection, ...forEveryRow(world, (option) => away.has(option.variant)) }
  },
}
