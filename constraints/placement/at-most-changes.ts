/**
 * At most changes: of the selected devices of each group, no more than a number or share ends otherwise than it runs today. A share is of all selected
 * devices of the group and rounds down. A device that the model does not know what it runs changes unless it ends with nothing; one left alone never does.
 * The violation counts the changed devices beyond the limit.
 */
import { z } from 'zod'
import { UNMANAGED } from '../../src/model/outcome.ts'
import { above, countTerm, weighed } from '../counting.ts'
import { defineKind } from '../define-kind.ts'
import type { Use } from '../kind.ts'
import { count, devicesText, expression, groupsOf, groupText, seesOf, seesOver, selecting, type Group } from '../selecting.ts'
import { atMost, share } from '../share.ts'

const parameters = z.strictObject({
  max: z.union([count, share]).describe('a number of devices, or a share of the selected ones: `30%`'),
  over: expression.optional().describe('counts apart for each value of this'),
  ...selecting,
})
type Parameters = z.output<typeof parameters>

const limitOf = ({ parameters: { max } }: Use<Parameters>, { devices }: Group): number =>
  typeof max === 'number' ? max : atMost(max, devices)

/** `unmanaged` is for devices left alone, and stands for what runs today where the model does not know it. */
const changed = (use: Use<Parameters>, c: number, choice: number): boolean => choice !== UNMANAGED && use.changes(c, choice)

export const atMostChanges = defineKind<Parameters>({
  id: 'placement/at-most-changes',
  says: 'no more than a number or share of the selected devices ends otherwise than it runs today',
  policies: ['hard', 'soft', 'do-not-worsen'],
  parameters,
  sees: ({ of, over }) => [...seesOf(of), ...seesOver(over)],
  sets: () => [],
  rows: (use) => ({
    rows: groupsOf(use).map((group) => ({
      group: group.name,
      part: '',
      lower: -Infinity,
      upper: limitOf(use, group),
      ...weighed(use, group.classes, (c, choice) => (changed(use, c, choice) ? 1 : 0)),
    })),
    auxiliaries: [],
  }),
  assertions: (use) =>
    groupsOf(use).map((group) => ({
      group: group.name,
      classes: group.classes,
      violation: () =>
        above(
          countTerm(use, group.classes, (choice, c) => changed(use, c, choice)),
          limitOf(use, group),
        ),
    })),
  because: ({ max, over, of }, group) => {
    const each = group === '' && over !== undefined ? ` of each \`${over}\`` : groupText(group)
    return `at most ${typeof max === 'number' ? max : max.text} of the ${devicesText(of)}${each} change`
  },
})
