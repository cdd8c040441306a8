// What a GeneSIS model becomes when devices change: one component of ours per device, hosted by the device's own; everything else stays as it was.
import { revisionText, readRevision, type Revision } from '../../model/revision.ts'
import type { DeviceOutcome } from '../../model/rollout.ts'
import type { DesiredState } from '../deployer.ts'
import { desiredText, readDesired } from '../document.ts'

export type Mapping = Readonly<Record<string, unknown>>

/** `{"dm": {...}, "graph": {...}}`, or the bare `dm`; only what is read is named. */
export interface GenesisModel {
  readonly whole: Mapping
  readonly dm: Mapping
  readonly components: readonly Mapping[]
  readonly containments: readonly Mapping[]
}

const OWN = 'fleetproof'

export function readGenesisModel(value: unknown): GenesisModel {
  const whole = mappingOf(value)
  const dm = 'dm' in whole ? mappingOf(whole['dm']) : whole
  return { whole, dm, components: mappingsOf(dm['components']), containments: mappingsOf(dm['containments']) }
}

/** Whether the model has a component of this name that is not ours. */
export function hostOf(model: GenesisModel, device: string): Mapping | undefined {
  return model.components.find((component) => component['name'] === device && ownState(component) === undefined)
}

/** GeneSIS compares models by names: a new revision is a new component, and the old one goes. */
export function componentName({ device, revision }: DesiredState): string {
  return `${OWN}_${device}_${revision.execution}`
}

/** The model with the components of these states, built by `build`, in place of those of earlier ones. Keeps `dm` wrapped or bare as it was. */
export function withStates(
  model: GenesisModel,
  states: readonly DesiredState[],
  build: (state: DesiredState) => Mapping | undefined,
): Mapping {
  const devices = new Set(states.map((state) => state.device))
  const gone = new Set(
    model.components.flatMap((component) => (devices.has(ownState(component)?.device ?? '') ? [String(component['name'])] : [])),
  )
  const added = states.flatMap((state) => {
    const built = build(state)
    return built === undefined ? [] : [{ state, component: componentOf(state, built) }]
  })
  const components = [...model.components.filter((component) => !gone.has(String(component['name']))), ...added.map((one) => one.component)]
  const containments = [
    ...model.containments.filter((containment) => !gone.has(String(containment['target']).split('/')[1] ?? '')),
    ...added.map(({ state, component }) => containmentOf(state, component, hostOf(model, state.device)!)),
  ]
  const dm = { ...model.dm, components, containments }
  return 'dm' in model.whole ? { ...model.whole, dm } : dm
}

/** What our component of a device in this model says that it runs. */
export function runningStates(model: GenesisModel): ReadonlyMap<string, { readonly revision: Revision; readonly is: DeviceOutcome }> {
  const states = model.components.flatMap((component) => ownState(component) ?? [])
  return new Map(states.sort((a, b) => a.revision.execution - b.revision.execution).map((state) => [state.device, state]))
}

function componentOf(state: DesiredState, built: Mapping): Mapping {
  const properties = [...mappingsOf(built['properties']), { name: OWN, device: state.device, desired: desiredText(state) }]
  return {
    provided_execution_port: [],
    provided_communication_port: [],
    required_communication_port: [],
    ...built,
    name: componentName(state),
    id: componentName(state),
    version: revisionText(state.revision),
    required_execution_port: { name: 'demandPort', needDeployer: false },
    properties,
  }
}

function containmentOf(state: DesiredState, component: Mapping, host: Mapping): Mapping {
  const [port] = mappingsOf(host['provided_execution_port'])
  const name = typeof port?.['name'] === 'string' ? port['name'] : 'offerPort'
  return { name: `${OWN}_${state.device}_hosting`, src: `/${state.device}/${name}`, target: `/${String(component['name'])}/demandPort` }
}

function ownState(component: Mapping): DesiredState | undefined {
  const own = mappingsOf(component['properties']).find((property) => property['name'] === OWN)
  if (typeof own?.['device'] !== 'string' || typeof own['desired'] !== 'string') return undefined
  const state = readDesired(own['device'], own['desired'])
  return state !== undefined && readRevision(String(component['version']))?.execution === state.revision.execution ? state : undefined
}

function mappingOf(value: unknown): Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Mapping) : {}
}

function mappingsOf(value: unknown): readonly Mapping[] {
  return Array.isArray(value) ? value.map(mappingOf) : []
}
