/** Actions of devices: what a service does to the one entity that they mean. From documentation: docs/scripts, section "Device". */
import { callService } from './calls.ts'
import { deviceNamed, statesOf } from './devices.ts'
import type { YamlNode } from './tree.ts'
import { unmodelledStep, type Writing } from './writing.ts'

export function deviceAction(w: Writing, item: YamlNode, next: readonly string[]): readonly string[] {
  const named = deviceNamed(w, item)
  const { domain, type, entity, device } = named
  const services: Readonly<Record<string, string>> = {
    open: 'open_cover',
    close: 'close_cover',
    set_position: 'set_cover_position',
    select_option: 'select_option',
    set_value: 'set_value',
    press: 'press',
    lock: 'lock',
    unlock: 'unlock',
    set_hvac_mode: 'set_hvac_mode',
    clean: 'start',
    dock: 'return_to_base',
  }
  if (domain === 'mobile_app') {
    w.home.opaque.add(`${domain}.${type}`)
    return next
  }
  if (entity === undefined) {
    const why = `an action of the device \`${device.slice(0, 8)}\`: no registry says which entity of \`${domain}\` it is`
    return unmodelledStep(w, why, item.at, [`*${domain}`], next)
  }
  const service = services[type] ?? (statesOf(named) === undefined ? type : type)
  const call: YamlNode = {
    is: 'map',
    at: item.at,
    entries: [
      {
        key: 'action',
        at: item.at,
        node: { is: 'scalar', value: `${domain}.${service}`, text: `${domain}.${service}`, plain: true, at: item.at },
      },
      { key: 'entity_id', at: item.at, node: { is: 'scalar', value: entity, text: entity, plain: true, at: item.at } },
      { key: 'data', at: item.at, node: item },
    ],
  }
  return callService(w, call, next)
}
