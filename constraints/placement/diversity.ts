/**
 * Diversity: each of the variants (all, unless named) runs on more than, or at least, so many selected devices, so that no single flaw reaches too many.
 * The violation counts, over the variants, the devices that are missing.
 */
import { z } from 'zod'
import { add } from '../../src/smt/build.ts'
import { below, countTerm } from '../counting.ts'
import { defineKind } from '../define-kind.ts'
import { count, devicesText, groupsOf, seesOf, selecting, variantId } from '../selecting.ts'
import { listedIds, listedSets, listedText, namedIds, variantCoefficient } from '../variants.ts'

const parameters = z
  .strictObject({
    ...selecting,
    variant: variantId.optional().describe('one variant'),
    variants: z.array(variantId).min(1).optional().describe('several variants, each on its own; all where absent'),
    more_than: count.optional().describe('each variant on more devices than this'),
    at_least: count.optional().describe('each variant on this many devices'),
  })
  .refine(
    ({ more_than: more, at_least: least }) => (more === undefined) !== (least === undefined),
    'one of `more_than` and `at_least` is needed',
  )
type Parameters = z.output<typeof parameters>

const threshold = ({ more_than: more, at_least: least }: Parameters): number => (more === undefined ? (least ?? 0) : more + 1)

export const diversity = defineKind<Parameters>({
  id: 'placement/diversity',
  says: 'each of the named variants runs on more than, or at least, a number of the selected devices',
  policies: ['hard', 'soft', 'do-not-worsen'],
  parameters,
  sees: ({ of }) => seesOf(of),
  sets: listedSets,
  rows: (use) => ({
    rows: groupsOf(use).flatMap(({ classes }) =>
      listedIds(use).map((id) => {
        const coefficient = variantCoefficient(use, id)
        return { group: '', part: id, lower: threshold(use.parameters), upper: Infinity, classes, coefficient }
      }),
    ),
    auxiliaries: [],
  }),
  assertions: (use) =>
    groupsOf(use).map(({ classes }) => ({
      group: '',
      classes,
      violation: () => {
        const running = (id: string) => countTerm(use, classes, (choice) => use.choices[choice]!.variant === id)
        return add(...listedIds(use).map((id) => below(running(id), threshold(use.parameters))))
      },
    })),
  because: (written) => {
    const many = written.more_than === undefined ? `at least ${written.at_least ?? 0}` : `more than ${written.more_than}`
    const run = namedIds(written).length === 1 ? 'runs' : 'each run'
    return `${listedText(written)} ${run} on ${many} of the ${devicesText(written.of)}`
  },
})
