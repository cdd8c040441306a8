/** What people do to rollouts: approve, start, steer, roll back. Each act stands in the audit with who did it and why, in the transaction that does it. */
import { z } from 'zod'
import { connectDeployer } from '../../deploy/connect-deployer.ts'
import type { Rehearsal } from '../../deploy/deployer.ts'
import type { Operation } from '../../deploy/rollout/journal.ts'
import { approveRollout, askRollout, startRollout, type Actor } from '../../deploy/rollout/manage.ts'
import { rehearsePlan } from '../../deploy/rollout/rehearse-plan.ts'
import { rolloutWorkflowId } from '../../deploy/rollout/workflow.ts'
import type { Plan } from '../../model/plan.ts'
import { EngineError } from '../../diagnostics/engine-error.ts'
import type { App } from '../app.ts'
import { now, type Parts } from '../parts.ts'
import type { Principal } from '../principal.ts'
import { refusal } from '../problem.ts'
import { findRollout, managed, planOf, rolloutAnswer, rolloutShape } from '../rollout-answer.ts'

const bodyShape = z.object({ reason: z.string().max(2000).default('').describe('for the audit') })

const acts = [
  ['pause', 'pause', 'Tells no more devices; what was told goes on'],
  ['resume', 'resume', 'Goes on with one that is paused'],
  ['abort', 'abort', 'Tells no more devices, and takes back what no device was told yet'],
  ['next', 'next', 'Begins the next wave now, whatever the gate says'],
  ['retry', 'retry', 'Tells those again that failed; what was rejected stays so'],
  ['rollback', 'roll-back', 'Brings every device that was told back to what it ran before'],
] as const satisfies readonly (readonly [string, Operation['do'], string])[]

const MOST_REHEARSED = 1000
const ended: readonly string[] = ['aborted', 'succeeded', 'failed']

export function rolloutOperationRoutes(app: App, parts: Parts): void {
  const { store, jobs, rollouts } = parts
  const named = z.object({ rollout: z.string().min(1).max(256) })
  const answer = { 200: rolloutShape.describe('the rollout as it is then') }
  const actorOf = ({ name }: Principal, reason: string): Actor => ({ actor: name, reason, now: now(parts) })
  const example = (act: string) => `\`\`\`console\n$ curl -X POST $URL/v1/rollouts/$ROLLOUT/${act} -d '{"reason":"as agreed"}'\n\`\`\``

  app.post(
    '/v1/rollouts/:rollout/approve',
    {
      config: { needs: 'approver' },
      schema: {
        tags: ['rollouts'],
        summary: 'Lets a rollout start; its author may not',
        description: example('approve'),
        params: named,
        body: bodyShape,
        response: answer,
      },
    },
    async ({ principal, params, body: { reason } }) =>
      rolloutAnswer(managed(await approveRollout(store, principal.tenant, params.rollout, actorOf(principal, reason)))),
  )

  app.post(
    '/v1/rollouts/:rollout/start',
    {
      config: { needs: 'operator' },
      schema: {
        tags: ['rollouts'],
        summary: 'Starts a rollout; refused while another one changes a device of it',
        description: example('start'),
        params: named,
        body: bodyShape,
        response: answer,
      },
    },
    async ({ principal, params, body: { reason } }) => {
      const { tenant } = principal
      const row = managed(await startRollout(store, tenant, params.rollout, actorOf(principal, reason)))
      await jobs.start(rollouts, rolloutWorkflowId({ tenant, rollout: row.id }), { tenant, rollout: row.id })
      return rolloutAnswer(row)
    },
  )

  for (const [path, what, summary] of acts)
    app.post(
      `/v1/rollouts/:rollout/${path}`,
      {
        config: { needs: 'operator' },
        schema: { tags: ['rollouts'], summary, description: example(path), params: named, body: bodyShape, response: answer },
      },
      async ({ principal, params, body: { reason } }) => {
        const { tenant } = principal
        const before = await findRollout(parts, tenant, params.rollout)
        const row = managed(await askRollout(store, tenant, params.rollout, what, actorOf(principal, reason)))
        const input = { tenant, rollout: row.id }
        // Its workflow has ended with it: another one carries it back.
        if (what === 'roll-back' && ended.includes(before.state)) await jobs.start(rollouts, rolloutWorkflowId(input, true), input)
        return rolloutAnswer(row)
      },
    )

  app.post(
    '/v1/rollouts/:rollout/rehearse',
    {
      config: { needs: 'operator' },
      schema: {
        tags: ['rollouts'],
        summary: 'Dry run: what the backend would be sent and would refuse; nothing is changed',
        description: example('rehearse'),
        params: named,
        body: bodyShape,
        response: {
          200: z
            .object({
              devices: z.int().describe('how many were tried: the first of the plan'),
              sends: z.array(z.string()),
              refusals: z.array(z.looseObject({ device: z.string() })),
            })
            .describe('in the words of the backend'),
        },
      },
    },
    async ({ principal: { tenant }, params }) => {
      const row = await findRollout(parts, tenant, params.rollout)
      const plan = await planOf(parts, tenant, row)
      const count = Math.min(plan.changes.count, MOST_REHEARSED)
      const found = await rehearsed(row.deployer, row.id, plan)
      return { devices: count, sends: [...found.sends], refusals: found.refusals.map((one) => ({ ...one })) }
    },
  )

  async function rehearsed(config: unknown, rollout: string, plan: Plan): Promise<Rehearsal> {
    try {
      // Under a name of its own: a broker would put out the one that carries the rollout out.
      const deployer = await connectDeployer(config, `${rollout}-rehearsal`, {
        environment: process.env,
        signal: AbortSignal.timeout(20_000),
      })
      try {
        return await rehearsePlan(deployer, plan, MOST_REHEARSED)
      } finally {
        await deployer.close()
      }
    } catch (error) {
      if (error instanceof EngineError || (error instanceof Error && error.name === 'TimeoutError'))
        throw refusal(502, 'deploy/unreachable', 'the backend cannot be reached', { detail: error.message })
      throw error
    }
  }
}
