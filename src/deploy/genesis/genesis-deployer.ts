/**
 * GeneSIS: the whole model is deployed at once, with one component of ours on every device, and GeneSIS finds out what changed. Progress comes over MQTT on WebSockets:
 * `/Status` names a component and how it is, `/Notifications` says when a deployment is over. One deployment runs at a time.
 */
import { z } from 'zod'
import { endsAfter } from '../../ends-after.ts'
import { connect, type MqttConnection } from '../../mqtt/connect.ts'
import type { MqttOptions } from '../../mqtt/options.ts'
import { carriedBy, createCarriedDeployer, type Carried, type CarriedDeployer } from '../carried-deployer.ts'
import type { DesiredState, DeviceReport, Failure, Rehearsal } from '../deployer.ts'
import { parsed } from '../document.ts'
import { askHttp, type HttpLimits } from '../http.ts'
import { componentName, hostOf, readGenesisModel, runningStates, withStates, type GenesisModel, type Mapping } from './target-model.ts'

export interface GenesisOptions {
  /** `http://host:8000` */
  readonly url: string
  /** `ws://host:9001` */
  readonly progress: MqttOptions
  readonly limits: HttpLimits
  /** The component of a state, without name, version and hosting; nothing where the device shall run nothing. */
  readonly build: (state: DesiredState) => Mapping | undefined
  /** Why a state can never be built. */
  readonly refusal?: (state: DesiredState) => string | undefined
  /** Devices that one deployment changes. */
  readonly together: number
  /** How long one deployment may take. */
  readonly milliseconds: number
  readonly file?: string
}

const statusShape = z.object({ node: z.string(), status: z.enum(['running', 'config', 'error', 'OK', 'KO']) })
const startShape = z.object({ started: z.unknown() })

/** Tells of one deployment while it runs. */
interface Listener {
  readonly status: (node: string, status: 'OK' | 'KO') => void
  readonly over: () => void
}

