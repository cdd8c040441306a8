/** A device twin of an Azure IoT hub as a context: what the device reports, else its tags; `online` is what the hub says of the connection. */
import type { DeviceUpdate } from './keep-contexts.ts'

/** Twins of modules are passed over. */
export function twinUpdate(twin: Readonly<Record<string, unknown>>): DeviceUpdate | { readonly wrong: string } | { readonly passed: true } {
  const { deviceId, moduleId, tags, properties, connectionState } = twin
  if (typeof moduleId === 'string') return { passed: true }
  if (typeof deviceId !== 'string' || deviceId === '' || deviceId.length > 256) return { wrong: 'the twin has no `deviceId`' }
  const reported = mapping(properties)['reported']
  return {
    device: deviceId,
    context: {
      ...(connectionState === 'Connected' ? { online: true } : connectionState === 'Disconnected' ? { online: false } : {}),
      ...own(tags),
      ...own(reported),
    },
  }
}

function mapping(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {}
}

/** Without what the hub keeps beside. */
const own = (value: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(mapping(value)).filter(([key]) => !key.startsWith('$')))
