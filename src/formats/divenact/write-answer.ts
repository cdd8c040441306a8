/** Writes the answer as DivEnact gives it: its own document with each plan's devices and each device's plan and settings; devices without a plan get `nodp`. */
import type { AssignedDevice } from '../../model/assignment.ts'

export type DivenactAnswer = Readonly<Record<'deployments' | 'devices', Readonly<Record<string, Readonly<Record<string, unknown>>>>>>

/** What DivEnact calls the plan of a device that has none. */
const NO_PLAN = 'nodp'

/** `input` is the document that was read (its plain value); keys and their order stay, `deployed` lists are sorted. */
export function writeDivenactAnswer(input: unknown, devices: readonly AssignedDevice[]): DivenactAnswer {
  const document = mapping(input)
  const given = new Map(devices.map((device) => [device.device, device]))
  const deployed = new Map<string, string[]>()
  for (const { device, variant } of devices) {
    if (variant === null) continue
    const list = deployed.get(variant)
    if (list === undefined) deployed.set(variant, [device])
    else list.push(device)
  }
  return {
    deployments: mapValues(mapping(document['deployments']), (plan, id) => ({
      ...mapping(plan),
      deployed: (deployed.get(id) ?? []).sort(),
    })),
    devices: mapValues(mapping(document['devices']), (device, id) => {
      const { variant = null, settings = {} } = given.get(id) ?? {}
      const setting = (name: string): boolean => variant !== null && settings[name] === true
      return { ...mapping(device), deploy: variant ?? NO_PLAN, acclr: setting('acclr'), intledge: setting('intledge') }
    }),
  }
}

function mapping(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {}
}

function mapValues<T>(record: Readonly<Record<string, unknown>>, change: (value: unknown, key: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]))
}
