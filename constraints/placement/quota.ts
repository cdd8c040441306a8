/**
 * Quota: how many of the selected devices of each group run the chosen variants: bounds in numbers or shares, or a multiple.
 * A share is of all selected devices of the group, those without a variant included; a maximum rounds down, a minimum rounds up, so an exact share that is no
 * whole number of devices cannot hold. The violation is the distance to each bound, plus the distance to the nearest multiple.
 */
import { z } from 'zod'
import { add, int, ite, le, mod, sub } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import { above, below, countTerm } from '../counting.ts'
import { defineKind } from '../define-kind.ts'
import type { KindRow, KindRows, Use } from '../kind.ts'
import {
  chosenSets,
  chosenText,
  choosing,
  count,
  devicesText,
  expression,
  groupsOf,
  groupText,
  seesOf,
  seesOver,
  selecting,
  waysToChoose,
  type Group,
} from '../selecting.ts'
import { atLeast, atMost, share, type Share } from '../share.ts'

const parameters = z
  .strictObject({
    ...choosing,
    ...selecting,
    over: expression.optional().describe('counts apart for each value of this'),
    min: count.optional().describe('at least so many'),
    max: count.optional().describe('at most so many'),
    exact: count.optional().describe('exactly so many'),
    multiple_of: count.min(1).optional().describe('a multiple of this'),
    share: z
      .strictObject({ min: share.optional(), max: share.optional(), exact: share.optional() })
      .optional()
      .describe('`min`, `max`, `exact` as parts of the selected devices: `20%`, `2/3`'),
  })
  .refine((written) => waysToChoose(written) === 1, 'one of `variant`, `variants` and `choose` is needed')
  .refine(
    ({ min, max, exact, multiple_of, share: shares }) =>
      [min, max, exact, multiple_of, shares?.min, shares?.max, shares?.exact].some((bound) => bound !== undefined),
    'a bound is needed: `min`, `max`, `exact`, `multiple_of` or `share`',
  )
type Parameters = z.output<typeof parameters>

/** The tightest bounds in devices; the lower one may be above the upper one. */
function bounds({ min, max, exact, share: shares }: Parameters, { devices }: Group): { readonly lower: number; readonly upper: number } {
  const least = (limit: Share | undefined): number => (limit === undefined ? -Infinity : atLeast(limit, devices))
  const most = (limit: Share | undefined): number => (limit === undefined ? Infinity : atMost(limit, devices))
  return {
    lower: Math.max(min ?? -Infinity, exact ?? -Infinity, least(shares?.min), least(shares?.exact)),
    upper: Math.min(max ?? Infinity, exact ?? Infinity, most(shares?.max), most(shares?.exact)),
  }
}

function rows(use: Use<Parameters>): KindRows {
  const coefficient = Float64Array.from(use.inSet('chosen'))
  const multiple = use.parameters.multiple_of
  const result: KindRow[] = []
  const auxiliaries: { name: string; lower: number; upper: number }[] = []
  for (const group of groupsOf(use)) {
    const { lower, upper } = bounds(use.parameters, group)
    const row = { group: group.name, part: '', classes: group.classes, coefficient }
    // INVARIANT: no row has its lower limit above its upper one; an exact share between two whole numbers becomes two rows that cannot both hold.
    if (lower > upper) result.push({ ...row, lower, upper: Infinity }, { ...row, lower: -Infinity, upper })
    else if (lower !== -Infinity || upper !== Infinity) result.push({ ...row, lower, upper })
    if (multiple === undefined) continue
    result.push({ ...row, part: 'multiple', lower: 0, upper: 0, auxiliary: [[auxiliaries.length, -multiple]] })
    auxiliaries.push({ name: `times[${group.name}]`, lower: 0, upper: Math.ceil(group.devices / multiple) })
  }
  return { rows: result, auxiliaries }
}

function violation(use: Use<Parameters>, group: Group): Term {
  const set = use.inSet('chosen')
  const running = countTerm(use, group.classes, (choice) => set[choice] === 1)
  const { min, max, exact, multiple_of: multiple, share: shares } = use.parameters
  const least = [min, exact, shares?.min && atLeast(shares.min, group.devices), shares?.exact && atLeast(shares.exact, group.devices)]
  const most = [max, exact, shares?.max && atMost(shares.max, group.devices), shares?.exact && atMost(shares.exact, group.devices)]
  const terms: Term[] = []
  const [floor, ceiling] = [least, most].map((limits) => limits.filter((limit) => limit !== undefined)) as [number[], number[]]
  if (floor.length > 0) terms.push(below(running, Math.max(...floor)))
  if (ceiling.length > 0) terms.push(above(running, Math.min(...ceiling)))
  if (multiple !== undefined) {
    const over = mod(running, int(multiple))
    const missing = sub(int(multiple), over)
    terms.push(ite(le(over, missing), over, missing))
  }
  return add(...terms)
}

function boundsText({ min, max, exact, multiple_of: multiple, share: shares }: Parameters): string {
  const parts = [
    exact === undefined ? '' : `exactly ${exact}`,
    shares?.exact === undefined ? '' : `exactly ${shares.exact.text}`,
    min === undefined ? '' : `at least ${min}`,
    shares?.min === undefined ? '' : `at least ${shares.min.text}`,
    max === undefined ? '' : `at most ${max}`,
    shares?.max === undefined ? '' : `at most ${shares.max.text}`,
    multiple === undefined ? '' : `a multiple of ${multiple}`,
  ]
  return parts.filter((part) => part !== '').join(' and ')
}

export const quota = defineKind<Parameters>({
  id: 'placement/quota',
  says: 'a number or share of the selected devices runs a variant or a set of variants: at least, at most, exactly, or a multiple',
  policies: ['hard', 'soft', 'do-not-worsen'],
  parameters,
  sees: ({ of, over }) => [...seesOf(of), ...seesOver(over)],
  sets: chosenSets,
  rows,
  assertions: (use) =>
    groupsOf(use).map((group) => ({ group: group.name, classes: group.classes, violation: () => violation(use, group) })),
  because: (written, group) => {
    const many = boundsText(written)
    return `${many} of the ${devicesText(written.of)}${groupText(group)} run ${chosenText(written)}`
  },
})
