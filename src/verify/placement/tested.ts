/** Tested: a device runs a variant only if a result for that variant speaks of devices like it. */
import { truthByRow, TRUE } from '../expressions.ts'
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
    const untested = new Map<number, Uint8Array>()
    const results: readonly unknown[] = written['results']
    for (const entry of results) {
      const result = parametersOf({ ...use, parameters: entry }, ['variant', 'when'])
      const [variant] = variantsNamed(use, world, [text(use, result, 'variant')])
      const when = truthByRow(world.model, world.fleet, { text: text(use, result, 'when'), at: use.at })
      const open = untested.get(variant!) ?? new Uint8Array(world.size).fill(1)
      for (let row = 0; row < world.size; row++) if (when[row] === TRUE) open[row] = 0
      untested.set(variant!, open)
    }
    const never = Uint8Array.of(1)
    const selection = selectionOf(use, world, textOf(use, written, 'of'), undefined)
    return {
      is: 'forbidden',
      ...selection,
      ...forbiddenKinds(world, (option) => {
        const { variant } = world.options[option]!
        return variant < 0 ? undefined : (untested.get(variant) ?? never)
      }),
    }
  },
}

function text(use: Parameters<PlacementChecker['demand']>[0], result: Written, name: string): string {
  return textOf(use, result, name) ?? refuse(use, `a result has no \`${name}\``)
}
