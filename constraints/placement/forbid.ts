/** Forbid: selected devices never run one of the variants. */
import { z } from 'zod'
import { defineKind } from '../define-kind.ts'
import { allowed, exclusionMeaning, exclusionRows, type Exclusion } from '../excluding.ts'
import type { Use } from '../kind.ts'
import { devicesText, seesOf, selected, selecting, variantId } from '../selecting.ts'
import { namedIds } from '../variants.ts'

const parameters = z
  .strictObject({
    ...selecting,
    variant: variantId.optional().describe('one variant'),
    variants: z.array(variantId).min(1).optional().describe('several variants'),
  })
  .refine((written) => namedIds(written).length > 0, 'no variant is named: give `variant` or `variants`')
type Parameters = z.output<typeof parameters>

function exclusion(use: Use<Parameters>): Exclusion {
  const set = use.inSet('forbidden')
  return { selected: selected(use), excludes: (_, choice) => set[choice] === 1 }
}

export const forbid = defineKind<Parameters>({
  id: 'placement/forbid',
  says: 'selected devices do not run the named variants',
  policies: ['hard', 'soft', 'do-not-worsen'],
  parameters,
  sees: ({ of }) => seesOf(of),
  sets: (written) => [{ name: 'forbidden', variants: namedIds(written), path: [written.variants === undefined ? 'variant' : 'variants'] }],
  allows: (use) => allowed(exclusion(use)),
  rows: (use) => exclusionRows(use, exclusion(use)),
  assertions: (use) => exclusionMeaning(use, exclusion(use)),
  because: (written) =>
    `${devicesText(written.of)} never run ${namedIds(written)
      .map((id) => `\`${id}\``)
      .join(' or ')}`,
})