export async function createGenesisDeployer(options: GenesisOptions): Promise<CarriedDeployer> {
  let listener: Listener | undefined
  const progress = await connect({
    ...options.progress,
    subscriptions: [
      {
        filters: ['/Status', '/Notifications'],
        handler: ({ topic, payload }) => {
          const text = Buffer.from(payload).toString()
          if (topic === '/Notifications') {
            if (text.includes('Deployment completed')) listener?.over()
            return
          }
          const read = statusShape.safeParse(parsed(text))
          if (!read.success) return
          const { node, status } = read.data
          if (status === 'OK' || status === 'running') listener?.status(node, 'OK')
          else if (status === 'KO' || status === 'error') listener?.status(node, 'KO')
        },
      },
    ],
  })
  const getModel = async (which: 'get_target_model' | 'model', signal: AbortSignal | undefined): Promise<GenesisModel | Failure> => {
    const asked = await askHttp({ method: 'GET', url: `${options.url}/genesis/${which}` }, options.limits, signal)
    if (asked.is === 'failed') return asked
    const value = parsed(asked.answer.text)
    return typeof value === 'object' && value !== null
      ? readGenesisModel(value)
      : { class: 'retryable', why: 'GeneSIS answers what is no model' }
  }
  const carry = async (states: readonly DesiredState[], signal: AbortSignal): Promise<readonly Carried[]> => {
    const target = await getModel('get_target_model', signal)
    if (!('dm' in target)) return states.map(() => carriedBy(target))
    const hosted = states.filter((state) => hostOf(target, state.device) !== undefined)
    const outcomes = await deploy(hosted, withStates(target, hosted, options.build), signal)
    return states.map(
      (state) => outcomes.get(state.device) ?? { is: 'rejected', why: 'the model has no component of this name that could host it' },
    )
  }
  const deploy = async (states: readonly DesiredState[], model: Mapping, signal: AbortSignal): Promise<ReadonlyMap<string, Carried>> => {
    if (states.length === 0) return new Map()
    const words = new Map<string, 'OK' | 'KO'>()
    const late = endsAfter(options.milliseconds, signal)
    const over = new Promise<boolean>((resolve) => {
      listener = { status: (node, status) => void words.set(node, status), over: () => resolve(true) }
      late.addEventListener('abort', () => resolve(false), { once: true })
    })
    try {
      const body = JSON.stringify(model)
      const asked = await askHttp(
        { method: 'POST', url: `${options.url}/genesis/deploy`, headers: { 'content-type': 'application/json' }, body },
        options.limits,
        signal,
      )
      if (asked.is === 'failed') return new Map(states.map((state) => [state.device, carriedBy(asked)]))
      if (!startShape.safeParse(parsed(asked.answer.text)).success) {
        const why = `GeneSIS does not start: ${asked.answer.text.slice(0, 300)}`
        return new Map(states.map((state) => [state.device, { is: 'failure', why }]))
      }
      const ended = await over
      signal.throwIfAborted()
      const now = await getModel('model', signal)
      const running = 'dm' in now ? runningStates(now) : undefined
      return new Map(states.map((state) => [state.device, outcomeOf(state, words.get(componentName(state)), running, ended)]))
    } finally {
      listener = undefined
    }
  }
  /** A model says what was deployed, a status how it went: both must agree. */
  const outcomeOf = (
    state: DesiredState,
    word: 'OK' | 'KO' | undefined,
    running: ReturnType<typeof runningStates> | undefined,
    ended: boolean,
  ): Carried => {
    if (word === 'KO') return { is: 'failure', why: 'GeneSIS says that the component is in error' }
    const there = running?.get(state.device)
    const agrees = options.build(state) === undefined ? there === undefined : there?.revision.execution === state.revision.execution
    if (running !== undefined && agrees && (word === 'OK' || ended)) return { is: 'success', why: '' }
    return ended
      ? { is: 'failure', why: 'the deployment ended without it' }
      : { is: 'timed-out', why: 'the deployment did not end in its time' }
  }
  const rehearse = async (states: readonly DesiredState[], signal: AbortSignal | undefined): Promise<Rehearsal> => {
    const target = await getModel('get_target_model', signal)
    if (!('dm' in target)) return { sends: [], refusals: states.map(({ device }) => ({ device, ...target })) }
    const hosted = states.filter((state) => hostOf(target, state.device) !== undefined)
    const sends = hosted.map(
      (state) => `component ${componentName(state)} on ${state.device}: ${JSON.stringify(options.build(state) ?? null)}`,
    )
    const alone = states.filter((state) => !hosted.includes(state))
    const why = 'the model has no component of this name that could host it'
    return { sends, refusals: alone.map(({ device }) => ({ device, class: 'rejected' as const, why })) }
  }
  const deployer = await createCarriedDeployer(
    {
      name: 'genesis',
      capabilities: {
        away: 'fails',
        verifies: false,
        liveness: false,
        rollback: false,
        groups: false,
        wildcards: false,
        limits: { batch: options.together },
      },
      together: options.together,
      parallel: 1,
      refusal: (state) =>
        state.device === '' || state.device.includes('/') ? 'a component of GeneSIS has a name without `/`' : options.refusal?.(state),
      carry,
      rehearse,
      ask: async (devices, signal) => {
        const model = await getModel('model', signal)
        if (!('dm' in model)) return []
        const running = runningStates(model)
        return devices.flatMap((device): readonly DeviceReport[] => {
          const state = running.get(device)
          return state === undefined ? [] : [{ device, is: 'reported', revision: state.revision, runs: state.is }]
        })
      },
    },
    options.file,
  )
  return { ...deployer, close: () => closeBoth(deployer, progress) }
}

async function closeBoth(deployer: CarriedDeployer, progress: MqttConnection): Promise<void> {
  await deployer.close()
  await progress.end()
}
