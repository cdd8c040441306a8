/** What differs between two outcomes of a fleet, device by device: gained, lost, moved, only settings, and devices that only one of them has. */
import type { Choice } from '../model/outcome.ts'

/** What every device ends as, by position; -1: something that is not known. */
export interface Outcomes {
  readonly ids: readonly string[]
  readonly choices: readonly Choice[]
  readonly chosen: Int32Array
}

export type ChangeSort = 'gained' | 'lost' | 'moved' | 'settings' | 'appeared' | 'gone'

export interface DeviceChange {
  readonly device: string
  readonly sort: ChangeSort
  /** Absent where the device is not there. */
  readonly from?: Choice | 'unknown'
  readonly to?: Choice | 'unknown'
  /** Why, where a model is at hand to tell. */
  readonly why?: string
}

export interface Difference {
  readonly devices: number
  readonly counts: Readonly<Record<ChangeSort | 'unchanged', number>>
  /** By variant, `unmanaged`, `unknown` and `none`, in the order of their first choices. */
  readonly variants: readonly { readonly name: string; readonly before: number; readonly after: number }[]
  /** Only what changed, by device id. */
  readonly changes: readonly DeviceChange[]
}

/** `why`: of a device that both have, by its position after; absent: nobody knows. */
export function differenceOf(before: Outcomes, after: Outcomes, why?: (after: number, sort: ChangeSort) => string | undefined): Difference {
  const positions = samePositions(before, after) ? undefined : new Map(before.ids.map((id, i) => [id, i]))
  const counts = { gained: 0, lost: 0, moved: 0, settings: 0, appeared: 0, gone: 0, unchanged: 0 }
  const names = new Map<string, { before: number; after: number }>()
  const count = (choice: Choice | 'unknown', side: 'before' | 'after'): void => {
    const name = nameOf(choice)
    const one = names.get(name) ?? { before: 0, after: 0 }
    one[side]++
    names.set(name, one)
  }
  const changes: DeviceChange[] = []
  const seen = positions === undefined ? undefined : new Uint8Array(before.ids.length)
  after.ids.forEach((device, i) => {
    const to = choiceAt(after, i)
    count(to, 'after')
    const at = positions === undefined ? i : positions.get(device)
    if (at === undefined) {
      counts.appeared++
      changes.push({ device, sort: 'appeared', to })
      return
    }
    if (seen !== undefined) seen[at] = 1
    const from = choiceAt(before, at)
    count(from, 'before')
    const sort = sortOf(from, to)
    counts[sort]++
    if (sort === 'unchanged') return
    const because = why?.(i, sort)
    changes.push({ device, sort, from, to, ...(because === undefined ? {} : { why: because }) })
  })
  seen?.forEach((found, at) => {
    if (found === 1) return
    const from = choiceAt(before, at)
    count(from, 'before')
    counts.gone++
    changes.push({ device: before.ids[at]!, sort: 'gone', from })
  })
  changes.sort((a, b) => (a.device < b.device ? -1 : 1))
  return {
    devices: after.ids.length + counts.gone,
    counts,
    variants: [...names].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1)).map(([name, one]) => ({ name, ...one })),
    changes,
  }
}

function samePositions(a: Outcomes, b: Outcomes): boolean {
  return a.ids === b.ids || (a.ids.length === b.ids.length && a.ids.every((id, i) => id === b.ids[i]))
}

const choiceAt = ({ choices, chosen }: Outcomes, i: number): Choice | 'unknown' => (chosen[i]! < 0 ? 'unknown' : choices[chosen[i]!]!)

const nameOf = (choice: Choice | 'unknown'): string => (choice === 'unknown' ? choice : (choice.variant ?? choice.outcome))

const rank = (name: string): number => ['unmanaged', 'unknown', 'none'].indexOf(name) + 1

function sortOf(from: Choice | 'unknown', to: Choice | 'unknown'): Exclude<ChangeSort, 'appeared' | 'gone'> | 'unchanged' {
  if (from === 'unknown' || to === 'unknown')
    return from === to ? 'unchanged' : to !== 'unknown' && to.outcome === 'none' ? 'lost' : 'moved'
  if (from.id === to.id) return 'unchanged'
  if (from.outcome === 'none') return 'gained'
  if (to.outcome === 'none') return 'lost'
  return from.variant !== undefined && from.variant === to.variant ? 'settings' : 'moved'
}
