/** The last assignment that DivEnact's client asked for, and what becomes of it when it is approved. */
import { z } from 'zod'
import type { DeployerConfig } from '../../deploy/deployer-config.ts'
import { createRollout, startRollout } from '../../deploy/rollout/manage.ts'
import { rolloutWorkflowId } from '../../deploy/rollout/workflow.ts'
import { audit, now, type Parts } from '../parts.ts'
import { planAssignment } from '../plan-assignment.ts'
import type { Principal } from '../principal.ts'
import { refusal } from '../problem.ts'
import { managed } from '../rollout-answer.ts'
import { deploymentOf, type Deployment, type Twin } from './deployment.ts'
import { keepForDevices } from './deployments.ts'
import { findKept } from './documents.ts'
import { lastCollection, lastName } from './keep-last.ts'
import { listTwins, tagTwins } from './twins.ts'

const lastShape = z.object({ job: z.string(), devices: z.record(z.string(), z.string()), rollout: z.string().optional() })
/** The deployer that carries DivEnact's deployments out, where the service knows several. */
const ours = 'divenact'

export interface Deployed {
  readonly rollout: string
  readonly deployments: string[]
  readonly devices: number
}

/**
 * Plans it, and starts the rollout that carries it out; whoever may ask for it approves it. Each device that is known here gets the tag `plan`, and where the
 * plan is a variant with a template, a deployment of its own. Approving twice deploys once.
 */
export async function deployLast(parts: Parts, principal: Principal): Promise<Deployed> {
  const { tenant, name } = principal
  const found = await parts.store.documents.get(tenant, lastCollection, lastName)
  if (found === undefined) throw refusal(409, 'divenact/nothing-assigned', 'nothing was assigned yet', { detail: 'POST /api/z3 assigns' })
  const { job, devices, rollout: begun } = lastShape.parse(found.content)
  const twins = await listTwins(parts, tenant)
  const meant = twins.filter(({ deviceId }) => Object.hasOwn(devices, deviceId))
  if (meant.length === 0)
    throw refusal(409, 'divenact/no-devices', 'none of the devices of the last assignment is known here', {
      detail: 'PUT /api/device/:id makes them known',
    })
  const deployments = await deploymentsOf(parts, tenant, meant, devices)
  const answer = { deployments: deployments.map(({ id }) => id), devices: meant.length }
  if (begun !== undefined) return { rollout: begun, ...answer }
  const rollout = await rollOut(parts, principal, job)
  await tagTwins(parts, tenant, new Map(meant.map(({ deviceId }) => [deviceId, { plan: devices[deviceId]! }])))
  await keepForDevices(parts, principal, deployments)
  await audit(parts, principal, 'assignment deployed', `rollout/${rollout}`, {
    after: { devices: meant.length, deployments: deployments.length },
  })
  const by = { actor: name, now: now(parts), condition: { is: 'etag', etag: found.etag } as const }
  await parts.store.documents.put(tenant, lastCollection, lastName, { content: { job, devices, rollout } }, by)
  return { rollout, ...answer }
}

/** The rollout of an assignment has the same name each time: what broke off on the way goes on where it was. */
async function rollOut(parts: Parts, { tenant, name }: Principal, assignment: string): Promise<string> {
  const { store, jobs, rollouts } = parts
  const id = `divenact-${assignment.slice(0, 13)}`
  const by = { actor: name, reason: 'approved in the front end of DivEnact', now: now(parts) }
  const there = await store.rollouts.get(tenant, id)
  if (there === undefined) {
    const deployer = deployerHere(parts)
    const { planned, made, fleet, beside } = await planAssignment(parts, tenant, { assignment })
    const { release } = planned
    const options = { id, fleet, release, plan: made.plan, stored: made.stored, beside, needsApproval: false, deployer }
    managed(await createRollout(store, tenant, options, by))
  }
  if (there === undefined || there.state === 'draft') managed(await startRollout(store, tenant, id, by))
  await jobs.start(rollouts, rolloutWorkflowId({ tenant, rollout: id }), { tenant, rollout: id })
  return id
}

function deployerHere({ deployers }: Parts): DeployerConfig {
  const [only, ...more] = Object.values(deployers)
  const found = deployers[ours] ?? (more.length === 0 ? only : undefined)
  if (found === undefined)
    throw refusal(409, 'divenact/no-deployer', 'nothing reaches the devices: the service was started without a deployer for them', {
      detail: `\`fleetproof serve --deployers FILE\` names deployers; this takes the one called \`${ours}\`, or the only one`,
    })
  return found
}

async function deploymentsOf(
  parts: Parts,
  tenant: string,
  meant: readonly Twin[],
  devices: Readonly<Record<string, string>>,
): Promise<readonly Deployment[]> {
  const variants = new Map<string, Awaited<ReturnType<typeof contentOf>>>()
  const deployments: Deployment[] = []
  for (const { deviceId } of meant) {
    const plan = devices[deviceId]!
    if (!variants.has(plan)) variants.set(plan, await contentOf(parts, tenant, plan))
    const content = variants.get(plan)
    if (content === undefined) continue
    deployments.push(deploymentOf(content.variant, content.template, { is: 'device', device: deviceId }))
  }
  return deployments
}

async function contentOf({ store }: Parts, tenant: string, plan: string) {
  const variant = await findKept(store, tenant, 'variant', plan)
  const template = variant && (await findKept(store, tenant, 'template', String(variant['template'])))
  return variant && template && { variant, template }
}
