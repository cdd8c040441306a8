/** Each used: every one of the variants runs on at least one device. The violation counts the variants that run nowhere. */
import { z } from 'zod'
import { add } from '../../src/smt/build.ts'
import { below, countTerm } from '../counting.ts'
import { defineKind } from '../define-kind.ts'
import { groupsOf, variantId } from '../selecting.ts'
import { listedIds, listedSets, listedText, variantCoefficient } from '../variants.ts'

const parameters = z.strictObject({
  variants: z.union([z.array(variantId).min(1), variantId.transform((id) => [id])]).describe('those that must run somewhere'),
})

export const eachUsed = defineKind<z.output<typeof parameters>>({
  id: 'placement/each-used',
  says: 'each of the named variants runs somewhere',
  policies: ['hard', 'soft', 'do-not-worsen'],
  parameters,
  sees: () => [],
  sets: listedSets,
  rows: (use) => ({
    rows: groupsOf({ ...use, parameters: {} }).flatMap(({ classes }) =>
      listedIds(use).map((id) => ({ group: '', part: id, lower: 1, upper: Infinity, classes, coefficient: variantCoefficient(use, id) })),
    ),
    auxiliaries: [],
  }),
  assertions: (use) =>
    groupsOf({ ...use, parameters: {} }).map(({ classes }) => ({
      group: '',
      classes,
      violation: () => {
        const running = (id: string) => countTerm(use, classes, (choice) => use.choices[choice]!.variant === id)
        return add(...listedIds(use).map((id) => below(running(id), 1)))
      },
    })),
  because: (written) =>
    written.variants.length === 1 ? `${listedText(written)} runs somewhere` : `each of ${listedText(written)} runs somewhere`,
})
