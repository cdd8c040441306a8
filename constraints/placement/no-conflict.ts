/**
 * No conflict: in one place (a value of `over`, or the whole fleet), the variants of a forbidden set never all run while none of those runs that the set is only forbidden without. Which
 * sets conflict is data: written by hand, or, where neither `pairs` nor `sets` stands, filled in by conflict analysis of the variants' behaviours. A variant listed twice needs two devices
 * to count as there; a device without a place meets nobody. The violation counts the sets that are there.
 */
import { z } from 'zod'
import { add, and, eq, ge, int, ite } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import { countTerm } from '../counting.ts'
import { defineKind } from '../define-kind.ts'
import type { ChoiceSet, ConflictMember, KindRow, KindRows, Seen, Use } from '../kind.ts'
import { expression, groupsOf, seesOver, variantId, type Group } from '../selecting.ts'

const member = z.union([
  variantId,
  z.strictObject({
    variant: variantId,
    settings: z
      .record(z.string(), z.union([z.boolean(), z.number(), z.string()]))
      .optional()
      .describe('only where it runs with these settings'),
    of: expression.optional().describe('only on devices for which this holds'),
  }),
])
const parameters = z.strictObject({
  over: expression.optional().describe('the place, such as `device.room`; the whole fleet where absent'),
  pairs: z
    .array(z.tuple([variantId, variantId]))
    .optional()
    .describe('two variants, or a variant with itself'),
  sets: z
    .array(z.union([z.array(member).min(1), z.strictObject({ with: z.array(member).min(1), without: z.array(member).min(1) })]))
    .optional()
    .describe('larger sets that conflict only together; `with` some, only where nobody runs one of those `without`'),
})
type Parameters = z.output<typeof parameters>
type Written = z.output<typeof member>

/** A forbidden set as its different members with how many devices of each it takes. */
interface Forbidden {
  readonly name: string
  readonly members: readonly Member[]
  readonly absent: readonly Element[]
}

/** A variant, in some of its modes or on some devices where it says so; `name` tells elements apart. */
interface Element extends ConflictMember {
  readonly name: string
}

interface Member {
  readonly element: Element
  readonly times: number
}

function elementOf(written: Written): Element {
  if (typeof written === 'string') return { name: written, variant: written }
  const { variant, settings = {}, of } = written
  const modes = Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1))
  const mode = modes.length === 0 ? '' : `{${modes.map(([name, value]) => `${name}=${String(value)}`).join(',')}}`
  return {
    name: `${variant}${mode}${of === undefined ? '' : ` where ${of}`}`,
    variant,
    ...(modes.length > 0 && { settings: Object.fromEntries(modes) }),
    ...(of !== undefined && { of }),
  }
}

const memberName = ({ element, times }: Member): string => (times === 1 ? element.name : `${times} ${element.name}`)

interface WrittenSet {
  readonly with: readonly Written[]
  readonly without: readonly Written[]
}
const listed = (set: readonly Written[] | WrittenSet): WrittenSet => ('without' in set ? set : { with: set, without: [] })

function forbiddenSets({ pairs, sets }: Parameters): readonly Forbidden[] {
  const read = [...(pairs ?? []), ...(sets ?? [])].map((written) => {
    const { with: present, without } = listed(written)
    const members = new Map<string, Member>()
    for (const element of sorted(present)) members.set(element.name, { element, times: (members.get(element.name)?.times ?? 0) + 1 })
    const absent = [...new Map(sorted(without).map((element) => [element.name, element])).values()]
    const beside = absent.length === 0 ? '' : ` without ${absent.map(({ name }) => name).join(', ')}`
    return { name: `${[...members.values()].map(memberName).join(' + ')}${beside}`, members: [...members.values()], absent }
  })
  return [...new Map(read.map((set) => [set.name, set])).values()]
}

const sorted = (written: readonly Written[]): readonly Element[] =>
  written.map(elementOf).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))

