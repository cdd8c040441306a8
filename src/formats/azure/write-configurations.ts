/** Azure IoT Hub's side of an assignment: one configuration for every variant, selected by a tag, and for every device the patch that sets it. */
import { createHash } from 'node:crypto'
import type { AssignedDevice } from '../../model/assignment.ts'

/** Configurations that a hub takes; a free hub takes 10. */
export const MOST_CONFIGURATIONS = 100

interface Configuration {
  readonly id: string
  readonly schemaVersion: '1.0'
  readonly labels: Readonly<Record<string, string>>
  readonly targetCondition: string
  readonly priority: number
  readonly content: { readonly deviceContent: Readonly<Record<string, object>> }
  readonly metrics: { readonly queries: Readonly<Record<string, string>> }
}

/** In the order given; priorities differ, and no device has two values of the tag. INVARIANT: ids of variants differ. */
export function configurations(variants: readonly string[]): readonly Configuration[] {
  const taken = new Set<string>()
  return variants.map((id, index) => {
    const name = configurationId(id, taken)
    return {
      id: name,
      schemaVersion: '1.0',
      labels: { 'created-by': 'fleetproof' },
      targetCondition: `tags.fleetproof.variant = ${queryText(id)}`,
      priority: index + 1,
      // Settings stand beside it, written for each device: a configuration never touches them.
      content: { deviceContent: { 'properties.desired.fleetproof.release': { variant: id } } },
      metrics: { queries: { applied: `SELECT deviceId FROM devices WHERE configurations.[[${name}]].status = 'Applied'` } },
    }
  })
}

/** Lower-case letters, digits and `-`, at most 128; what two variants would share tells them apart by a hash. */
function configurationId(variant: string, taken: Set<string>): string {
  const plain = `fleetproof-${variant.toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-')}`.slice(0, 110)
  const hash = createHash('sha256').update(variant).digest('hex').slice(0, 12)
  const name = plain === `fleetproof-${variant}` && !taken.has(plain) ? plain : `${plain}-${hash}`
  taken.add(name)
  return name
}

/** A text in IoT Hub's query language; quotes and backslashes are escaped. */
function queryText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`
}

/** A line of NDJSON: tags by which configurations select the device, settings among its desired properties; `null` takes away what stood there. */
export function twinPatch({ device, variant, settings }: AssignedDevice): string {
  const chosen = Object.keys(settings).length === 0 ? null : settings
  return `${JSON.stringify({
    deviceId: device,
    tags: { fleetproof: { variant } },
    properties: { desired: { fleetproof: variant === null ? null : { settings: chosen } } },
  })}\n`
}
