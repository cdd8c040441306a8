// What the harnesses of the contract remember of devices on the far side of a backend.
import { createDevice, Refused, type Device } from '../../examples/agent/device.ts'
import { shortMemory } from '../../examples/agent/memory.ts'
import type { StatusDocument } from '../../src/deploy/document.ts'
import type { DeviceOutcome } from '../../src/model/rollout.ts'
import type { Behaviour, DeployWorld } from './contract.ts'

export interface FarDevices {
  /** This part of a world. */
  readonly world: Pick<DeployWorld, 'devices' | 'acted' | 'runs' | 'behave'>
  /** For backends that keep states for devices that are away. */
  readonly back: NonNullable<DeployWorld['back']>
  readonly actions: (device: string) => number[]
  readonly behaviour: (device: string) => Behaviour
  readonly nowRuns: (device: string, is: DeviceOutcome) => void
}

export function farDevices(devices: readonly string[]): FarDevices {
  const acted = new Map<string, number[]>(devices.map((device) => [device, []]))
  const runs = new Map<string, DeviceOutcome>()
  const behaviours = new Map<string, Behaviour>()
  return {
    world: {
      devices,
      acted: (device) => acted.get(device)!,
      runs: (device) => runs.get(device),
      behave: (device, behaviour) => void behaviours.set(device, behaviour),
    },
    back: (device) => Promise.resolve(void behaviours.set(device, 'succeeds')),
    actions: (device) => acted.get(device)!,
    behaviour: (device) => behaviours.get(device) ?? 'succeeds',
    nowRuns: (device, is) => void runs.set(device, is),
  }
}

/** Agents that say where they stand by `tell`. */
export function farAgents(
  { actions, behaviour, nowRuns, world }: FarDevices,
  tell: (device: string, status: StatusDocument) => void,
): ReadonlyMap<string, Device> {
  return new Map(
    world.devices.map((device) => [
      device,
      createDevice(device, shortMemory(), {
        fetch: () => Promise.reject(new Error('nothing to fetch')),
        install: (state) => {
          actions(device).push(state.revision.execution)
          if (behaviour(device) === 'fails') return Promise.reject(new Error('disk full'))
          if (behaviour(device) === 'rejects') return Promise.reject(new Refused('not for me'))
          nowRuns(device, state.is)
          return Promise.resolve()
        },
        check: () => Promise.resolve(true),
        tell: (status) => {
          tell(device, status)
          return Promise.resolve()
        },
      }),
    ]),
  )
}
