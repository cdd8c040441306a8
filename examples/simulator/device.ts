// One simulated device as a value, and what it does with a desired state.
import type { DesiredState } from '../../src/deploy/deployer.ts'
import { readDesired, type StatusDocument } from '../../src/deploy/document.ts'
import { revisionText } from '../../src/model/revision.ts'
import type { DeviceOutcome, FailureClass } from '../../src/model/rollout.ts'
import { draw, drawDuration } from './draw.ts'
import type { Faults } from './faults.ts'

/** What a device was told: the execution, and the place of the message among all that the fleet got. */
export interface Told {
  readonly execution: number
  readonly order: number
  readonly retained: boolean
}

export interface SimulatedDevice {
  readonly index: number
  /** As which it is known; two devices may have one name. */
  readonly name: string
  readonly told: Told[]
  /** Executions that it acted on, in order. */
  readonly acted: number[]
  seen: number
  status: StatusDocument
  /** What it really runs, whatever it says. */
  runs: DeviceOutcome | undefined
  away: boolean
}

export interface World {
  readonly seed: number
  readonly faults: Faults
  readonly now: () => number
  readonly later: (milliseconds: number, act: () => void) => void
  readonly say: (device: SimulatedDevice, status: StatusDocument) => void
}

let lastRead: { readonly text: string; readonly state: DesiredState | undefined } | undefined

/** Devices of a wave are told the same text. */
function desiredOf(device: string, text: string): DesiredState | undefined {
  if (lastRead?.text !== text) lastRead = { text, state: readDesired(device, text) }
  return lastRead.state === undefined ? undefined : { ...lastRead.state, device }
}

/** Acts on a desired state that is newer than all it has seen; drops any other, and says again where it stands. */
export function hearDesired(device: SimulatedDevice, text: string, told: Omit<Told, 'execution'>, world: World): void {
  const state = desiredOf(device.name, text)
  if (state === undefined) return
  const { execution } = state.revision
  device.told.push({ execution, ...told })
  if (execution <= device.seen) {
    world.say(device, device.status)
    return
  }
  device.seen = execution
  device.acted.push(execution)
  const chance = (purpose: string): number => draw(world.seed, device.index, execution, purpose)
  const { faults } = world
  world.later(drawDuration(faults.acceptMilliseconds, chance('accept')), () => {
    // A newer one came meanwhile: the older is left.
    if (device.seen !== execution) return
    become(device, { ...withoutFailure(device.status), seen: revisionText(state.revision) }, world)
    const factor = chance('slow') < faults.slow ? faults.slowFactor : 1
    world.later(factor * drawDuration(faults.installMilliseconds, chance('install')), () => {
      if (device.seen === execution) finish(device, state, chance, world)
    })
  })
}

function finish(device: SimulatedDevice, state: DesiredState, chance: (purpose: string) => number, world: World): void {
  const { faults } = world
  const revision = revisionText(state.revision)
  const fail = (failure: FailureClass, why: string): void => become(device, { ...device.status, failure: { revision, class: failure, why } }, world)
  const fate = chance('fate')
  if (fate < faults.silent) return
  if (chance('digest') < faults.wrongDigest) { fail('rejected', "the artefact's digest differs"); return; }
  if (fate < faults.silent + faults.failRejected) { fail('rejected', 'the hardware cannot run it'); return; }
  if (fate < faults.silent + faults.failRejected + faults.failRetryable) { fail('retryable', 'the download broke off'); return; }
  if (chance('lie') < faults.lies) {
    const old: DeviceOutcome = device.runs ?? { outcome: 'none', variant: null, settings: {} }
    become(device, { seen: revision, runs: { revision, ...old } }, world)
    return
  }
  device.runs = state.is
  const runs = { revision, outcome: state.is.outcome, variant: state.is.variant, settings: state.is.settings }
  become(device, { seen: revision, runs: { ...runs, verified: true } }, world)
}

function withoutFailure({ seen, runs }: StatusDocument): StatusDocument {
  return { ...(seen === undefined ? {} : { seen }), ...(runs === undefined ? {} : { runs }) }
}

function become(device: SimulatedDevice, status: StatusDocument, world: World): void {
  device.status = status
  world.say(device, status)
}
