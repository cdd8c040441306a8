/**
 * Spread: in each group, variants are not too uneven: no variant on more than a share of the selected devices, the most and the least used not too far
 * apart, enough different ones. A share is of all selected devices of the group, rounded down; a group of fewer devices than `min_distinct` needs as many
 * variants as it has devices. The violation adds, over the variants, the devices above the share, the skew above its limit, and the variants that are missing.
 */
import { z } from 'zod'
import { add, ge, int, ite, maximum, sub } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import { above, below, countTerm } from '../counting.ts'
import { defineKind } from '../define-kind.ts'
import type { KindRow, KindRows, Use } from '../kind.ts'
import { presence } from '../presence.ts'
import { count, devicesText, expression, groupsOf, groupText, seesOf, seesOver, selecting, variantId, type Group } from '../selecting.ts'
import { atMost, share } from '../share.ts'
import { listedIds, listedSets, listedText, variantCoefficient } from '../variants.ts'

const parameters = z
  .strictObject({
    over: expression.optional().describe('what groups devices, such as `device.site`; the whole fleet where absent'),
    ...selecting,
    variants: z.array(variantId).min(1).optional().describe('those that are looked at; all where absent'),
    max_share: share.optional().describe('no variant on more than this share of the devices: `60%`'),
    max_skew: count.optional().describe('how many devices the most used variant may have more than the least used one'),
    min_distinct: count.optional().describe('so many different variants at least'),
  })
  .refine(
    ({ max_share: most, max_skew: skew, min_distinct: distinct }) => [most, skew, distinct].some((limit) => limit !== undefined),
    'a limit is needed: `max_share`, `max_skew` or `min_distinct`',
  )
type Parameters = z.output<typeof parameters>

interface Drafts {
  readonly rows: KindRow[]
  readonly auxiliaries: { name: string; lower: number; upper: number }[]
}

function rows(use: Use<Parameters>): KindRows {
  const { max_share: most, max_skew: skew, min_distinct: distinct } = use.parameters
  const drafts: Drafts = { rows: [], auxiliaries: [] }
  const ids = [...new Set(listedIds(use))]
  for (const group of groupsOf(use)) {
    const row = { group: group.name, classes: group.classes }
    if (most !== undefined) {
      const upper = atMost(most, group.devices)
      for (const id of ids) drafts.rows.push({ ...row, part: id, lower: -Infinity, upper, coefficient: variantCoefficient(use, id) })
    }
    if (skew !== undefined) addSkew(use, group, ids, skew, drafts)
    if (distinct !== undefined) {
      const there = presence(use, group, ids, 'down', drafts.auxiliaries.length)
      drafts.rows.push(...there.rows, {
        ...row,
        part: 'distinct',
        lower: Math.min(distinct, group.devices),
        upper: Infinity,
        classes: new Int32Array(),
        auxiliary: there.auxiliary.map((a) => [a, 1] as const),
      })
      drafts.auxiliaries.push(...there.auxiliaries)
    }
  }
  return drafts
}

/** An auxiliary above every count and one below: their difference is the skew where they are as close as can be. */
function addSkew(
  use: Use<Parameters>,
  { name, classes, devices }: Group,
  ids: readonly string[],
  skew: number,
  { rows: drafted, auxiliaries }: Drafts,
): void {
  const [most, least] = [auxiliaries.length, auxiliaries.length + 1]
  auxiliaries.push({ name: `most[${name}]`, lower: 0, upper: devices }, { name: `least[${name}]`, lower: 0, upper: devices })
  for (const id of ids) {
    const row = { group: name, classes, coefficient: variantCoefficient(use, id), always: true } as const
    drafted.push({ ...row, part: `most ${id}`, lower: -Infinity, upper: 0, auxiliary: [[most, -1]] })
    drafted.push({ ...row, part: `least ${id}`, lower: 0, upper: Infinity, auxiliary: [[least, -1]] })
  }
  const auxiliary = [[most, 1] as const, [least, -1] as const]
  drafted.push({ group: name, part: 'skew', lower: -Infinity, upper: skew, classes: new Int32Array(), auxiliary })
}

function violation(use: Use<Parameters>, group: Group): Term {
  const { max_share: most, max_skew: skew, min_distinct: distinct } = use.parameters
  const counts = [...new Set(listedIds(use))].map((id) => countTerm(use, group.classes, (choice) => use.choices[choice]!.variant === id))
  const terms: Term[] = []
  if (most !== undefined) terms.push(...counts.map((one) => above(one, atMost(most, group.devices))))
  if (skew !== undefined) {
    const least = counts.reduce((a, b) => ite(ge(a, b), b, a))
    terms.push(above(sub(counts.reduce(maximum), least), skew))
  }
  if (distinct !== undefined) {
    const there = add(...counts.map((one) => ite(ge(one, int(1)), int(1), int(0))))
    terms.push(below(there, Math.min(distinct, group.devices)))
  }
  return add(...terms)
}

export const spread = defineKind<Parameters>({
  id: 'placement/spread',
  says: 'in each group, no variant has more than a share of the devices, their numbers are not too far apart, or enough different ones run',
  policies: ['hard', 'soft', 'do-not-worsen'],
  parameters,
  sees: ({ of, over }) => [...seesOf(of), ...seesOver(over)],
  sets: listedSets,
  rows,
  assertions: (use) =>
    groupsOf(use).map((group) => ({ group: group.name, classes: group.classes, violation: () => violation(use, group) })),
  because: (written, group) => {
    const { of, over, max_share: most, max_skew: skew, min_distinct: distinct } = written
    const which = written.variants === undefined ? 'variant' : `of ${listedText(written)}`
    const limits = [
      ...(most === undefined ? [] : [`no ${which} runs on more than ${most.text}`]),
      ...(skew === undefined ? [] : [`the most used ${which} runs on at most ${skew} more than the least used`]),
      ...(distinct === undefined ? [] : [`at least ${distinct} ${written.variants === undefined ? 'different variants' : which} run`]),
    ]
    const each = group === '' && over !== undefined ? ` for each \`${over}\`` : groupText(group)
    return `${limits.join(' and ')} among the ${devicesText(of)}${each}`
  },
})
