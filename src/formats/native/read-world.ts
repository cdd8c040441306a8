/** Reads what native automations say of the world themselves: groups of things, resources they claim, places (`world`) and safety properties (`safety`). */
import { describeValue } from '../../diagnostics/document.ts'
import { maybe } from '../../diagnostics/suggest.ts'
import type { ThingAttribute } from '../../model/automation.ts'
import type { BehaviourPart } from '../../model/behaviour-part.ts'
import type { ResourceClaim, ThingGroup } from '../../model/environment.ts'
import { isMapping, nameAt, type Reading, say } from '../../model/reading.ts'
import { defaultEffects } from '../places/read-effects.ts'
import { readPlacesSection } from '../places/read-places.ts'
import { readPropertiesSection } from '../places/read-properties.ts'

type World = Pick<BehaviourPart, 'places' | 'safety' | 'groups' | 'claims'>

export function readWorld(
  reading: Reading,
  document: Readonly<Record<string, unknown>>,
  attributes: ReadonlyMap<string, ThingAttribute>,
  application: string,
): World {
  const { world, safety, groups, claims } = document
  const places = world === undefined ? undefined : readPlacesSection(reading, world, ['world'], defaultEffects())
  return {
    ...(places === undefined ? {} : { places }),
    ...(safety === undefined ? {} : { safety: readPropertiesSection(reading, safety, ['safety'], defaultEffects()) }),
    ...(groups === undefined ? {} : { groups: readGroups(reading, groups, attributes) }),
    ...(claims === undefined ? {} : { claims: readClaims(reading, claims, application) }),
  }
}

/** `groups: {lamps: [lamp.power, other.power]}`. */
function readGroups(reading: Reading, written: unknown, attributes: ReadonlyMap<string, ThingAttribute>): readonly ThingGroup[] {
  if (!isMapping(written)) {
    say(reading, ['groups'], 'wrong-type', `\`groups\` must be a mapping, not ${describeValue(written)}`)
    return []
  }
  return Object.entries(written).flatMap(([id, members]): readonly ThingGroup[] => {
    const path = ['groups', id]
    if (!Array.isArray(members)) {
      say(reading, path, 'wrong-type', `\`${id}\` must be a list of attributes, not ${describeValue(members)}`)
      return []
    }
    const known = members.flatMap((member: unknown, index) => {
      const name = nameAt(reading, member, [...path, index])
      const found = name === undefined ? undefined : attributes.get(name)
      if (name !== undefined && found === undefined)
        say(reading, [...path, index], 'unknown-attribute', `no attribute is called \`${name}\``, maybe(name, attributes.keys()))
      return found === undefined ? [] : [found.id]
    })
    return [{ id, members: known, at: reading.document.locateKey(path) }]
  })
}

/** `claims: [port 1883 of gateway]`: what nobody else can have besides. */
function readClaims(reading: Reading, written: unknown, application: string): readonly ResourceClaim[] {
  if (!Array.isArray(written)) {
    say(reading, ['claims'], 'wrong-type', `\`claims\` must be a list of resources, not ${describeValue(written)}`)
    return []
  }
  return written.flatMap((one: unknown, index) => {
    const resource = nameAt(reading, one, ['claims', index])
    return resource === undefined ? [] : [{ resource, by: application, at: reading.document.locate(['claims', index]) }]
  })
}
