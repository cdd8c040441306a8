// What differs between two outcomes of a fleet, as text for people, as JSON, and as one line a device.
import { choiceWords } from '../explain/cost-words.ts'
import type { ChangeSort, DeviceChange, Difference } from '../explain/difference.ts'
import type { Choice } from '../model/outcome.ts'
import { schemaVersion } from './assignment-json.ts'
import { counted, grouped, signed } from './numbers.ts'
import { alignColumns } from './table.ts'

const SORTS: readonly (readonly [ChangeSort, string])[] = [
  ['gained', 'gained a variant'],
  ['lost', 'lost their variant'],
  ['moved', 'moved'],
  ['settings', 'settings only'],
  ['appeared', 'only in the second'],
  ['gone', 'only in the first'],
]

// Devices that are named under each heading; all stand in the JSON.
const NAMED = 20

/** `of` and `against`: what is compared, as the caller named it; ends with a line feed. */
export function differenceText(difference: Difference, names: { readonly before: string; readonly after: string }): string {
  const { counts, variants, changes, devices } = difference
  const told = SORTS.filter(([sort]) => counts[sort] > 0 || sort === 'gained' || sort === 'lost' || sort === 'moved').map(
    ([sort]) => `${sort === 'settings' ? 'settings only' : sort} ${grouped(counts[sort])}`,
  )
  const lines = [
    `${names.before} -> ${names.after}`,
    `${counted(devices, 'device')} · ${told.join(' · ')} · unchanged ${grouped(counts.unchanged)}`,
    '',
    ...alignColumns([
      ['variant', 'before', 'after', 'change'],
      ...variants.map(({ name, before, after }) => [
        name === 'none' ? 'no variant' : name,
        grouped(before),
        grouped(after),
        signed(after - before),
      ]),
    ]),
  ]
  for (const [sort, heading] of SORTS) {
    const some = changes.filter((change) => change.sort === sort)
    if (some.length === 0) continue
    lines.push('', `  ${heading}`, ...alignColumns(some.slice(0, NAMED).map(changeRow), '    ', [0, 1, 2]))
    if (some.length > NAMED) lines.push(`    and ${counted(some.length - NAMED, 'more device')} (--ndjson names them all)`)
  }
  return lines.join('\n') + '\n'
}

function changeRow({ device, from, to, why }: DeviceChange): string[] {
  const ends = [from, to].flatMap((choice) => (choice === undefined ? [] : [words(choice)]))
  return [device, ends.join(' -> '), why ?? '']
}

const words = (choice: Choice | 'unknown'): string => (choice === 'unknown' ? 'something unknown' : choiceWords(choice))

export function differenceJson(difference: Difference): object {
  const { changes, ...rest } = difference
  return { schemaVersion, ...rest, changes: changes.map(changeJson) }
}

/** One line. */
export function changeJson({ device, sort, from, to, why }: DeviceChange): object {
  return { device, change: sort, from: ended(from), to: ended(to), ...(why === undefined ? {} : { why }) }
}

function ended(choice: Choice | 'unknown' | undefined): object | null {
  if (choice === undefined) return null
  if (choice === 'unknown') return { outcome: 'unknown', variant: null, settings: {} }
  return { outcome: choice.outcome, variant: choice.variant ?? null, settings: choice.settings }
}
