/** A device twin of an Azure IoT hub as a context: what the device reports, else its tags; `online` is what the hub says of the connection. */
import { mappingOf } from './mapping.ts'
import type { DeviceUpdate } from './keep-contexts.ts'

/** Twins of modules are passed over. */
export function twinUpdate(twin: Readonly<Record<string, unknown>>): DeviceUpdate | { readonly wrong: string } | { readonly passed: true } {
  const { deviceId, moduleId, tags, properties, connectionState } = twin
  if (typeof moduleId === 'string') return { passed: true }
  if (typeof deviceId !== 'string' || deviceId === '' || deviceId.length > 256) return { wrong: 'the twin has no `deviceId`' }
  const reported = mappingOf(properties)['reported']
  return {
    device: deviceId,
    context: {
      ...(connectionState === 'Connected' ? { online: true } : connectionState === 'Disconnected' ? { online: false } : {}),
      ...own(tags),
      ...own(reported),
    },
  }
}

/** Without what the hub keeps beside. */
const own = (value: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(mappingOf(value)).filter(([key]) => !key.startsWith('$')))
