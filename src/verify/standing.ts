/** Which variants with behaviours stand together at which places, read off an assignment without anybody's help: every place with at least two of them is in one of the sets. */
import type { Assignment } from '../model/assignment.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import { keysByRow } from './expressions.ts'

export interface Standing {
  readonly variants: readonly string[]
  readonly places: number
  /** The first place in the order of the devices. */
  readonly place: string
}

/** Sorted. `over`: an expression over `device.*` for the place, one for each use that asks; absent: all devices meet. */
export function standingTogether(
  model: FleetModel,
  fleet: Fleet,
  assignment: Assignment,
  uses: readonly { readonly over: string | undefined; readonly at: FleetModel['variants'][number]['at'] }[],
): { readonly several: readonly Standing[]; readonly single: number } {
  const acting = new Set(model.variants.flatMap(({ id, behaviour }) => (behaviour === undefined ? [] : [id])))
  const found = new Map<string, { readonly variants: readonly string[]; places: number; readonly place: string }>()
  let single = 0
  for (const { over, at } of uses) {
    const keys = over === undefined ? undefined : keysByRow(model, fleet, { text: over, at })
    const places = new Map<number, Set<string>>()
    for (let row = 0; row < fleet.size; row++) {
      const place = keys === undefined ? 0 : keys.codes[row]!
      const variant = assignment.choices[assignment.chosen[row]!]?.variant
      if (place < 0 || variant === undefined || !acting.has(variant)) continue
      const there = places.get(place)
      if (there === undefined) places.set(place, new Set([variant]))
      else there.add(variant)
    }
    for (const [place, there] of places) {
      if (there.size === 1) single++
      if (there.size < 2) continue
      const variants = [...there].sort()
      const known = found.get(variants.join('\n'))
      if (known === undefined) found.set(variants.join('\n'), { variants, places: 1, place: keys?.values[place] ?? '' })
      else known.places++
    }
  }
  return { several: [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, standing]) => standing), single }
}
