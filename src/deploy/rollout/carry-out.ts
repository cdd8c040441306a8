/** Carries a stored rollout out to its end, way back included. Whoever calls it again after a crash goes on where the journal ends. */
import { EngineError } from '../../diagnostics/engine-error.ts'
import type { RolloutState } from '../../model/rollout.ts'
import type { RolloutRow } from '../../store/rollouts.ts'
import type { Store } from '../../store/store.ts'
import type { Artefact, Deployer } from '../deployer.ts'
import type { Clock } from '../pace.ts'
import { artefactsOfRollout } from './artefacts.ts'
import { driveRollout, type DriveEnd } from './drive.ts'
import type { DriveOptions } from './drive-options.ts'
import { operation, type RolloutEvent } from './journal.ts'
import { progressFrom, type RolloutProgress } from './state.ts'
import { createStoredJournal } from './stored-journal.ts'
import { planFromStore, planToStore } from './stored-plan.ts'
import { planWayBack } from './way-back.ts'

export interface CarryOutOptions extends Pick<DriveOptions, 'attempts' | 'backOff' | 'tick' | 'signal'> {
  readonly tenant: string
  readonly rollout: string
  /** Reaches the devices as the rollout says; closed by us. */
  readonly connect: (config: unknown, rollout: string) => Promise<Deployer>
  readonly artefactOf?: (variant: string) => Artefact | undefined
  /** Milliseconds since 1970. */
  readonly clock: Clock
  readonly onProgress?: (rollout: string, progress: RolloutProgress, events: readonly RolloutEvent[]) => void
}

export interface CarriedOut {
  readonly state: RolloutState
  readonly because: string
}

/** Throws `rollout/unknown`, `rollout/taken-over`, what the store and the deployer cannot recover from, and the signal's reason. */
export async function carryOut(store: Store, asked: CarryOutOptions): Promise<CarriedOut> {
  const row = await rowOf(store, asked.tenant, asked.rollout)
  const ended = endOf(row)
  if (ended !== undefined) return ended
  if (row.state === 'draft' || row.state === 'awaiting-approval')
    throw new EngineError('rollout/not-started', `rollout \`${row.id}\` was not started`)
  const options = { ...asked, artefactOf: asked.artefactOf ?? (await artefactsOfRollout(store, asked.tenant, row)) }
  const plan = await planFromStore(row.head, await store.rollouts.parts(options.tenant, row.id))
  const deployer = await options.connect(row.deployer, row.id)
  try {
    const end = row.state === 'rolling-back' ? undefined : await drive(store, row, plan, deployer, options)
    if (end !== undefined && end.state !== 'rolling-back') return { state: end.state, because: end.because }
    return await goBack(store, row, plan, deployer, options)
  } finally {
    await deployer.close()
  }
}

const finals: readonly string[] = ['succeeded', 'failed', 'aborted', 'rolled-back']

const endOf = (row: RolloutRow): CarriedOut | undefined =>
  finals.includes(row.state) ? { state: row.state as RolloutState, because: row.because } : undefined

async function rowOf(store: Store, tenant: string, rollout: string): Promise<RolloutRow> {
  const row = await store.rollouts.get(tenant, rollout)
  if (row === undefined) throw new EngineError('rollout/unknown', `there is no rollout \`${rollout}\``)
  return row
}

function drive(store: Store, row: RolloutRow, plan: DriveOptions['plan'], deployer: Deployer, options: CarryOutOptions): Promise<DriveEnd> {
  const { tenant, clock, attempts, backOff, tick, signal, artefactOf, onProgress } = options
  return driveRollout({
    rollout: row.id,
    release: row.release,
    plan,
    deployer,
    clock,
    journal: createStoredJournal(store, { tenant, rollout: row.id, plan, verifies: deployer.capabilities.verifies, now: clock.now }),
    nextExecution: () => store.rollouts.nextExecution(tenant, row.fleet),
    operations: async (seq) => (await store.rollouts.operations(tenant, row.id, seq)).map((one) => operation.parse(one)),
    ...(attempts === undefined ? {} : { attempts }),
    ...(backOff === undefined ? {} : { backOff }),
    ...(tick === undefined ? {} : { tick }),
    ...(signal === undefined ? {} : { signal }),
    ...(artefactOf === undefined ? {} : { artefactOf }),
    ...(onProgress === undefined ? {} : { onProgress: (progress, events) => onProgress(row.id, progress, events) }),
  })
}

/** The way back is a rollout of its own, so that it has a journal, an inventory and operations of its own. */
async function goBack(
  store: Store,
  row: RolloutRow,
  plan: DriveOptions['plan'],
  deployer: Deployer,
  options: CarryOutOptions,
): Promise<CarriedOut> {
  const { tenant, clock } = options
  const id = backId(row.id)
  const now = (): string => new Date(clock.now()).toISOString()
  const finish = async (to: 'rolled-back' | 'failed', because: string): Promise<CarriedOut> => {
    await store.rollouts.move(tenant, row.id, { from: ['rolling-back'], to, because }, now())
    return { state: to, because }
  }
  if ((await store.rollouts.get(tenant, id)) === undefined) {
    const back = planWayBack(plan, await progressNow(store, row, plan, deployer, options))
    if (back === undefined) return finish('rolled-back', 'no device had been told')
    const { head, parts } = await planToStore(back)
    const { fleet, release, stage, author, deployer: config } = row
    await store.rollouts.add(
      tenant,
      {
        id,
        fleet,
        release,
        state: 'running',
        because: `takes back \`${row.id}\`: ${row.because}`,
        stage,
        author,
        needs_approval: false,
        deployer: config,
        head,
        back_of: row.id,
      },
      parts,
      now(),
    )
  }
  const backRow = await rowOf(store, tenant, id)
  const ended = endOf(backRow)
  const end =
    ended ?? (await drive(store, backRow, await planFromStore(backRow.head, await store.rollouts.parts(tenant, id)), deployer, options))
  return end.state === 'succeeded'
    ? finish('rolled-back', `every device that was told runs again what it ran before (rollout \`${id}\`)`)
    : finish('failed', `the way back (rollout \`${id}\`) ended ${end.state}: ${end.because}`)
}

export const backId = (rollout: string): string => `${rollout}-back`

async function progressNow(
  store: Store,
  row: RolloutRow,
  plan: DriveOptions['plan'],
  deployer: Deployer,
  { tenant, clock }: CarryOutOptions,
): Promise<RolloutProgress> {
  const { verifies } = deployer.capabilities
  const journal = createStoredJournal(store, { tenant, rollout: row.id, plan, verifies, now: clock.now })
  return progressFrom(journal, plan, verifies)
}
