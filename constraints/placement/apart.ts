/**
 * Apart: in a group (a value of `over`, or the whole fleet), no two different variants of the list run side by side.
 * The violation counts the pairs of listed variants that are both there.
 */
import { z } from 'zod'
import { add, and, ge, int, ite } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import { countTerm } from '../counting.ts'
import { defineKind } from '../define-kind.ts'
import type { KindRow, KindRows, Use } from '../kind.ts'
import { overAuxiliaries, presence } from '../presence.ts'
import { expression, groupsOf, seesOver, variantId, type Group } from '../selecting.ts'
import { listedIds, listedSets } from '../variants.ts'

const parameters = z.strictObject({
  over: expression.optional().describe('what makes devices stand side by side, such as `device.room`; the whole fleet where absent'),
  variants: z.array(variantId).min(1).describe('of these, one at most in a group'),
})
type Parameters = z.output<typeof parameters>

function rows(use: Use<Parameters>): KindRows {
  const result: KindRow[] = []
  const auxiliaries: { name: string; lower: number; upper: number }[] = []
  for (const group of groupsOf(use)) {
    const there = presence(use, group, listedIds(use), 'up', auxiliaries.length)
    if (there.variants.length < 2) continue
    result.push(...there.rows)
    auxiliaries.push(...there.auxiliaries)
    if (use.counted) result.push(...pairsOf(there.auxiliary).map(([a, b]) => pairRow(group.name, there.variants, there.auxiliary, a, b)))
    else
      result.push(
        overAuxiliaries(
          group.name,
          '',
          1,
          there.auxiliary.map((a) => [a, 1] as const),
        ),
      )
  }
  return { rows: result, auxiliaries }
}

function pairRow(group: string, variants: readonly string[], auxiliary: readonly number[], a: number, b: number): KindRow {
  const name = [a, b].map((one) => variants[auxiliary.indexOf(one)]!).join(' + ')
  return overAuxiliaries(group, name, 1, [
    [a, 1],
    [b, 1],
  ])
}

const pairsOf = <T>(list: readonly T[]): readonly (readonly [T, T])[] =>
  list.flatMap((a, i) => list.slice(i + 1).map((b) => [a, b] as const))

function violation(use: Use<Parameters>, { classes }: Group): Term {
  const runs = (id: string): Term =>
    ge(
      countTerm(use, classes, (choice) => use.choices[choice]!.variant === id),
      int(1),
    )
  return add(...pairsOf(listedIds(use)).map(([a, b]) => ite(and(runs(a), runs(b)), int(1), int(0))))
}

export const apart = defineKind<Parameters>({
  id: 'placement/apart',
  says: 'of the named variants, devices in one group run one at most',
  policies: ['hard', 'soft', 'do-not-worsen'],
  parameters,
  sees: ({ over }) => seesOver(over),
  sets: listedSets,
  rows,
  assertions: (use) =>
    groupsOf(use).map((group) => ({ group: group.name, classes: group.classes, violation: () => violation(use, group) })),
  because: ({ over, variants }, group) => {
    const where = group !== '' ? `in \`${group}\`` : over === undefined ? 'anywhere' : `at one \`${over}\``
    return `${variants.map((id) => `\`${id}\``).join(' and ')} do not run side by side ${where}`
  },
})