/** Every member as it is written, with where that is. */
function writtenMembers({
  pairs,
  sets,
}: Parameters): readonly { readonly element: Element; readonly path: readonly (string | number)[] }[] {
  const all = (list: readonly Written[], path: readonly (string | number)[]) =>
    list.map((written, at) => ({ element: elementOf(written), path: [...path, at] }))
  return [
    ...(pairs ?? []).flatMap((pair, at) => all(pair, ['pairs', at])),
    ...(sets ?? []).flatMap((set, at) =>
      'without' in set ? [...all(set.with, ['sets', at, 'with']), ...all(set.without, ['sets', at, 'without'])] : all(set, ['sets', at]),
    ),
  ]
}

/** The name of the set of choices that an element means, wherever it runs. */
const choicesName = ({ variant, settings }: Element): string => elementOf({ variant, ...(settings && { settings: { ...settings } }) }).name

function namedSets(written: Parameters): readonly ChoiceSet[] {
  return writtenMembers(written).map(({ element, path }) => {
    const { variant, settings } = element
    if (settings === undefined) return { name: variant, variants: [variant], path }
    const parts = Object.entries(settings).map(([name, value]) => `settings.${name} == ${JSON.stringify(value)}`)
    return { name: choicesName(element), where: [`variant.id == ${JSON.stringify(variant)}`, ...parts].join(' && '), path }
  })
}

function seesDevices(written: Parameters): readonly Seen[] {
  return writtenMembers(written).flatMap(({ element: { of }, path }) =>
    of === undefined ? [] : [{ name: `of ${of}`, text: of, yields: 'bool' as const, path: [...path, 'of'] }],
  )
}

/** Where an element can run: the classes of the group, and the choices. */
interface Running {
  readonly classes: Int32Array
  readonly chosen: Uint8Array
}

function runningOf(use: Use<Parameters>, { classes }: Group, element: Element): Running {
  const where = element.of === undefined ? undefined : use.truth(`of ${element.of}`)
  return {
    classes: where === undefined ? classes : classes.filter((c) => where[c] === 1),
    chosen: use.inSet(choicesName(element)),
  }
}

/** Devices that could run it. */
function possible(use: Use<Parameters>, { classes, chosen }: Running): number {
  let devices = 0
  for (const c of classes) {
    const choices = use.columnChoice.subarray(use.columnStart[c], use.columnStart[c + 1])
    if (choices.some((choice) => chosen[choice] === 1)) devices += use.size(c)
  }
  return devices
}

/**
 * Each member gets a presence of 0 or 1, forced to 1 by its devices, and a set lacks at least one member or has one of those that it is forbidden without: the presence of those is forced
 * to 0 where no device runs them. A set of one member is a plain count where only holding matters.
 */
function rows(use: Use<Parameters>): KindRows {
  const result: KindRow[] = []
  const auxiliaries: { name: string; lower: number; upper: number }[] = []
  const list = forbiddenSets(use.parameters)
  for (const group of groupsOf(use)) {
    const presences = new Map<string, number>()
    const shown = new Set<string>()
    const runs = new Map<string, Running & { readonly most: number }>()
    const running = (element: Element): Running & { readonly most: number } => {
      const known = runs.get(element.name)
      if (known !== undefined) return known
      const found = runningOf(use, group, element)
      const all = { ...found, most: possible(use, found) }
      runs.set(element.name, all)
      return all
    }
    const row = { group: group.name, lower: -Infinity }
    const counting = (element: Element, sign: number): Pick<KindRow, 'classes' | 'coefficient'> => {
      const { classes, chosen } = running(element)
      return { classes, coefficient: Float64Array.from(chosen, (one) => (one === 1 ? sign : 0)) }
    }
    const presence = (one: Member): number => {
      const name = memberName(one)
      const known = presences.get(name)
      if (known !== undefined) return known
      const index = auxiliaries.length
      auxiliaries.push({ name: `present[${group.name}][${name}]`, lower: 0, upper: 1 })
      const reach = running(one.element).most - one.times + 1
      const counted = counting(one.element, 1)
      result.push({ ...row, ...counted, part: `present ${name}`, upper: one.times - 1, auxiliary: [[index, -reach]], always: true })
      presences.set(name, index)
      return index
    }
    const absence = (element: Element): number => {
      const index = presence({ element, times: 1 })
      if (shown.has(element.name)) return index
      shown.add(element.name)
      result.push({ ...row, ...counting(element, -1), part: `shown ${element.name}`, upper: 0, auxiliary: [[index, 1]], always: true })
      return index
    }
    for (const { name, members, absent } of list) {
      if (members.some((one) => running(one.element).most < one.times)) continue
      const beside = absent.filter((element) => running(element).most > 0)
      const [only] = members
      if (!use.counted && members.length === 1 && beside.length === 0 && only !== undefined) {
        result.push({ ...row, ...counting(only.element, 1), part: name, upper: only.times - 1 })
        continue
      }
      const auxiliary = [...members.map((one) => [presence(one), 1] as const), ...beside.map((one) => [absence(one), -1] as const)]
      result.push({ ...row, classes: group.classes, part: name, upper: members.length - 1, auxiliary })
    }
  }
  return { rows: result, auxiliaries }
}

