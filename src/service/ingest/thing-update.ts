/** A thing of Eclipse Ditto as a context: its attributes, and the properties of each feature under the feature's name. What is desired only is not known of it. */
import { mappingOf } from './mapping.ts'
import type { DeviceUpdate } from './keep-contexts.ts'

export function thingUpdate(thing: Readonly<Record<string, unknown>>): DeviceUpdate | { readonly wrong: string } {
  const { thingId, attributes, features } = thing
  if (typeof thingId !== 'string' || thingId === '' || thingId.length > 256) return { wrong: 'the thing has no `thingId`' }
  const properties = Object.entries(mappingOf(features)).flatMap(([name, feature]) => {
    const known = mappingOf(feature)['properties']
    return known === undefined ? [] : [[name, known] as const]
  })
  return { device: thingId, context: { ...mappingOf(attributes), ...Object.fromEntries(properties) } }
}
