/** Rollouts as the service answers them. */
import { z } from 'zod'
import type { Managed } from '../deploy/rollout/manage.ts'
import { planFromStore } from '../deploy/rollout/stored-plan.ts'
import { devicesPerSecond } from '../deploy/deployer-config.ts'
import { planHead, durationEstimate, type Plan } from '../model/plan.ts'
import { withQuota } from '../plan/estimate.ts'
import { rolloutState } from '../model/rollout.ts'
import type { RolloutRow } from '../store/rollouts.ts'
import type { Parts } from './parts.ts'
import { notFound, refusal, type Refusal } from './problem.ts'

export const rolloutShape = z
  .object({
    id: z.string(),
    fleet: z.string(),
    release: z.string().describe('content hash of the release, or of the assigned lines where none was made'),
    stage: z.string(),
    state: rolloutState,
    because: z.string(),
    author: z.string(),
    approver: z.string().optional(),
    needsApproval: z.boolean(),
    backOf: z.string().optional().describe('the rollout that this one takes back'),
    deployer: z.unknown(),
    changes: z.int(),
    waves: z.array(z.object({ name: z.string(), devices: z.int() })),
    estimate: durationEstimate.describe('milliseconds, at best: rates, quotas, the time of a device'),
    journal: z.int().describe('lines of its journal: the id of its last event'),
    created: z.string(),
    updated: z.string(),
  })
  .meta({ id: 'Rollout' })

export function rolloutAnswer(row: RolloutRow): z.output<typeof rolloutShape> {
  const head = planHead.parse(row.head)
  const { id, fleet, release, stage, because, author, approver, back_of, deployer, created, updated } = row
  return {
    id,
    fleet,
    release,
    stage,
    state: rolloutState.parse(row.state),
    because,
    author,
    ...(approver === null ? {} : { approver }),
    needsApproval: row.needs_approval,
    ...(back_of === null ? {} : { backOf: back_of }),
    deployer,
    changes: head.changes,
    waves: head.waves.map(({ name, devices }) => ({ name, devices })),
    estimate: withQuota(head, devicesPerSecond(deployer)),
    journal: row.journal,
    created,
    updated,
  }
}

export async function findRollout({ store }: Pick<Parts, 'store'>, tenant: string, id: string): Promise<RolloutRow> {
  const row = await store.rollouts.get(tenant, id)
  if (row === undefined) throw notFound(`there is no rollout \`${id}\``)
  return row
}

/** Its plan. */
export async function planOf({ store }: Pick<Parts, 'store'>, tenant: string, row: RolloutRow): Promise<Plan> {
  return planFromStore(row.head, await store.rollouts.parts(tenant, row.id))
}

/** The row, or why it was not done. */
export function managed(answer: Managed): RolloutRow {
  if (answer.ok) return answer.rollout
  throw refusedAs(answer)
}

function refusedAs({ code, message }: Extract<Managed, { readonly ok: false }>): Refusal {
  switch (code) {
    case 'rollout/unknown':
      return notFound(message)
    case 'rollout/four-eyes':
      return refusal(403, code, message)
    default:
      return refusal(409, code, message)
  }
}
