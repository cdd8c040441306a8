/**
 * Requires on: along a link, what a device runs demands something of what the linked device runs. Links are an attribute (`device: device.gateway`), or a
 * list of pairs, followed both ways (`links: links.ndjson`). A device that runs a variant asks, where `if` is true of it; then `then` must be true, so
 * a version that is missing on the other side does not do. A link to a device that is not in the fleet asks nothing.
 * The violation counts the pairs of device and link that do not hold.
 *
 * Devices of a class are linked alike, and of two linked classes one has a single device: see `src/compile/link-classes.ts`.
 * Where very many devices are linked, those that ask the same of one single device share a row: it is missed by just as many pairs as theirs alone would be.
 */
import { z } from 'zod'
import { add, ge, int, ite, sum } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import { largestClashes } from '../clashes.ts'
import { columnVariable, countTerm } from '../counting.ts'
import { defineKind } from '../define-kind.ts'
import type { KindRow, KindRows, Linked, LinkedPair, Use } from '../kind.ts'
import { devicesText, expression, selecting } from '../selecting.ts'

const parameters = z
  .strictObject({
    device: expression.optional().describe('the linked device, such as `device.gateway`'),
    ...selecting,
    links: z.string().min(1).optional().describe('a list of pairs of devices, by its name under `links:` or its source'),
    where: expression.optional().describe('which links of the list count, over `link.*`'),
    if: expression.optional().describe('which choices ask, over `variant.*`, `settings.*`, `device.*`; every variant where absent'),
    then: expression.describe(
      'what must hold, over those, `there.id`, `there.version`, `there.outcome`, `there.settings.*`, `there.device.*` and `link.*`',
    ),
  })
  .refine(({ device, links }) => (device === undefined) !== (links === undefined), 'one of `device` and `links` is needed')
  .refine(({ links, where }) => where === undefined || links !== undefined, '`where` chooses among `links`')
type Parameters = z.output<typeof parameters>

function linked({ device, of, links, where, if: asks, then }: Parameters): readonly Linked[] {
  const to = links === undefined ? { device: device ?? '' } : { table: links, ...(where === undefined ? {} : { where }) }
  return [{ name: 'links', to, holds: then, ...(of === undefined ? {} : { of }), ...(asks === undefined ? {} : { asks }) }]
}

const columnsOf = (use: Use<Parameters>, c: number): readonly number[] =>
  Array.from({ length: use.columnStart[c + 1]! - use.columnStart[c]! }, (_, k) => use.columnStart[c]! + k)

/** Columns of `from` that ask, put together where the same columns of `to` content them. */
function demands(
  use: Use<Parameters>,
  { from, to, asks, holds }: LinkedPair,
): readonly { readonly asking: readonly number[]; readonly content: readonly number[] }[] {
  const there = columnsOf(use, to)
  const found = new Map<string, { asking: number[]; content: readonly number[] }>()
  for (const j of columnsOf(use, from)) {
    const choice = use.columnChoice[j]!
    if (!asks(choice)) continue
    const content = there.filter((k) => holds(choice, use.columnChoice[k]!))
    if (content.length === there.length) continue
    const key = content.join(' ')
    const known = found.get(key)
    if (known === undefined) found.set(key, { asking: [j], content })
    else known.asking.push(j)
  }
  return [...found.values()]
}

/**
 * The pairs that a set of asking columns breaks: with f devices at one end and one at the other, those that ask are at most f times the one that contents
 * them. Where the single device asks, those that do not content it are none. Each row is missed by just the number of broken pairs.
 */
function pairRows(use: Use<Parameters>, pair: LinkedPair, index: number): readonly KindRow[] {
  const { from, to } = pair
  const name = `${use.deviceOf(from)} -> ${use.deviceOf(to)}`
  const row = { group: '', bond: `${index}`, lower: -Infinity, classes: Int32Array.from(from === to ? [from] : [from, to]).sort() }
  const entriesOf = (entries: readonly (readonly [number, number])[]) => ({
    columns: Int32Array.from(entries, ([j]) => j),
    coefficients: Float64Array.from(entries, ([, value]) => value),
  })
  if (from === to) {
    const broken = selfBroken(use, pair)
    return broken.length === 0 ? [] : [{ ...row, part: name, upper: 0, entries: entriesOf(broken.map((j) => [j, 1] as const)) }]
  }
  const [f, t] = [use.size(from), use.size(to)]
  return demands(use, pair).map(({ asking, content }, i) => {
    const part = i === 0 ? name : `${name} (${i + 1})`
    if (t === 1) {
      const entries = entriesOf([...asking.map((j) => [j, 1] as const), ...content.map((k) => [k, -f] as const)])
      return { ...row, part, upper: 0, entries }
    }
    const others = columnsOf(use, to).filter((k) => !content.includes(k))
    const entries = entriesOf([...asking.map((j) => [j, t] as const), ...others.map((k) => [k, 1] as const)])
    return { ...row, part, upper: t, entries }
  })
}

