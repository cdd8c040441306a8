/** The last assignment that DivEnact's client asked for, and what becomes of it when it is approved. */
import { z } from 'zod'
import { audit, now, type Parts } from '../parts.ts'
import type { Principal } from '../principal.ts'
import { refusal } from '../problem.ts'
import { deploymentOf, type Deployment } from './deployment.ts'
import { keepForDevices } from './deployments.ts'
import { findKept } from './documents.ts'
import { listTwins, tagTwins } from './twins.ts'

const collection = 'divenact-assignments'
const last = 'last'
const lastShape = z.object({ job: z.string(), devices: z.record(z.string(), z.string()), approved: z.string().optional() })

/** Plan by device; those without one are left out. */
export async function keepLast(
  parts: Parts,
  { tenant, name }: Principal,
  job: string,
  devices: Readonly<Record<string, string>>,
): Promise<void> {
  await parts.store.documents.put(tenant, collection, last, { content: { job, devices } }, { actor: name, now: now(parts) })
}

/**
 * Deploys it: each device that is known here gets the tag `plan`, and where the plan is a variant with a template, a deployment of its own. Approving twice
 * deploys once.
 */
export async function deployLast(
  parts: Parts,
  principal: Principal,
): Promise<{ readonly rollout: string; readonly deployments: string[]; readonly devices: number }> {
  const { tenant, name } = principal
  const found = await parts.store.documents.get(tenant, collection, last)
  if (found === undefined) throw refusal(409, 'divenact/nothing-assigned', 'nothing was assigned yet', { detail: 'POST /api/z3 assigns' })
  const { job, devices } = lastShape.parse(found.content)
  const twins = await listTwins(parts, tenant)
  const meant = twins.filter(({ deviceId }) => Object.hasOwn(devices, deviceId))
  if (meant.length === 0)
    throw refusal(409, 'divenact/no-devices', 'none of the devices of the last assignment is known here', {
      detail: 'PUT /api/device/:id makes them known',
    })
  await tagTwins(parts, tenant, new Map(meant.map(({ deviceId }) => [deviceId, { plan: devices[deviceId]! }])))
  const variants = new Map<string, Awaited<ReturnType<typeof contentOf>>>()
  const deployments: Deployment[] = []
  for (const { deviceId } of meant) {
    const plan = devices[deviceId]!
    if (!variants.has(plan)) variants.set(plan, await contentOf(parts, tenant, plan))
    const content = variants.get(plan)
    if (content === undefined) continue
    deployments.push(deploymentOf(content.variant, content.template, { is: 'device', device: deviceId }))
  }
  await keepForDevices(parts, principal, deployments)
  await audit(parts, principal, 'assignment deployed', `job/${job}`, { after: { devices: meant.length, deployments: deployments.length } })
  await parts.store.documents.put(
    tenant,
    collection,
    last,
    { content: { job, devices, approved: now(parts) } },
    { actor: name, now: now(parts) },
  )
  return { rollout: job, deployments: deployments.map(({ id }) => id), devices: meant.length }
}

async function contentOf({ store }: Parts, tenant: string, plan: string) {
  const variant = await findKept(store, tenant, 'variant', plan)
  const template = variant && (await findKept(store, tenant, 'template', String(variant['template'])))
  return variant && template && { variant, template }
}
