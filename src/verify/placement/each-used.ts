/** Each used: every one of the variants runs on some device. */
import { partByVariant, type Counts } from '../demand.ts'
import { parametersOf, refuse, textsOf } from '../parameters.ts'
import { selectionOf, variantsNamed } from '../selection.ts'
import type { PlacementChecker } from './checker.ts'

export const eachUsed: PlacementChecker = {
  kind: 'placement/each-used',
  demand(use, world): Counts {
    const written = parametersOf(use, ['variants'])
    const wanted = [...new Set(variantsNamed(use, world, textsOf(use, written, 'variants') ?? refuse(use, 'no variants are named')))]
    const selection = selectionOf(use, world, undefined, undefined)
    const lower = new Float64Array(selection.groups.length * wanted.length).fill(1)
    const upper = lower.map(() => world.size)
    const parts = wanted.map((variant) => world.model.variants[variant]!.id)
    return { is: 'counts', ...selection, parts, partOf: partByVariant(world, (variant) => wanted.indexOf(variant)), lower, upper }
  },
}
