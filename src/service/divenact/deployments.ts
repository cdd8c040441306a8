/** Deployments that are in force: kept as documents, one for each variant and its devices. */
import type { Store } from '../../store/store.ts'
import { audit, now, type Parts } from '../parts.ts'
import type { Principal } from '../principal.ts'
import { notFound } from '../problem.ts'
import { deploymentOf, environmentTarget, type Deployment, type Target } from './deployment.ts'
import { findKept, type Kept } from './documents.ts'

const collection = 'divenact-deployments'
const MOST = 100_000
const PAGE = 1000

export async function listDeployments(store: Pick<Store, 'documents'>, tenant: string): Promise<readonly Deployment[]> {
  const all: Deployment[] = []
  let after: string | undefined
  while (all.length < MOST) {
    const page = await store.documents.list(tenant, collection, { limit: PAGE, ...(after === undefined ? {} : { after }) })
    all.push(...page.map(({ content }) => content as Deployment))
    after = page.at(-1)?.id
    if (page.length < PAGE) break
  }
  return all
}

export async function findDeployment(store: Pick<Store, 'documents'>, tenant: string, id: string): Promise<Deployment> {
  const found = await store.documents.get(tenant, collection, id)
  if (found === undefined) throw notFound(`there is no deployment \`${id}\``)
  return found.content as Deployment
}

/** The variant and its template; a variant whose template is not there cannot be deployed. */
export async function variantOf(
  store: Pick<Store, 'documents'>,
  tenant: string,
  id: string,
): Promise<{ readonly variant: Kept; readonly template: Kept }> {
  const variant = await findKept(store, tenant, 'variant', id)
  if (variant === undefined) throw notFound(`there is no variant \`${id}\``)
  const name = String(variant['template'])
  const template = await findKept(store, tenant, 'template', name)
  if (template === undefined) throw notFound(`there is no template \`${name}\`, which the variant \`${id}\` is made from`)
  return { variant, template }
}

export async function deploy(
  parts: Parts,
  principal: Principal,
  variantId: string,
  target: Target | { readonly is: 'environment-of'; readonly environment: string },
): Promise<Deployment> {
  const { variant, template } = await variantOf(parts.store, principal.tenant, variantId)
  const deployment = deploymentOf(
    variant,
    template,
    target.is === 'environment-of' ? environmentTarget(target.environment, template) : target,
  )
  await keepDeployment(parts, principal, deployment)
  return deployment
}

async function keepDeployment(parts: Parts, principal: Principal, deployment: Deployment): Promise<void> {
  await putDeployment(parts.store, parts, principal, deployment)
  await audit(parts, principal, 'deployed', `deployment/${deployment.id}`, { after: { condition: deployment.targetCondition } })
}

async function putDeployment(
  { documents }: Pick<Store, 'documents'>,
  parts: Parts,
  { tenant, name }: Principal,
  deployment: Deployment,
): Promise<void> {
  const parent = deployment.target.is === 'device' ? deployment.target.device : deployment.target.environment
  await documents.put(tenant, collection, deployment.id, { content: deployment, parent }, { actor: name, now: now(parts) })
}

// So many are written together: one by one is slow, and while a transaction is open others wait.
const TOGETHER = 50

/** One deployment for each of many devices, in place of what each had; kept in parts, each whole or not at all. */
export async function keepForDevices(parts: Parts, principal: Principal, deployments: readonly Deployment[]): Promise<void> {
  const { tenant, name } = principal
  const wanted = new Map(deployments.map((deployment) => [deployment.id, deployment]))
  const devices = new Set(deployments.flatMap(({ target }) => (target.is === 'device' ? [target.device] : [])))
  const stale = (await listDeployments(parts.store, tenant)).filter(
    ({ id, target }) => target.is === 'device' && devices.has(target.device) && !wanted.has(id),
  )
  for (let at = 0; at < deployments.length; at += TOGETHER)
    await parts.store.atomically(async (tables) => {
      for (const deployment of deployments.slice(at, at + TOGETHER)) await putDeployment(tables, parts, principal, deployment)
    })
  for (let at = 0; at < stale.length; at += TOGETHER)
    await parts.store.atomically(async ({ documents }) => {
      for (const { id } of stale.slice(at, at + TOGETHER)) await documents.remove(tenant, collection, id, { actor: name, now: now(parts) })
    })
  await audit(parts, principal, 'deployed', 'deployment', { after: { deployments: deployments.length, taken: stale.length } })
}

/** Of one device all others are taken back: it runs one variant. */
export async function dropOfDevice(parts: Parts, { tenant, name }: Principal, device: string, except: string): Promise<void> {
  const own = await parts.store.documents.list(tenant, collection, { limit: MOST, parent: device })
  for (const { id } of own)
    if (id !== except && id.startsWith('device_'))
      await parts.store.documents.remove(tenant, collection, id, { actor: name, now: now(parts) })
}

/** Answers the ids. */
export async function dropAll(parts: Parts, principal: Principal): Promise<readonly string[]> {
  const { tenant, name } = principal
  const all = await listDeployments(parts.store, tenant)
  for (let at = 0; at < all.length; at += TOGETHER)
    await parts.store.atomically(async ({ documents }) => {
      for (const { id } of all.slice(at, at + TOGETHER)) await documents.remove(tenant, collection, id, { actor: name, now: now(parts) })
    })
  await audit(parts, principal, 'deployments removed', 'deployment', { before: { deployments: all.length } })
  return all.map(({ id }) => id)
}
