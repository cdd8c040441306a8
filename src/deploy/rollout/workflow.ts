/**
 * A rollout as a durable workflow: one step that drives it to its end. The journal knows how far it is, so whoever takes the workflow up after a crash goes on there;
 * a backend that cannot be reached is tried again until it can.
 */
import { EngineError } from '../../diagnostics/engine-error.ts'
import type { DurableWorkflow } from '../../jobs/durable.ts'
import type { Store } from '../../store/store.ts'
import { carryOut, type CarriedOut, type CarryOutOptions } from './carry-out.ts'

export interface RolloutWorkflowOptions extends Omit<CarryOutOptions, 'tenant' | 'rollout' | 'signal'> {
  readonly store: Store
  /** The process is about to end: rollouts are left as they are, for whoever starts next. */
  readonly stopping: AbortSignal
  /** Milliseconds between two attempts to reach a backend; 5,000 where absent. */
  readonly again?: number
  readonly log?: (level: 'info' | 'warn' | 'error', message: string) => void
}

export interface RolloutInput {
  readonly tenant: string
  readonly rollout: string
}

export const ROLLOUT_WORKFLOW = 'rollout'

/** One workflow carries a rollout to an end; a way back asked for after that is carried by another. */
export const rolloutWorkflowId = ({ tenant, rollout }: RolloutInput, wayBack = false): string =>
  `rollout/${tenant}/${rollout}${wayBack ? '/back' : ''}`

export function rolloutWorkflow(options: RolloutWorkflowOptions): DurableWorkflow<RolloutInput, CarriedOut> {
  return {
    name: ROLLOUT_WORKFLOW,
    run: (context, input) => context.step('carry out', () => untilItEnds(options, input)),
  }
}

async function untilItEnds(
  { store, stopping, again = 5000, log = () => undefined, ...options }: RolloutWorkflowOptions,
  input: RolloutInput,
): Promise<CarriedOut> {
  for (;;) {
    try {
      return await carryOut(store, { ...options, ...input, signal: stopping })
    } catch (error) {
      if (stopping.aborted) return await new Promise<never>(() => undefined)
      if (error instanceof EngineError && error.code === 'rollout/unknown') throw error
      if (error instanceof EngineError && error.code === 'rollout/taken-over') return { state: 'running', because: error.message }
      const message = error instanceof Error ? error.message : String(error)
      log('warn', `rollout \`${input.rollout}\` stands still: ${message}`)
      await options.clock.sleep(again, stopping).catch(() => undefined)
    }
  }
}
