/**
 * A target of hawkBit as a context: its attributes (`attributes`, as the management API has them, or `data` with its `mode`, as a device sends them), and
 * `online` where the server says whether it is overdue.
 */
import { mappingOf } from './mapping.ts'
import type { DeviceUpdate } from './keep-contexts.ts'

const modes = new Set([undefined, 'merge', 'replace', 'remove'])

export function targetUpdate(target: Readonly<Record<string, unknown>>): DeviceUpdate | { readonly wrong: string } {
  const { controllerId, attributes, data, mode, pollStatus } = target
  if (typeof controllerId !== 'string' || controllerId === '' || controllerId.length > 256)
    return { wrong: 'the target has no `controllerId`' }
  if (!modes.has(mode as string | undefined)) return { wrong: 'a `mode` is `merge`, `replace` or `remove`' }
  const known = { ...mappingOf(attributes), ...mappingOf(data) }
  const { overdue } = mappingOf(pollStatus)
  const online = typeof overdue === 'boolean' ? { online: !overdue } : {}
  const context = mode === 'remove' ? Object.fromEntries(Object.keys(known).map((key) => [key, null])) : known
  return { device: controllerId, context: { ...context, ...online }, ...(mode === 'replace' && { whole: true }) }
}
