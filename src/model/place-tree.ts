/** Which places have air, light and water in common: the same one, one within the other, or two that a channel joins. */
import type { Channel, Place } from './environment.ts'

/** Where two effects on a property meet; `through` names what must stand open. */
export interface Meeting {
  readonly place: string
  readonly through?: Channel['through']
}

/** The place itself and all that it is within. */
export function placesAround(places: ReadonlyMap<string, Place>, id: string): readonly string[] {
  const around: string[] = []
  for (let at: string | undefined = id; at !== undefined && !around.includes(at); at = places.get(at)?.within) around.push(at)
  return around
}

/** Every way in which what acts at the one place acts on the property at the other: none needed (one entry without `through`), or one entry per channel. */
export function meetings(
  world: { readonly places: ReadonlyMap<string, Place>; readonly channels: readonly Channel[] },
  property: string | undefined,
  one: string,
  other: string,
): readonly Meeting[] {
  const [aroundOne, aroundOther] = [placesAround(world.places, one), placesAround(world.places, other)]
  if (aroundOther.includes(one)) return [{ place: other }]
  if (aroundOne.includes(other)) return [{ place: one }]
  return world.channels
    .filter(({ between: [a, b], properties }) => {
      if (property !== undefined && properties !== undefined && !properties.includes(property)) return false
      return (a === one && b === other) || (a === other && b === one)
    })
    .map(({ through }) => ({ place: [one, other].sort().join(' / '), ...(through === undefined ? {} : { through }) }))
}
