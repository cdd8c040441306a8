/**
 * Risk: in each group, the largest risk of a device, or the sum of all, stays within a limit. Only a variant carries risk; one that is unknown counts as `UNKNOWN_AMOUNT`.
 * The violation is how far the largest risk is above `max`, plus how far the sum is above `sum`.
 */
import { z } from 'zod'
import { add, ge, int, ite } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import { above, countTerm, weighed, weighTerm } from '../counting.ts'
import { UNKNOWN_AMOUNT } from '../../src/model/units.ts'
import { defineKind } from '../define-kind.ts'
import type { KindRow, KindRows, Use } from '../kind.ts'
import { overAuxiliaries } from '../presence.ts'
import { devicesText, devicesThatCould, expression, groupsOf, groupText, seesOf, seesOver, selecting, type Group } from '../selecting.ts'

const parameters = z
  .strictObject({
    per: expression.describe('the risk of a device, an integer over `variant.*`, `settings.*` and `device.*`'),
    over: expression.optional().describe('what groups devices; the whole fleet where absent'),
    ...selecting,
    max: z.int().optional().describe('no device above this'),
    sum: z.int().optional().describe('all devices of the group together not above this'),
  })
  .refine(({ max, sum }) => max !== undefined || sum !== undefined, 'a limit is needed: `max` or `sum`')
type Parameters = z.output<typeof parameters>

function riskOf(use: Use<Parameters>): (c: number, choice: number) => number {
  const per = use.judged('per')
  return (c, choice) => {
    const risk = use.choices[choice]!.outcome === 'variant' ? per(c, choice) : 0
    return Number.isNaN(risk) ? UNKNOWN_AMOUNT : risk
  }
}

/** Different risks above the limit that devices of the group could carry, ascending. */
function risksAbove(use: Use<Parameters>, { classes }: Group, max: number, risk: (c: number, choice: number) => number): readonly number[] {
  const found = new Set<number>()
  for (const c of classes) {
    for (let j = use.columnStart[c]!; j < use.columnStart[c + 1]!; j++) found.add(risk(c, use.columnChoice[j]!))
  }
  return [...found].filter((value) => value > max).sort((a, b) => a - b)
}

function rows(use: Use<Parameters>): KindRows {
  const { max, sum } = use.parameters
  const risk = riskOf(use)
  const result: KindRow[] = []
  const auxiliaries: { name: string; lower: number; upper: number }[] = []
  for (const group of groupsOf(use)) {
    const row = { group: group.name, lower: -Infinity }
    if (sum !== undefined) result.push({ ...row, part: '', upper: sum, ...weighed(use, group.classes, risk) })
    if (max === undefined) continue
    // `none` and the like carry no risk, which is above a negative limit too.
    const risks = risksAbove(use, group, max, risk)
    const atLeast = (least: number) => (c: number, choice: number) => (risk(c, choice) >= least ? 1 : 0)
    if (!use.counted) {
      if (risks.length > 0) result.push({ ...row, part: 'max', upper: 0, ...weighed(use, group.classes, atLeast(risks[0]!)) })
      continue
    }
    const steps = risks.map((value, i): readonly [number, number] => {
      const auxiliary = auxiliaries.length
      auxiliaries.push({ name: `risk[${group.name}][${value}]`, lower: 0, upper: 1 })
      const devices = devicesThatCould(use, group, (choice, c) => risk(c, choice) >= value)
      const part = `risk ${value}`
      result.push({
        ...row,
        part,
        upper: 0,
        ...weighed(use, group.classes, atLeast(value)),
        auxiliary: [[auxiliary, -devices]],
        always: true,
      })
      return [auxiliary, value - (risks[i - 1] ?? max)]
    })
    if (steps.length > 0) result.push(overAuxiliaries(group.name, 'max', 0, steps))
  }
  return { rows: result, auxiliaries }
}

function violation(use: Use<Parameters>, group: Group): Term {
  const { max, sum } = use.parameters
  const risk = riskOf(use)
  const terms: Term[] = []
  if (max !== undefined) {
    const carried = (value: number): Term =>
      ge(
        countTerm(use, group.classes, (choice, c) => risk(c, choice) === value),
        int(1),
      )
    terms.push(risksAbove(use, group, max, risk).reduce<Term>((below, value) => ite(carried(value), int(value - max), below), int(0)))
  }
  if (sum !== undefined) terms.push(above(weighTerm(use, group.classes, risk), sum))
  return add(...terms)
}

export const risk = defineKind<Parameters>({
  id: 'placement/risk',
  says: "the largest risk of a group's devices, or the sum of their risks, stays within a limit",
  policies: ['hard', 'soft', 'do-not-worsen'],
  parameters,
  sees: ({ of, over }) => [...seesOf(of), ...seesOver(over)],
  sets: () => [],
  judges: ({ per }) => [{ name: 'per', text: per, yields: 'number', path: ['per'] }],
  rows,
  assertions: (use) =>
    groupsOf(use).map((group) => ({ group: group.name, classes: group.classes, violation: () => violation(use, group) })),
  because: ({ per, of, over, max, sum }, group) => {
    const limits = [...(max === undefined ? [] : [`no device above ${max}`]), ...(sum === undefined ? [] : [`at most ${sum} together`])]
    const each = group === '' && over !== undefined ? ` for each \`${over}\`` : groupText(group)
    return `the risk \`${per}\` ${of === undefined ? '' : `of ${devicesText(of)} `}stays within limits${each}: ${limits.join(', ')}`
  },
})
