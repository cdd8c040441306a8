/**
 * No conflict: in one place (a value of `over`, or the whole fleet), the variants of a forbidden set never all run. Which sets conflict is data: written by hand, or, where neither
 * `pairs` nor `sets` stands, filled in by conflict analysis of the variants' behaviours. A variant listed twice needs two devices to count as there; a device without a place meets nobody.
 * The violation counts the sets that are there.
 */
import { z } from 'zod'
import { add, and, ge, int, ite } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import { countTerm } from '../counting.ts'
import { defineKind } from '../define-kind.ts'
import type { ChoiceSet, KindRow, KindRows, Use } from '../kind.ts'
import { expression, groupsOf, seesOver, variantId, type Group } from '../selecting.ts'
import { variantCoefficient } from '../variants.ts'

const parameters = z.strictObject({
  over: expression.optional().describe('the place, such as `device.room`; the whole fleet where absent'),
  pairs: z
    .array(z.tuple([variantId, variantId]))
    .optional()
    .describe('two variants, or a variant with itself'),
  sets: z.array(z.array(variantId).min(1)).optional().describe('larger sets that conflict only together'),
})
type Parameters = z.output<typeof parameters>

/** A forbidden set as its different variants with how many devices of each it takes. */
interface Forbidden {
  readonly name: string
  readonly members: readonly Member[]
}

interface Member {
  readonly variant: string
  readonly times: number
}

const memberName = ({ variant, times }: Member): string => (times === 1 ? variant : `${times} ${variant}`)

function forbiddenSets({ pairs, sets }: Parameters): readonly Forbidden[] {
  const read = [...(pairs ?? []), ...(sets ?? [])].map((written) => {
    const times = new Map<string, number>()
    for (const variant of [...written].sort()) times.set(variant, (times.get(variant) ?? 0) + 1)
    const members = [...times].map(([variant, n]) => ({ variant, times: n }))
    return { name: members.map(memberName).join(' + '), members }
  })
  return [...new Map(read.map((set) => [set.name, set])).values()]
}

function namedSets({ pairs, sets }: Parameters): readonly ChoiceSet[] {
  const all = (key: 'pairs' | 'sets', list: readonly (readonly string[])[]): readonly ChoiceSet[] =>
    list.flatMap((written, i) => written.map((variant, k) => ({ name: variant, variants: [variant], path: [key, i, k] })))
  return [...all('pairs', pairs ?? []), ...all('sets', sets ?? [])]
}

/** Devices of the group that could run the variant. */
function possible(use: Use<Parameters>, group: Group, variant: string): number {
  let devices = 0
  for (const c of group.classes) {
    const choices = use.columnChoice.subarray(use.columnStart[c], use.columnStart[c + 1])
    if (choices.some((choice) => use.choices[choice]!.variant === variant)) devices += use.size(c)
  }
  return devices
}

/** Each member gets a presence of 0 or 1, forced to 1 by its devices, and a set lacks at least one. A set of one member is a plain count where only holding matters. */
function rows(use: Use<Parameters>): KindRows {
  const result: KindRow[] = []
  const auxiliaries: { name: string; lower: number; upper: number }[] = []
  const list = forbiddenSets(use.parameters)
  for (const group of groupsOf(use)) {
    const presences = new Map<string, number>()
    const row = { group: group.name, lower: -Infinity, classes: group.classes }
    const presence = (one: Member): number => {
      const name = memberName(one)
      const known = presences.get(name)
      if (known !== undefined) return known
      const index = auxiliaries.length
      auxiliaries.push({ name: `present[${group.name}][${name}]`, lower: 0, upper: 1 })
      const reach = possible(use, group, one.variant) - one.times + 1
      const coefficient = variantCoefficient(use, one.variant)
      result.push({ ...row, part: `present ${name}`, upper: one.times - 1, coefficient, auxiliary: [[index, -reach]], always: true })
      presences.set(name, index)
      return index
    }
    for (const { name, members } of list) {
      if (members.some((one) => possible(use, group, one.variant) < one.times)) continue
      const [only] = members
      if (!use.counted && members.length === 1 && only !== undefined) {
        result.push({ ...row, part: name, upper: only.times - 1, coefficient: variantCoefficient(use, only.variant) })
        continue
      }
      const auxiliary = members.map((one) => [presence(one), 1] as const)
      result.push({ ...row, part: name, upper: members.length - 1, auxiliary })
    }
  }
  return { rows: result, auxiliaries }
}

function violation(use: Use<Parameters>, group: Group): Term {
  const running = (variant: string): Term => countTerm(use, group.classes, (choice) => use.choices[choice]!.variant === variant)
  const present = ({ members }: Forbidden): Term => and(...members.map(({ variant, times }) => ge(running(variant), int(times))))
  const sets = forbiddenSets(use.parameters).filter(({ members }) => members.every((one) => possible(use, group, one.variant) >= one.times))
  return add(...sets.map((set) => ite(present(set), int(1), int(0))))
}

function setText({ members: [first, ...others] }: Forbidden): string {
  if (others.length === 0) return `\`${first!.variant}\` ${first!.times === 2 ? 'twice' : `${first!.times} times`}`
  return [first!, ...others].map(({ variant, times }) => (times === 1 ? `\`${variant}\`` : `${times} of \`${variant}\``)).join(' with ')
}

export const noConflict = defineKind<Parameters>({
  id: 'placement/no-conflict',
  says: 'devices in one place never run variants whose behaviours conflict',
  policies: ['hard', 'soft', 'do-not-worsen'],
  parameters,
  sees: ({ over }) => seesOver(over),
  sets: namedSets,
  rows,
  assertions: (use) =>
    groupsOf(use).map((group) => ({ group: group.name, classes: group.classes, violation: () => violation(use, group) })),
  fromConflicts: {
    wanted: ({ pairs, sets }) => pairs === undefined && sets === undefined,
    place: ({ over }) => over,
    filled: (written, sets) => ({ ...written, sets: sets.map((set) => [...set]) }),
  },
  because: (written, group) => {
    const list = forbiddenSets(written).map(setText)
    const where = group !== '' ? `in \`${group}\`` : written.over === undefined ? 'anywhere' : `at one \`${written.over}\``
    return `behaviours that conflict do not run together ${where}: ${list.slice(0, 3).join(', ')}${list.length > 3 ? ` and ${list.length - 3} more` : ''}`
  },
})
