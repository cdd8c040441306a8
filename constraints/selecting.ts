/** Which devices and which choices a use speaks of: the parameters `of`, `over`, `variant`, `variants` and `choose` that many kinds share. */
import { z } from 'zod'
import type { ChoiceSet, Seen, Use } from './kind.ts'

export const expression = z.union([z.string().min(1), z.boolean()]).transform(String)
export const variantId = z.string().min(1)
/** A count of devices. */
export const count = z
  .number()
  .int()
  .min(0)
  .max(2 ** 31 - 1)

/** Parameters of kinds that speak of selected devices. */
export const selecting = { of: expression.optional().describe('the devices meant; all where absent') }

/** Parameters of kinds that speak of a set of variants. */
export const choosing = {
  variant: variantId.optional().describe('one variant'),
  variants: z.array(variantId).min(1).optional().describe('several variants, counted together'),
  choose: expression.optional().describe('an expression over `variant.*` and `settings.*`'),
}

export interface Choosing {
  readonly variant?: string | undefined
  readonly variants?: readonly string[] | undefined
  readonly choose?: string | undefined
}

/** How many of the three ways to name choices are used. */
export function waysToChoose(parameters: Choosing): number {
  return [parameters.variant, parameters.variants, parameters.choose].filter((way) => way !== undefined).length
}

/** The one set `chosen`. */
export function chosenSets(parameters: Choosing): readonly ChoiceSet[] {
  if (parameters.variant !== undefined) return [{ name: 'chosen', variants: [parameters.variant], path: ['variant'] }]
  if (parameters.variants !== undefined) return [{ name: 'chosen', variants: parameters.variants, path: ['variants'] }]
  return parameters.choose === undefined ? [] : [{ name: 'chosen', where: parameters.choose, path: ['choose'] }]
}

/** `a`, `a` or `b`; for messages. */
export function chosenText(parameters: Choosing): string {
  if (parameters.variant !== undefined) return `\`${parameters.variant}\``
  if (parameters.variants !== undefined) return parameters.variants.map((id) => `\`${id}\``).join(' or ')
  return parameters.choose === undefined ? 'any variant' : `a variant with \`${parameters.choose}\``
}

export const seesOf = (of: string | undefined): readonly Seen[] =>
  of === undefined ? [] : [{ name: 'of', text: of, yields: 'bool', path: ['of'] }]

/** Devices of the group that could end as a choice that `counts` accepts. */
export function devicesThatCould<P>(use: Use<P>, { classes }: Group, counts: (choice: number, c: number) => boolean): number {
  let devices = 0
  for (const c of classes) {
    for (let j = use.columnStart[c]!; j < use.columnStart[c + 1]!; j++) {
      if (!counts(use.columnChoice[j]!, c)) continue
      devices += use.size(c)
      break
    }
  }
  return devices
}

export const seesOver = (over: string | undefined): readonly Seen[] =>
  over === undefined ? [] : [{ name: 'over', text: over, yields: 'key', path: ['over'] }]

/** `devices where ...`, `devices`; for messages. */
export const devicesText = (of: string | undefined): string => (of === undefined ? 'devices' : `devices where \`${of}\``)

/** ` in \`harbour\`` or nothing; for messages. */
export const groupText = (group: string): string => (group === '' ? '' : ` in \`${group}\``)

/** Selected classes of one group, ascending, and the devices in them. */
export interface Group {
  readonly name: string
  readonly classes: Int32Array
  readonly devices: number
}

/** By class: 1 where the use's `of` selects it; all where the use has no `of`. */
export function selected<P extends { readonly of?: string | undefined }>(use: Use<P>): Uint8Array {
  return use.parameters.of === undefined ? new Uint8Array(use.classes).fill(1) : use.truth('of')
}

/** The groups that hold at least one selected device, by name; one group `` where the use has no `over`. A device whose `over` is missing is in no group. */
export function groupsOf<P extends { readonly of?: string | undefined; readonly over?: string | undefined }>(
  use: Use<P>,
): readonly Group[] {
  // Without `of` the groups follow from the table of `over` alone, which uses share.
  const { of: groupOf, names } = use.parameters.over === undefined ? wholeFleet(use) : use.key('over')
  if (use.parameters.of !== undefined) return groupsIn(use, groupOf, names)
  const known = knownGroups.get(groupOf)
  if (known !== undefined) return known
  const groups = groupsIn(use, groupOf, names)
  knownGroups.set(groupOf, groups)
  return groups
}

const knownGroups = new WeakMap<Int32Array, readonly Group[]>()

const wholes = new WeakMap<Int32Array, { readonly of: Int32Array; readonly names: readonly string[] }>()

function wholeFleet<P>({ columnStart, classes }: Use<P>): { readonly of: Int32Array; readonly names: readonly string[] } {
  const known = wholes.get(columnStart) ?? { of: new Int32Array(classes), names: [''] }
  wholes.set(columnStart, known)
  return known
}

function groupsIn<P extends { readonly of?: string | undefined; readonly over?: string | undefined }>(
  use: Use<P>,
  groupOf: Int32Array,
  names: readonly string[],
): readonly Group[] {
  const inside = selected(use)
  const lengths = new Int32Array(names.length)
  for (let c = 0; c < use.classes; c++) if (inside[c] === 1 && groupOf[c]! >= 0) lengths[groupOf[c]!]!++
  const lists = Array.from(lengths, (length) => new Int32Array(length))
  const devices = new Array<number>(names.length).fill(0)
  lengths.fill(0)
  for (let c = 0; c < use.classes; c++) {
    const g = groupOf[c]!
    if (inside[c] !== 1 || g < 0) continue
    lists[g]![lengths[g]!++] = c
    devices[g]! += use.size(c)
  }
  return names
    .map((name, g) => ({ name, classes: lists[g]!, devices: devices[g]! }))
    .filter((group) => group.devices > 0)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
