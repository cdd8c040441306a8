/**
 * No conflict: in one place (a value of `over`), the members of a forbidden composition are never all present. Which compositions conflict is data: written
 * by hand, or filled in by conflict analysis. A member listed twice is present when two devices run it; a device without a place meets nobody.
 * The violation counts the compositions that are present; one of a single variant with itself counts each device too many.
 */
import { z } from 'zod'
import { add, and, ge, int, ite } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import { above, countTerm } from '../counting.ts'
import { defineKind } from '../define-kind.ts'
import type { ChoiceSet, KindRow, KindRows, Use } from '../kind.ts'
import { expression, groupsOf, seesOf, seesOver, selecting, variantId, type Group } from '../selecting.ts'

const settings = z.record(z.string(), z.union([z.boolean(), z.number().int(), z.string()]))
const member = z.union([variantId, z.strictObject({ variant: variantId, settings: settings.optional() })])
type Member = z.output<typeof member>

interface Forbidden {
  readonly pairs?: readonly (readonly Member[])[] | undefined
  readonly compositions?: readonly (readonly Member[])[] | undefined
}

const parameters = z
  .strictObject({
    over: expression.describe('the place, such as `device.room`'),
    ...selecting,
    pairs: z
      .array(z.tuple([member, member]))
      .optional()
      .describe('two variants, or a variant with itself'),
    compositions: z.array(z.array(member).min(1)).optional().describe('larger sets that conflict only together'),
  })
  .refine(
    (written) => written.pairs !== undefined || written.compositions !== undefined,
    'nothing says what conflicts: give `pairs` or `compositions`',
  )
  .refine(
    (written) => forbidden(written).every(apart),
    'two members of one variant must be the same, or differ in a setting that both name',
  )
type Parameters = z.output<typeof parameters>

const variantOf = (one: Member): string => (typeof one === 'string' ? one : one.variant)
const settingsOf = (one: Member): Readonly<Record<string, boolean | number | string>> =>
  typeof one === 'string' ? {} : (one.settings ?? {})

/** `a`, `b{mode=edge}` (settings by name). */
function nameOf(one: Member): string {
  const given = Object.entries(settingsOf(one)).sort(([a], [b]) => (a < b ? -1 : 1))
  return given.length === 0 ? variantOf(one) : `${variantOf(one)}{${given.map(([name, value]) => `${name}=${value}`).join(',')}}`
}

function forbidden(written: Forbidden): readonly (readonly Member[])[] {
  return [...(written.pairs ?? []), ...(written.compositions ?? [])]
}

function apart(members: readonly Member[]): boolean {
  return members.every((a, i) =>
    members.slice(0, i).every((b) => {
      if (variantOf(a) !== variantOf(b) || nameOf(a) === nameOf(b)) return true
      const [left, right] = [settingsOf(a), settingsOf(b)]
      return Object.keys(left).some((name) => name in right && left[name] !== right[name])
    }),
  )
}

function setOf(one: Member, path: readonly (string | number)[]): ChoiceSet {
  const parts = Object.entries(settingsOf(one)).map(([name, value]) => `settings.${name} == ${JSON.stringify(value)}`)
  const set = { name: nameOf(one), variants: [variantOf(one)], path }
  return parts.length === 0 ? set : { ...set, where: parts.join(' && ') }
}

function sets(written: Parameters): readonly ChoiceSet[] {
  const all = (key: 'pairs' | 'compositions') =>
    (written[key] ?? []).flatMap((members, i) => members.map((one, k) => setOf(one, [key, i, k])))
  return [...new Map([...all('pairs'), ...all('compositions')].map((set) => [set.name, set])).values()]
}

/** A composition as its different members with how many devices of each make it present. */
interface Composition {
  readonly name: string
  readonly members: readonly { readonly name: string; readonly times: number }[]
}

