/**
 * Distinct: no two of the selected devices of a group run the same variant (in whatever settings), and at most `allow_none` of them, one unless said
 * otherwise, run nothing. Devices that are left alone are not counted. Source: DivEnact's "all staging devices different", whose solver gives "no plan" to at
 * most one device. The violation counts the devices beyond the first on each variant, and those without one beyond `allow_none`.
 */
import { z } from 'zod'
import { NONE } from '../../src/model/outcome.ts'
import { add } from '../../src/smt/build.ts'
import { above, countTerm } from '../counting.ts'
import { defineKind } from '../define-kind.ts'
import type { KindRow, KindRows, Use } from '../kind.ts'
import { count, devicesText, expression, groupsOf, groupText, seesOf, seesOver, selecting } from '../selecting.ts'
import { variantCoefficient, variantIds } from '../variants.ts'

const parameters = z.strictObject({
  ...selecting,
  over: expression.optional().describe('different within each value of this'),
  allow_none: count.default(1).describe('devices that may run nothing'),
})
type Parameters = z.output<typeof parameters>

function rows(use: Use<Parameters>): KindRows {
  const ids = variantIds(use)
  const coefficients = ids.map((id) => variantCoefficient(use, id))
  const none = new Float64Array(use.choices.length)
  none[NONE] = 1
  const result: KindRow[] = []
  for (const group of groupsOf(use)) {
    const row = { group: group.name, classes: group.classes, lower: -Infinity }
    ids.forEach((id, i) => result.push({ ...row, part: id, upper: 1, coefficient: coefficients[i]! }))
    result.push({ ...row, part: 'none', upper: use.parameters.allow_none, coefficient: none })
  }
  return { rows: result, auxiliaries: [] }
}

export const distinct = defineKind<Parameters>({
  id: 'placement/distinct',
  says: 'selected devices all run different variants, and at most one of them nothing',
  policies: ['hard', 'soft'],
  parameters,
  sees: ({ of, over }) => [...seesOf(of), ...seesOver(over)],
  sets: () => [],
  rows,
  assertions: (use) =>
    groupsOf(use).map(({ name, classes }) => ({
      group: name,
      classes,
      violation: () => {
        const same = variantIds(use).map((id) =>
          above(
            countTerm(use, classes, (choice) => use.choices[choice]!.variant === id),
            1,
          ),
        )
        const nothing = countTerm(use, classes, (choice) => use.choices[choice]!.outcome === 'none')
        return add(...same, above(nothing, use.parameters.allow_none))
      },
    })),
  because: ({ of, allow_none: none }, group) =>
    `${devicesText(of)}${groupText(group)} all run different variants, and at most ${none} of them nothing`,
})
