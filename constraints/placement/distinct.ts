/**
 * Distinct: no two of the selected devices run the same variant (in whatever settings), and at most one of them runs nothing. Devices that are left alone are
 * not counted. Source: DivEnact's "all staging devices different", whose solver treats "no plan" as one more value that must differ.
 * The violation counts the devices beyond the first, on each variant and on none.
 */
import { z } from 'zod'
import { NONE } from '../../src/model/outcome.ts'
import { add } from '../../src/smt/build.ts'
import { above, countTerm } from '../counting.ts'
import { defineKind } from '../define-kind.ts'
import type { KindRows, Use } from '../kind.ts'
import { devicesText, groupsOf, seesOf, selecting } from '../selecting.ts'
import { variantCoefficient, variantIds } from '../variants.ts'

const parameters = z.strictObject({ ...selecting })
type Parameters = z.output<typeof parameters>

function rows(use: Use<Parameters>): KindRows {
  const none = new Float64Array(use.choices.length)
  none[NONE] = 1
  const parts = [
    ...variantIds(use).map((id) => ({ part: id, coefficient: variantCoefficient(use, id) })),
    { part: 'none', coefficient: none },
  ]
  const result = groupsOf(use).flatMap(({ classes }) => parts.map((part) => ({ group: '', lower: -Infinity, upper: 1, classes, ...part })))
  return { rows: result, auxiliaries: [] }
}

export const distinct = defineKind<Parameters>({
  id: 'placement/distinct',
  says: 'selected devices all run different variants, and at most one of them nothing',
  policies: ['hard', 'soft', 'do-not-worsen'],
  parameters,
  sees: ({ of }) => seesOf(of),
  sets: () => [],
  rows,
  assertions: (use) =>
    groupsOf(use).map(({ classes }) => ({
      group: '',
      classes,
      violation: () => {
        const running = (id: string | undefined) =>
          countTerm(use, classes, (choice) => (id === undefined ? choice === NONE : use.choices[choice]!.variant === id))
        return add(...[...variantIds(use), undefined].map((id) => above(running(id), 1)))
      },
    })),
  because: ({ of }) => `${devicesText(of)} all run different variants, and at most one of them nothing`,
})