function compositions(written: Parameters): readonly Composition[] {
  const read = forbidden(written).map((members) => {
    const times = new Map<string, number>()
    for (const name of members.map(nameOf).sort()) times.set(name, (times.get(name) ?? 0) + 1)
    const counted = [...times].map(([name, n]) => ({ name, times: n }))
    return { name: counted.map((one) => (one.times === 1 ? one.name : `${one.times} ${one.name}`)).join(' + '), members: counted }
  })
  return [...new Map(read.map((composition) => [composition.name, composition])).values()]
}

/** Devices of the group that could run the member. */
function possible(use: Use<Parameters>, group: Group, set: Uint8Array): number {
  let devices = 0
  for (const c of group.classes) {
    for (let j = use.columnStart[c]!; j < use.columnStart[c + 1]!; j++) {
      if (set[use.columnChoice[j]!] !== 1) continue
      devices += use.size(c)
      break
    }
  }
  return devices
}

/** A single member is a plain count. For more, each gets a presence y of 0 or 1, forced to 1 by its devices, and the composition lacks at least one. */
function rows(use: Use<Parameters>): KindRows {
  const result: KindRow[] = []
  const auxiliaries: { name: string; lower: number; upper: number }[] = []
  const list = compositions(use.parameters)
  for (const group of groupsOf(use)) {
    const presences = new Map<string, number>()
    const row = { group: group.name, lower: -Infinity, classes: group.classes }
    const presence = (name: string, times: number): number => {
      const key = times === 1 ? name : `${times} ${name}`
      const known = presences.get(key)
      if (known !== undefined) return known
      const [index, set] = [auxiliaries.length, use.inSet(name)]
      auxiliaries.push({ name: `present[${group.name}][${key}]`, lower: 0, upper: 1 })
      const reach = possible(use, group, set) - times + 1
      result.push({
        ...row,
        part: `present ${key}`,
        upper: times - 1,
        coefficient: Float64Array.from(set),
        auxiliary: [[index, -reach]],
        always: true,
      })
      presences.set(key, index)
      return index
    }
    for (const { name, members } of list) {
      if (members.some((one) => possible(use, group, use.inSet(one.name)) < one.times)) continue
      const [only] = members
      if (members.length === 1 && only) {
        result.push({ ...row, part: name, upper: only.times - 1, coefficient: Float64Array.from(use.inSet(only.name)) })
        continue
      }
      const auxiliary = members.map((one) => [presence(one.name, one.times), 1] as const)
      result.push({ ...row, part: name, upper: members.length - 1, coefficient: new Float64Array(use.choices.length), auxiliary })
    }
  }
  return { rows: result, auxiliaries }
}

function violation(use: Use<Parameters>, group: Group): Term {
  const running = (name: string): Term => {
    const set = use.inSet(name)
    return countTerm(use, group.classes, (choice) => set[choice] === 1)
  }
  return add(
    ...compositions(use.parameters).map(({ members }) => {
      const [only] = members
      if (members.length === 1 && only) return above(running(only.name), only.times - 1)
      const present = members.map((one) => ge(running(one.name), int(one.times)))
      return ite(and(...present), int(1), int(0))
    }),
  )
}

export const noConflict = defineKind<Parameters>({
  id: 'placement/no_conflict',
  says: 'devices in one place never run variants whose behaviours conflict',
  policies: ['hard', 'soft'],
  parameters,
  sees: ({ of, over }) => [...seesOf(of), ...seesOver(over)],
  sets,
  rows,
  assertions: (use) =>
    groupsOf(use).map((group) => ({ group: group.name, classes: group.classes, violation: () => violation(use, group) })),
  because: (written, group) => {
    const list = compositions(written).map(
      ({ members }) => members.map((one) => `\`${one.name}\``).join(' with ') + (members.length === 1 ? ' twice' : ''),
    )
    const where = group === '' ? `at one \`${written.over}\`` : `in \`${group}\``
    return `behaviours that conflict never run together ${where}: ${list.slice(0, 3).join(', ')}${list.length > 3 ? ` and ${list.length - 3} more` : ''}`
  },
})
