/** Together: the selected devices of a group that run something all run the same variant, in whatever settings. The violation counts the different variants beyond the first. */
import { z } from 'zod'
import { add, ge, int, ite } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import { above, countTerm } from '../counting.ts'
import { defineKind } from '../define-kind.ts'
import type { KindRow, KindRows, Use } from '../kind.ts'
import { overAuxiliaries, presence } from '../presence.ts'
import { devicesText, expression, groupsOf, groupText, seesOf, seesOver, selecting, type Group } from '../selecting.ts'
import { variantIds } from '../variants.ts'

const parameters = z.strictObject({ over: expression.describe('what groups devices, such as `device.site`'), ...selecting })
type Parameters = z.output<typeof parameters>

function rows(use: Use<Parameters>): KindRows {
  const result: KindRow[] = []
  const auxiliaries: { name: string; lower: number; upper: number }[] = []
  for (const group of groupsOf(use)) {
    const there = presence(use, group, variantIds(use), 'up', auxiliaries.length)
    if (there.variants.length < 2) continue
    const different = overAuxiliaries(
      group.name,
      '',
      1,
      there.auxiliary.map((a) => [a, 1] as const),
    )
    result.push(...there.rows, different)
    auxiliaries.push(...there.auxiliaries)
  }
  return { rows: result, auxiliaries }
}

function violation(use: Use<Parameters>, { classes }: Group): Term {
  const there = variantIds(use).map((id) =>
    ge(
      countTerm(use, classes, (choice) => use.choices[choice]!.variant === id),
      int(1),
    ),
  )
  return above(add(...there.map((runs) => ite(runs, int(1), int(0)))), 1)
}

export const together = defineKind<Parameters>({
  id: 'placement/together',
  says: 'selected devices of a group that run something all run the same variant',
  policies: ['hard', 'soft', 'do-not-worsen'],
  parameters,
  sees: ({ of, over }) => [...seesOf(of), ...seesOver(over)],
  sets: () => [],
  rows,
  assertions: (use) =>
    groupsOf(use).map((group) => ({ group: group.name, classes: group.classes, violation: () => violation(use, group) })),
  because: ({ of, over }, group) =>
    `${devicesText(of)}${group === '' ? ` of one \`${over}\`` : groupText(group)} run the same variant, if any`,
})
