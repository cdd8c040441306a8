/** Spread: in a group no variant runs on more than a share of the devices, the fullest is not far ahead of the emptiest, and several are there. */
import { partByVariant, type Counts } from '../demand.ts'
import { integerOf, parametersOf, refuse, textOf, textsOf } from '../parameters.ts'
import { selectionOf, variantsNamed } from '../selection.ts'
import { atMost, readShare } from '../share.ts'
import type { PlacementChecker } from './checker.ts'

export const spread: PlacementChecker = {
  kind: 'placement/spread',
  demand(use, world): Counts {
    const written = parametersOf(use, ['over', 'of', 'max_share', 'max_skew', 'min_distinct', 'variants'])
    const named = textsOf(use, written, 'variants') ?? world.model.variants.map(({ id }) => id)
    const listed = [...new Set(variantsNamed(use, world, named))]
    const share = written['max_share'] === undefined ? undefined : readShare(written['max_share'])
    const skew = integerOf(use, written, 'max_skew')
    const distinct = integerOf(use, written, 'min_distinct')
    if (share === undefined && skew === undefined && distinct === undefined)
      return refuse(use, 'none of `max_share`, `max_skew` and `min_distinct` is written')
    const selection = selectionOf(use, world, textOf(use, written, 'of'), textOf(use, written, 'over'))
    const upper = new Float64Array(selection.groups.length * listed.length)
    for (const [group, size] of selection.sizes.entries())
      upper.fill(share === undefined ? size : atMost(share, size), group * listed.length, (group + 1) * listed.length)
    return {
      is: 'counts',
      ...selection,
      parts: listed.map((variant) => world.model.variants[variant]!.id),
      partOf: partByVariant(world, (variant) => listed.indexOf(variant)),
      lower: new Float64Array(upper.length),
      upper,
      ...(skew === undefined ? {} : { skew }),
      ...(distinct === undefined ? {} : { leastParts: selection.sizes.map((size) => Math.min(distinct, size)) }),
    }
  },
}
