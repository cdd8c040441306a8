/** Diversity: each of the variants (all, unless named) runs on more than, or at least, so many selected devices. */
import { partByVariant, type Counts } from '../demand.ts'
import { integerOf, parametersOf, refuse, textOf, textsOf } from '../parameters.ts'
import { selectionOf, variantsNamed } from '../selection.ts'
import type { PlacementChecker } from './checker.ts'

export const diversity: PlacementChecker = {
  kind: 'placement/diversity',
  demand(use, world): Counts {
    const written = parametersOf(use, ['variant', 'variants', 'more_than', 'at_least', 'of'])
    const named = [...(textsOf(use, written, 'variant') ?? []), ...(textsOf(use, written, 'variants') ?? [])]
    const wanted = [...new Set(variantsNamed(use, world, named.length === 0 ? world.model.variants.map(({ id }) => id) : named))]
    const moreThan = integerOf(use, written, 'more_than')
    const least = integerOf(use, written, 'at_least')
    if (moreThan === undefined && least === undefined) return refuse(use, 'neither `more_than` nor `at_least` is written')
    const threshold = Math.max(0, moreThan === undefined ? 0 : moreThan + 1, least ?? 0)
    const selection = selectionOf(use, world, textOf(use, written, 'of'), undefined)
    const lower = new Float64Array(selection.groups.length * wanted.length).fill(threshold)
    const upper = lower.map(() => world.size)
    const parts = wanted.map((variant) => world.model.variants[variant]!.id)
    return { is: 'counts', ...selection, parts, partOf: partByVariant(world, (variant) => wanted.indexOf(variant)), lower, upper }
  },
}
