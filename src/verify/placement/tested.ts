/** Tested: a device runs a variant only if a result for that variant speaks of devices like it. */
import { evaluateTruth } from '../../expression/columns.ts'
import { fleetScope } from '../../expression/scope.ts'
import { TRUE, typed } from '../expressions.ts'
import type { Forbidden } from '../demand.ts'
import { forbiddenKinds } from '../forbidden-kinds.ts'
import { parametersOf, refuse, textOf, type Written } from '../parameters.ts'
import { selectionOf, variantsNamed } from '../selection.ts'
import type { PlacementChecker } from './checker.ts'

export const tested: PlacementChecker = {
  kind: 'placement/tested',
  demand(use, world): Forbidden {
    const written = parametersOf(use, ['results', 'of'])
    if (!Array.isArray(written['results'])) return refuse(use, '`results` is not a list')
    const results = (written['results'] as readonly unknown[]).map((entry) => {
      const result = parametersOf({ ...use, parameters: entry }, ['variant', 'when'])
      const [variant] = variantsNamed(use, world, [text(use, result, 'variant')])
      return { variant, when: typed({ text: text(use, result, 'when'), at: use.at }, fleetScope(world.model), 'bool') }
    })
    const selection = selectionOf(use, world, textOf(use, written, 'of'), undefined)
    const kinds = forbiddenKinds(
      world,
      results.map(({ when }) => when),
      (option, fleet) => {
        const { variant } = world.options[option]!
        if (variant < 0) return undefined
        const open = new Uint8Array(fleet.size).fill(1)
        for (const result of results) {
          if (result.variant !== variant) continue
          const when = evaluateTruth(result.when, fleet)
          for (let row = 0; row < open.length; row++) if (when[row] === TRUE) open[row] = 0
        }
        return open
      },
    )
    return { is: 'forbidden', ...selection, ...kinds }
  },
}

function text(use: Parameters<PlacementChecker['demand']>[0], result: Written, name: string): string {
  return textOf(use, result, name) ?? refuse(use, `a result has no \`${name}\``)
}