/** Columns of a device linked to itself whose choice is not content with itself. */
const selfBroken = (use: Use<Parameters>, { from, asks, holds }: LinkedPair): readonly number[] =>
  columnsOf(use, from).filter((j) => asks(use.columnChoice[j]!) && !holds(use.columnChoice[j]!, use.columnChoice[j]!))

function violation(use: Use<Parameters>, pair: LinkedPair): Term {
  const { from, to, asks, holds } = pair
  if (from === to) return sum(selfBroken(use, pair).map(columnVariable))
  const single = use.size(to) === 1
  return add(
    ...columnsOf(use, from)
      .filter((j) => asks(use.columnChoice[j]!))
      .map((j) => {
        const discontent = countTerm(use, Int32Array.of(to), (there) => !holds(use.columnChoice[j]!, there))
        // Where nothing would do, what the other device runs does not matter, and no row speaks of it.
        if (single && columnsOf(use, to).every((k) => !holds(use.columnChoice[j]!, use.columnChoice[k]!))) return columnVariable(j)
        return single ? ite(ge(discontent, int(1)), columnVariable(j), int(0)) : ite(ge(columnVariable(j), int(1)), discontent, int(0))
      }),
  )
}

// Up to so many pairs each has a row of its own, which names its device in reasons and is tighter where counts are not whole.
const MANY_PAIRS = 2000

/** Pairs that share their rows and their meaning; the bond is the number of the first. */
function sharing(use: Use<Parameters>): readonly { readonly index: number; readonly pairs: readonly LinkedPair[] }[] {
  const pairs = use.linked('links')
  if (pairs.length <= MANY_PAIRS || use.parameters.device === undefined) return pairs.map((pair, index) => ({ index, pairs: [pair] }))
  const byTarget = new Map<number, { readonly index: number; readonly pairs: LinkedPair[] }>()
  const alone: { readonly index: number; readonly pairs: readonly LinkedPair[] }[] = []
  for (const [index, pair] of pairs.entries()) {
    const known = byTarget.get(pair.to)
    if (pair.from === pair.to || use.size(pair.to) !== 1) alone.push({ index, pairs: [pair] })
    else if (known === undefined) byTarget.set(pair.to, { index, pairs: [pair] })
    else known.pairs.push(pair)
  }
  return [...byTarget.values(), ...alone].sort((a, b) => a.index - b.index)
}

/** The rows of pairs to one single device: where it is none of those that content an asking column, nobody may ask. */
function sharedRows(use: Use<Parameters>, pairs: readonly LinkedPair[], index: number): readonly KindRow[] {
  if (pairs.length === 1) return pairRows(use, pairs[0]!, index)
  const { to } = pairs[0]!
  const there = columnsOf(use, to)
  // By the columns of the single device that do: the columns that ask, and the devices that have one of them.
  const found = new Map<string, { readonly asking: number[]; readonly content: readonly number[]; devices: number; last: number }>()
  // Pairs of one demand ask alike.
  const known = new Map<LinkedPair['holds'], Map<number, string>>()
  for (const { from, asks, holds } of pairs) {
    const byChoice = known.get(holds) ?? new Map<number, string>()
    known.set(holds, byChoice)
    for (let j = use.columnStart[from]!; j < use.columnStart[from + 1]!; j++) {
      const choice = use.columnChoice[j]!
      if (!asks(choice)) continue
      let key = byChoice.get(choice)
      if (key === undefined) {
        const content = there.filter((k) => holds(choice, use.columnChoice[k]!))
        key = content.length === there.length ? '' : `in ${content.join(' ')}`
        byChoice.set(choice, key)
        if (key !== '' && !found.has(key)) found.set(key, { asking: [], content, devices: 0, last: -1 })
      }
      const entry = found.get(key)
      if (entry === undefined) continue
      entry.asking.push(j)
      if (entry.last !== from) entry.devices += use.size(from)
      entry.last = from
    }
  }
  const classes = Int32Array.from(new Set([to, ...pairs.map(({ from }) => from)])).sort()
  return [...found.values()].map(({ asking, content, devices }, i): KindRow => {
    const part = `${pairs.length} devices -> ${use.deviceOf(to)}`
    const columns = Int32Array.from([...asking, ...content])
    const coefficients = new Float64Array(columns.length).fill(1, 0, asking.length).fill(-devices, asking.length)
    return {
      group: '',
      bond: `${index}`,
      part: i === 0 ? part : `${part} (${i + 1})`,
      lower: -Infinity,
      upper: 0,
      classes,
      entries: { columns, coefficients },
    }
  })
}

