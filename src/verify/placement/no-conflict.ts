/** No conflict: within a group never all variants of a set side by side; a variant listed twice conflicts with itself, a set listed twice counts once. */
import type { Together } from '../demand.ts'
import { parametersOf, refuse, textOf } from '../parameters.ts'
import { selectionOf, variantsNamed } from '../selection.ts'
import type { PlacementChecker } from './checker.ts'

export const noConflict: PlacementChecker = {
  kind: 'placement/no-conflict',
  demand(use, world): Together {
    const written = parametersOf(use, ['over', 'pairs', 'sets'])
    const listed = ['pairs', 'sets'].flatMap((name) => {
      const value = written[name] ?? []
      return Array.isArray(value) ? (value as readonly unknown[]) : refuse(use, `\`${name}\` is not a list`)
    })
    const sets = new Map<string, Together['sets'][number]>()
    for (const set of listed) {
      if (!Array.isArray(set) || set.length === 0 || !set.every((name) => typeof name === 'string'))
        return refuse(use, 'a set is not a list of variants')
      const variants = variantsNamed(use, world, set)
      const members = [...new Set(variants)].sort((a, b) => a - b)
      const counted = members.map((variant) => ({ variant, times: variants.filter((other) => other === variant).length }))
      sets.set(JSON.stringify(counted), counted)
    }
    const selection = selectionOf(use, world, undefined, textOf(use, written, 'over'))
    return { is: 'together', ...selection, sets: [...sets.values()], variantOf: Int32Array.from(world.options, ({ variant }) => variant) }
  },
}
