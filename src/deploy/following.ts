// Backends that tell nothing by themselves: devices that were told something are looked at again and again, until they say how it ended.
import { EngineError } from '../diagnostics/engine-error.ts'
import type { DeviceReport } from './deployer.ts'
import { eachOf } from './each.ts'
import type { Watchers } from './watchers.ts'

export interface FollowingOptions {
  readonly pollMilliseconds: number
  /** Devices looked at at a time. */
  readonly atOnce: number
  readonly watchers: Watchers
  /** What is known of the device now; nothing where the backend does not answer. */
  readonly look: (device: string, signal: AbortSignal) => Promise<readonly DeviceReport[] | undefined>
  /** What a device says last when all went well. */
  readonly last: 'reported' | 'verified'
}

export interface Following {
  /** The device was told this execution. */
  readonly add: (device: string, execution: number) => void
  readonly has: (device: string) => boolean
  readonly remove: (device: string) => void
  readonly begin: () => void
  readonly stop: () => Promise<void>
}

export function createFollowing({ pollMilliseconds, atOnce, watchers, look, last }: FollowingOptions): Following {
  const open = new Map<string, { readonly execution: number; told: string }>()
  let polling: { readonly stop: AbortController; readonly done: Promise<void> } | undefined
  const poll = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await eachOf([...open.keys()], atOnce, async (device) => {
        const reports = await look(device, signal)
        const waiting = open.get(device)
        const text = JSON.stringify(reports)
        if (reports === undefined || waiting === undefined || text === waiting.told) return
        await watchers.tell(reports)
        waiting.told = text
        if (reports.some((one) => (one.is === last || one.is === 'failed') && (one.revision?.execution ?? 0) >= waiting.execution))
          open.delete(device)
      })
      await new Promise((resolve) => setTimeout(resolve, pollMilliseconds))
    }
  }
  return {
    add: (device, execution) => void open.set(device, { execution, told: '' }),
    has: (device) => open.has(device),
    remove: (device) => void open.delete(device),
    begin: () => {
      if (polling !== undefined) return
      const stop = new AbortController()
      polling = { stop, done: poll(stop.signal).catch(() => undefined) }
    },
    stop: async () => {
      polling?.stop.abort(new EngineError('deploy/closed', 'the deployer is closed'))
      await polling?.done
    },
  }
}
