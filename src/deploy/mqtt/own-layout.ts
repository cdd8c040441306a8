/**
 * Our own topics below `<prefix>`:
 * - `devices/<device>/desired`: retained, what the device should run (`document.ts`); empty: nothing is asked;
 * - `devices/<device>/reported`: retained, the device's whole word on itself;
 * - `devices/<device>/alive`: retained, `1`, and `0` by last will;
 * - `executors/<client>/fence`: an executor's messages to itself.
 */
import { nameOfLevel, topicLevel } from '../../mqtt/topic-filter.ts'

export interface OwnTopics {
  readonly desired: (device: string) => string
  readonly reported: (device: string) => string
  readonly alive: (device: string) => string
  readonly fence: (client: string) => string
  readonly all: (what: DeviceTopic) => string
  /** Which device a topic speaks of, and of what. */
  readonly read: (topic: string) => { readonly device: string; readonly what: DeviceTopic } | undefined
}

type DeviceTopic = 'desired' | 'reported' | 'alive'

/** `prefix` has no wildcards and no slash at its end: `fleetproof/north`. */
export function ownTopics(prefix: string): OwnTopics {
  const at = (device: string, what: DeviceTopic): string => `${prefix}/devices/${topicLevel(device)}/${what}`
  const base = `${prefix}/devices/`
  return {
    desired: (device) => at(device, 'desired'),
    reported: (device) => at(device, 'reported'),
    alive: (device) => at(device, 'alive'),
    fence: (client) => `${prefix}/executors/${topicLevel(client)}/fence`,
    all: (what) => `${base}+/${what}`,
    read: (topic) => {
      if (!topic.startsWith(base)) return undefined
      const end = topic.lastIndexOf('/')
      const what = topic.slice(end + 1)
      if (what !== 'desired' && what !== 'reported' && what !== 'alive') return undefined
      return { device: nameOfLevel(topic.slice(base.length, end)), what }
    },
  }
}
