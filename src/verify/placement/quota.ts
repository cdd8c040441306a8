/** Quota: of the selected devices, how many run one of some choices: bounds, exact numbers, multiples, shares of the devices of the group. */
import type { Counts } from '../demand.ts'
import { integerOf, parametersOf, refuse, textOf, textsOf, type Written } from '../parameters.ts'
import { choicesThat, selectionOf, variantsNamed } from '../selection.ts'
import { atLeast, atMost, readShare } from '../share.ts'
import type { PlacementChecker } from './checker.ts'

export const quota: PlacementChecker = {
  kind: 'placement/quota',
  demand(use, world): Counts {
    const written = parametersOf(use, ['variant', 'variants', 'choose', 'of', 'over', 'min', 'max', 'exact', 'multiple_of', 'share'])
    const names = [...(textsOf(use, written, 'variant') ?? []), ...(textsOf(use, written, 'variants') ?? [])]
    const choose = textOf(use, written, 'choose')
    if (names.length === 0 && choose === undefined) return refuse(use, 'no variant is named')
    const named = new Set(variantsNamed(use, world, names))
    // A choice counts if it is of a named variant and, where both are written, fits `choose` too.
    const chosen = choose === undefined ? undefined : choicesThat(use, world, choose)
    const partOf = Int32Array.from(world.options, ({ variant }, option) =>
      variant >= 0 && (names.length === 0 || named.has(variant)) && (chosen?.[option] ?? 1) === 1 ? 0 : -1,
    )

    const selection = selectionOf(use, world, textOf(use, written, 'of'), textOf(use, written, 'over'))
    const { sizes } = selection
    const exact = integerOf(use, written, 'exact')
    const share = shareOf(use, written)
    const least = Math.max(0, integerOf(use, written, 'min') ?? 0, exact ?? 0)
    const most = Math.min(integerOf(use, written, 'max') ?? Infinity, exact ?? Infinity)
    const lower = sizes.map((size) => Math.max(least, ...share.least.map((bound) => atLeast(bound, size))))
    const upper = sizes.map((size) => Math.min(most, size, ...share.most.map((bound) => atMost(bound, size))))
    const multiple = integerOf(use, written, 'multiple_of')
    if (multiple !== undefined && multiple < 1) return refuse(use, '`multiple_of` is not positive')
    return { is: 'counts', ...selection, parts: [''], partOf, lower, upper, ...(multiple === undefined ? {} : { multiple }) }
  },
}

function shareOf(
  use: Parameters<PlacementChecker['demand']>[0],
  written: Written,
): { readonly least: ReturnType<typeof readShare>[]; readonly most: ReturnType<typeof readShare>[] } {
  const share = written['share']
  if (share === undefined) return { least: [], most: [] }
  if (typeof share !== 'object' || share === null) return refuse(use, '`share` is not a mapping of min, max, exact')
  const bounds = share as Written
  for (const name of Object.keys(bounds))
    if (!['min', 'max', 'exact'].includes(name)) return refuse(use, `the checker does not know \`share.${name}\``)
  const read = (names: readonly string[]): ReturnType<typeof readShare>[] =>
    names.filter((name) => bounds[name] !== undefined).map((name) => readShare(bounds[name]))
  return { least: read(['min', 'exact']), most: read(['max', 'exact']) }
}
