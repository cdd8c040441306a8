/** Each used: every one of the named variants runs on at least one selected device. The violation counts the variants that run nowhere. */
import { z } from 'zod'
import { add } from '../../src/smt/build.ts'
import { below, countTerm } from '../counting.ts'
import { defineKind } from '../define-kind.ts'
import { devicesText, groupsOf, seesOf, selecting } from '../selecting.ts'
import { listed, listedSets, listedText, listing, variantCoefficient } from '../variants.ts'

const parameters = z.strictObject({ ...selecting, ...listing })
type Parameters = z.output<typeof parameters>

export const eachUsed = defineKind<Parameters>({
  id: 'placement/each_used',
  says: 'each of the named variants runs somewhere',
  policies: ['hard', 'soft'],
  parameters,
  sees: ({ of }) => seesOf(of),
  sets: listedSets,
  rows: (use) => ({
    rows: groupsOf(use).flatMap(({ classes }) =>
      listed(use).map((id) => ({ group: '', part: id, lower: 1, upper: Infinity, classes, coefficient: variantCoefficient(use, id) })),
    ),
    auxiliaries: [],
  }),
  assertions: (use) =>
    groupsOf(use).map(({ classes }) => ({
      group: '',
      classes,
      violation: () =>
        add(
          ...listed(use).map((id) =>
            below(
              countTerm(use, classes, (choice) => use.choices[choice]!.variant === id),
              1,
            ),
          ),
        ),
    })),
  because: (written) => `${listedText(written)} run on at least one of the ${devicesText(written.of)}`,
})
