/**
 * Homie 5: a device has a node `fleetproof` with two properties of the datatype `json`: `desired`, settable, set by `<domain>/5/<device>/fleetproof/desired/set`
 * (not retained, as the convention asks), and `reported`, the device's whole word on itself. Liveness is `$state`.
 */
import { topicLevel } from '../../mqtt/topic-filter.ts'
import { desiredText, readStatus } from '../document.ts'
import type { FleetingLayout } from './fleeting-layout.ts'

/** `domain` is the root topic: `homie`. */
export function homieLayout(domain: string): FleetingLayout {
  const root = `${domain}/5/`
  return {
    name: 'mqtt-homie',
    refusal: (device) => (/^[a-z0-9-]+$/.test(device) ? undefined : 'a Homie id has lower-case letters, digits and `-` only'),
    command: (state) => ({ topic: `${root}${state.device}/fleetproof/desired/set`, payload: desiredText(state), qos: 1, retain: false }),
    filters: [`${root}+/fleetproof/reported`, `${root}+/$state`],
    read: (topic, payload) => {
      const [device, node, property] = topic.startsWith(root) ? topic.slice(root.length).split('/') : []
      if (device === undefined) return []
      const text = Buffer.from(payload).toString()
      if (node === '$state') {
        if (text === 'ready') {
          return [
            { device, is: 'alive', alive: true },
            { device, is: 'back' },
          ]
        }
        return text === 'lost' || text === 'disconnected' || text === 'sleeping' ? [{ device, is: 'alive', alive: false }] : []
      }
      return node === 'fleetproof' && property === 'reported' ? readStatus(device, text) : []
    },
    ask: { is: 'retained', topics: (device) => [`${root}${device}/fleetproof/reported`, `${root}${device}/$state`] },
    fence: (client) => `${domain}/5/${topicLevel(client)}/fleetproof/fence`,
  }
}
