/** Effects of two things that drive one property of a place they share in opposite directions. */
import type { Channel, Effect, SettledEnvironment } from './environment.ts'
import { meetings } from './place-tree.ts'

export interface OpposingPair {
  /** By attribute, sorted. */
  readonly effects: readonly [Effect, Effect]
  readonly property: string
  readonly place: string
  readonly through?: Channel['through']
}

const found = new WeakMap<SettledEnvironment, readonly OpposingPair[]>()

/** `exchange` opposes what drives up or down, not another `exchange`; what only takes back what the thing itself lets in opposes nothing. */
export function opposingPairs(environment: SettledEnvironment): readonly OpposingPair[] {
  const known = found.get(environment) ?? pairsOf(environment)
  found.set(environment, known)
  return known
}

function pairsOf({ places, channels, effects }: SettledEnvironment): readonly OpposingPair[] {
  const world = { places: new Map(places.map((place) => [place.id, place])), channels }
  const byProperty = new Map<string, Effect[]>()
  for (const effect of effects)
    if (effect.returns === undefined) byProperty.set(effect.property, [...(byProperty.get(effect.property) ?? []), effect])
  return [...byProperty].flatMap(([property, list]) =>
    list.flatMap((one, index) =>
      list.slice(index + 1).flatMap((other): readonly OpposingPair[] => {
        if (one.thing === other.thing || one.attribute === other.attribute || one.direction === other.direction) return []
        const pair = one.attribute < other.attribute ? ([one, other] as const) : ([other, one] as const)
        return meetings(world, property, one.place, other.place).map((meeting) => ({ effects: pair, property, ...meeting }))
      }),
    ),
  )
}