/** Where lists of links are followed and only holding matters: pairs between the same two classes are looked at together. */
const isTight = (use: Use<Parameters>): boolean => !use.counted && use.parameters.links !== undefined

/** Pairs between the same two classes; the bond is the number of the first. */
function between(use: Use<Parameters>): readonly { readonly index: number; readonly pairs: readonly LinkedPair[] }[] {
  const found = new Map<string, { readonly index: number; readonly pairs: LinkedPair[] }>()
  for (const [index, pair] of use.linked('links').entries()) {
    const key = `${Math.min(pair.from, pair.to)} ${Math.max(pair.from, pair.to)}`
    const known = found.get(key)
    if (known === undefined) found.set(key, { index, pairs: [pair] })
    else known.pairs.push(pair)
  }
  return [...found.values()]
}

/**
 * Where only holding matters: of two classes, what one end chooses and what the other end chooses never clash. For sets of columns S and N of which every two
 * clash, at most one of the two ends is in its set; the largest such pairs of sets say all, and say it as tightly as rows can (`clashes.ts`).
 */
function tightRows(use: Use<Parameters>, pairs: readonly LinkedPair[], index: number): readonly KindRow[] {
  if (pairs[0]!.from === pairs[0]!.to) return pairs.flatMap((pair) => pairRows(use, pair, index))
  const from = Math.min(pairs[0]!.from, pairs[0]!.to)
  const to = Math.max(pairs[0]!.from, pairs[0]!.to)
  const [here, there] = [columnsOf(use, from), columnsOf(use, to)]
  const breaks = ({ asks, holds }: LinkedPair, own: number, other: number): boolean => asks(own) && !holds(own, other)
  const clash = here.map((j) =>
    there.map((k) => {
      const [own, other] = [use.columnChoice[j]!, use.columnChoice[k]!]
      return pairs.some((pair) => (pair.from === from ? breaks(pair, own, other) : breaks(pair, other, own)))
    }),
  )
  const [f, t] = [use.size(from), use.size(to)]
  const name = `${use.deviceOf(from)} - ${use.deviceOf(to)}`
  return largestClashes(clash).map(({ one, other }, i) => ({
    group: '',
    bond: `${index}`,
    part: i === 0 ? name : `${name} (${i + 1})`,
    lower: -Infinity,
    upper: f * t,
    clash: true,
    classes: Int32Array.of(from, to),
    entries: {
      columns: Int32Array.from([...one.map((a) => here[a]!), ...other.map((b) => there[b]!)]),
      coefficients: Float64Array.from([...one.map(() => t), ...other.map(() => f)]),
    },
  }))
}

function rows(use: Use<Parameters>): KindRows {
  const made = isTight(use)
    ? between(use).flatMap(({ pairs, index }) => tightRows(use, pairs, index))
    : sharing(use).flatMap(({ pairs, index }) => sharedRows(use, pairs, index))
  return { rows: made, auxiliaries: [] }
}

export const requiresOn = defineKind<Parameters>({
  id: 'placement/requires-on',
  says: 'what a device runs demands something of what a linked device runs',
  policies: ['hard', 'soft', 'do-not-worsen'],
  parameters,
  sees: () => [],
  sets: () => [],
  links: linked,
  rows,
  assertions: (use) =>
    (isTight(use) ? between(use) : sharing(use)).map(({ pairs, index }) => ({
      group: '',
      bond: `${index}`,
      classes: Int32Array.from(new Set(pairs.flatMap(({ from, to }) => [from, to]))).sort(),
      violation: () => sum(pairs.map((pair) => violation(use, pair))),
    })),
  because: ({ device, of, links, where, if: asks, then }) => {
    const along =
      links === undefined ? `\`${device ?? ''}\`` : `the links of \`${links}\`${where === undefined ? '' : ` where \`${where}\``}`
    return `along ${along}${of === undefined ? '' : ` of ${devicesText(of)}`}, ${asks === undefined ? 'every variant' : `what has \`${asks}\``} needs \`${then}\``
  },
})
