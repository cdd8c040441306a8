/** Pin: selected devices run the variant, in whatever settings. Running nothing does not do, nor does being left alone. */
import { z } from 'zod'
import { defineKind } from '../define-kind.ts'
import { allowed, exclusionMeaning, exclusionRows, type Exclusion } from '../excluding.ts'
import type { Use } from '../kind.ts'
import { devicesText, seesOf, selected, selecting, variantId } from '../selecting.ts'

const parameters = z.strictObject({ ...selecting, variant: variantId.describe('what they run') })
type Parameters = z.output<typeof parameters>

function exclusion(use: Use<Parameters>): Exclusion {
  const set = use.inSet('pinned')
  return { selected: selected(use), excludes: (_, choice) => set[choice] !== 1 }
}

export const pin = defineKind<Parameters>({
  id: 'placement/pin',
  says: 'selected devices run the named variant',
  policies: ['hard', 'soft', 'do-not-worsen'],
  parameters,
  sees: ({ of }) => seesOf(of),
  sets: ({ variant }) => [{ name: 'pinned', variants: [variant], path: ['variant'] }],
  allows: (use) => allowed(exclusion(use)),
  rows: (use) => exclusionRows(use, exclusion(use)),
  assertions: (use) => exclusionMeaning(use, exclusion(use)),
  because: ({ of, variant }) => `${devicesText(of)} are pinned to \`${variant}\``,
})
