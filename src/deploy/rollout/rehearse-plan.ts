// What a backend would be sent and would refuse, if a plan were carried out.
import type { Plan } from '../../model/plan.ts'
import type { Deployer, Rehearsal } from '../deployer.ts'
import { outcomeOf } from './outcome-of.ts'

/** The first `most` changes of the plan; nothing is changed anywhere. */
export async function rehearsePlan(
  deployer: Deployer,
  { changes, choices, head }: Pick<Plan, 'changes' | 'choices' | 'head'>,
  most: number,
  signal?: AbortSignal,
): Promise<Rehearsal> {
  const outcomes = choices.map(outcomeOf)
  const revision = { release: head.release ?? '0'.repeat(64), execution: Number.MAX_SAFE_INTEGER }
  const sends: string[] = []
  const refusals: Rehearsal['refusals'][number][] = []
  const { batch } = deployer.capabilities.limits
  for (let from = 0; from < Math.min(changes.count, most); from += batch) {
    const states = changes.ids.slice(from, Math.min(from + batch, most)).map((device, at) => ({
      device,
      revision,
      is: outcomes[changes.to[from + at] ?? 0] ?? outcomeOf(undefined),
    }))
    const found = await deployer.rehearse({ rollout: 'rehearsal', wave: changes.wave[from] ?? 0, states }, signal)
    sends.push(...found.sends)
    refusals.push(...found.refusals)
  }
  return { sends, refusals }
}