function violation(use: Use<Parameters>, group: Group): Term {
  const running = (element: Element): Term => {
    const { classes, chosen } = runningOf(use, group, element)
    return countTerm(use, classes, (choice) => chosen[choice] === 1)
  }
  const present = ({ members, absent }: Forbidden): Term =>
    and(...members.map(({ element, times }) => ge(running(element), int(times))), ...absent.map((one) => eq(running(one), int(0))))
  const sets = forbiddenSets(use.parameters).filter(({ members }) =>
    members.every(({ element, times }) => possible(use, runningOf(use, group, element)) >= times),
  )
  return add(...sets.map((set) => ite(present(set), int(1), int(0))))
}

const elementText = ({ variant, settings, of }: Element): string =>
  [
    `\`${variant}\``,
    ...(settings === undefined
      ? []
      : [
          `(${Object.entries(settings)
            .map(([name, value]) => `${name} ${String(value)}`)
            .join(', ')})`,
        ]),
    ...(of === undefined ? [] : [`where \`${of}\``]),
  ].join(' ')

function setText({ members: [first, ...others], absent }: Forbidden): string {
  const without = absent.length === 0 ? '' : ` without ${absent.map(elementText).join(', ')}`
  if (others.length === 0) {
    const { element, times } = first!
    return `${elementText(element)}${times === 1 ? '' : times === 2 ? ' twice' : ` ${times} times`}${without}`
  }
  const all = [first!, ...others].map(({ element, times }) => (times === 1 ? elementText(element) : `${times} of ${elementText(element)}`))
  return `${all.join(' with ')}${without}`
}

export const noConflict = defineKind<Parameters>({
  id: 'placement/no-conflict',
  says: 'devices in one place never run variants whose behaviours conflict',
  policies: ['hard', 'soft', 'do-not-worsen'],
  parameters,
  sees: (written) => [...seesOver(written.over), ...seesDevices(written)],
  sets: namedSets,
  rows,
  assertions: (use) =>
    groupsOf(use).map((group) => ({ group: group.name, classes: group.classes, violation: () => violation(use, group) })),
  fromConflicts: {
    wanted: ({ pairs, sets }) => pairs === undefined && sets === undefined,
    place: ({ over }) => over,
    filled: (written, sets) => ({ ...written, sets: sets.map(writtenSet) }),
  },
  because: (written, group) => {
    const list = forbiddenSets(written).map(setText)
    const where = group !== '' ? `in \`${group}\`` : written.over === undefined ? 'anywhere' : `at one \`${written.over}\``
    return `behaviours that conflict do not run together ${where}: ${list.slice(0, 3).join(', ')}${list.length > 3 ? ` and ${list.length - 3} more` : ''}`
  },
})

function writtenSet({
  present,
  absent,
}: {
  readonly present: readonly ConflictMember[]
  readonly absent: readonly ConflictMember[]
}): NonNullable<Parameters['sets']>[number] {
  const written = ({ variant, settings, of }: ConflictMember): Written =>
    settings === undefined && of === undefined
      ? variant
      : { variant, ...(settings && { settings: { ...settings } }), ...(of !== undefined && { of }) }
  return absent.length === 0 ? present.map(written) : { with: present.map(written), without: absent.map(written) }
}
