/** Rollouts that this process carries out: their workflow for `startJobs`, and a way to stop that leaves each where its journal ends. */
import { setTimeout as delay } from 'node:timers/promises'
import type { DurableWorkflow } from '../../jobs/durable.ts'
import type { Store } from '../../store/store.ts'
import { connectDeployer, isAlone } from '../connect-deployer.ts'
import type { Deployer } from '../deployer.ts'
import { systemClock, type Clock } from '../pace.ts'
import { createSharing } from '../shared.ts'
import type { CarriedOut } from './carry-out.ts'
import { rolloutWorkflow, type RolloutInput } from './workflow.ts'

export type RolloutWorkflow = DurableWorkflow<RolloutInput, CarriedOut>

export interface RolloutsHere {
  readonly workflow: RolloutWorkflow
  /** Lets go of every backend; what goes on is taken up at the next start. Before the jobs are closed, and long before the store. */
  readonly stop: () => Promise<void>
}

export interface RolloutsHereOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly log?: (level: 'info' | 'warn' | 'error', message: string) => void
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** As the workflow has it. */
  readonly again?: number
}

const LONGEST_STOP = 10_000

export function rolloutsHere(store: Store, { environment, log, now, again }: RolloutsHereOptions): RolloutsHere {
  const stopping = new AbortController()
  const clock: Clock = { now, sleep: systemClock.sleep }
  const share = createSharing()
  let open = 0
  const workflow = rolloutWorkflow({
    store,
    stopping: stopping.signal,
    clock,
    connect: async (config, name) => {
      const connect = (): Promise<Deployer> => connectDeployer(config, name, { environment, signal: stopping.signal })
      const deployer = isAlone(config) ? await share(JSON.stringify(config), connect) : await connect()
      open++
      return {
        ...deployer,
        close: async () => {
          try {
            await deployer.close()
          } finally {
            open--
          }
        },
      }
    },
    ...(again === undefined ? {} : { again }),
    ...(log === undefined ? {} : { log }),
  })
  return {
    workflow,
    stop: async () => {
      stopping.abort(new Error('the process stops'))
      for (let waited = 0; open > 0 && waited < LONGEST_STOP; waited += 20) await delay(20)
    },
  }
}
