/** DivEnact's operations on the whole fleet: which environment devices belong to, and what each environment runs. */
import { randomInt } from 'node:crypto'
import { z } from 'zod'
import type { App } from '../app.ts'
import { capabilityOf, deploymentOf, type Deployment, type Twin } from '../divenact/deployment.ts'
import { deploy, keepForDevices, variantOf } from '../divenact/deployments.ts'
import { spreadEvenly } from '../divenact/spread.ts'
import { listTwins, tagTwins } from '../divenact/twins.ts'
import { audit, type Parts } from '../parts.ts'
import type { Principal } from '../principal.ts'

const idShape = z.string().min(1).max(256)
const deploymentShape = z.looseObject({ id: z.string(), targetCondition: z.string() })
/** Without what we keep beside it. */
const shown = ({
  id,
  schemaVersion,
  labels,
  content,
  targetCondition,
  priority,
  metrics,
}: Deployment): z.output<typeof deploymentShape> => ({
  id,
  schemaVersion,
  labels,
  content,
  targetCondition,
  priority,
  metrics,
})

export function divenactGlobalRoutes(app: App, parts: Parts): void {
  const named = z.object({ variant: idShape })
  const tagAll = async (principal: Principal, twins: readonly Twin[], environment: string): Promise<void> => {
    await tagTwins(parts, principal.tenant, new Map(twins.map(({ deviceId }) => [deviceId, { environment }])))
    await audit(parts, principal, 'devices tagged', 'device', { after: { environment, devices: twins.length } })
  }

  for (const [path, environment] of [
    ['production', 'production'],
    ['preview', 'preview'],
    ['safemode', 'safe-mode'],
    ['testing', undefined],
  ] as const)
    app.put(
      `/api/global/${path}/:variant`,
      {
        config: { needs: 'approver' },
        schema: {
          tags: ['divenact'],
          summary:
            environment === undefined
              ? 'Deploys a variant to the devices that are in testing'
              : `Puts all devices into ${environment}, and deploys a variant to them`,
          params: named,
          response: { 200: deploymentShape.describe('the deployment') },
        },
      },
      async ({ principal, params }) => {
        await variantOf(parts.store, principal.tenant, params.variant)
        if (environment !== undefined) await tagAll(principal, await listTwins(parts, principal.tenant), environment)
        return shown(await deploy(parts, principal, params.variant, { is: 'environment-of', environment: environment ?? 'testing' }))
      },
    )

  app.put(
    '/api/global/previewold/:variant',
    {
      config: { needs: 'approver' },
      schema: {
        tags: ['divenact'],
        summary: "Puts some devices of the variant's capability, drawn by chance, into preview, and deploys the variant to preview",
        params: named,
        body: z.object({ random: z.coerce.number().int().min(0) }),
        response: { 200: deploymentShape.describe('the deployment') },
      },
    },
    async ({ principal, params, body }) => {
      const { template } = await variantOf(parts.store, principal.tenant, params.variant)
      const capability = capabilityOf(template)
      const able = (await listTwins(parts, principal.tenant)).filter(
        ({ tags }) => capability === undefined || tags['capability'] === capability,
      )
      await tagAll(principal, drawn(able, body.random), 'preview')
      return shown(await deploy(parts, principal, params.variant, { is: 'environment-of', environment: 'preview' }))
    },
  )

  app.put(
    '/api/global/shuffle',
    {
      config: { needs: 'approver' },
      schema: {
        tags: ['divenact'],
        summary: 'Spreads the devices of each capability evenly over the variants of that capability',
        body: z.object({ variants: z.array(idShape).min(1).max(1000) }),
        response: {
          200: z
            .object({ deployments: z.array(z.string()), devices: z.array(z.object({ id: z.string(), variant: z.string() })) })
            .describe('deployed'),
        },
      },
    },
    async ({ principal, body }) => {
      const given = new Map<string, Awaited<ReturnType<typeof variantOf>>>()
      for (const id of new Set(body.variants)) given.set(id, await variantOf(parts.store, principal.tenant, id))
      const variants = [...given].map(([id, { template }]) => {
        const capability = capabilityOf(template)
        return { id, ...(capability === undefined ? {} : { capability }) }
      })
      const spread = spreadEvenly(await listTwins(parts, principal.tenant), variants)
      const deployments = spread.map(({ device, variant }) => {
        const { variant: kept, template } = given.get(variant)!
        return deploymentOf(kept, template, { is: 'device', device })
      })
      await keepForDevices(parts, principal, deployments)
      return { deployments: deployments.map(({ id }) => id), devices: spread.map(({ device, variant }) => ({ id: device, variant })) }
    },
  )

  app.put(
    '/api/global/deploy/:variant/:environment',
    {
      config: { needs: 'approver' },
      schema: {
        tags: ['divenact'],
        summary: 'Deploys a variant to an environment',
        params: named.extend({ environment: z.string().regex(/^[A-Za-z0-9-]{1,64}$/) }),
        response: { 200: z.string().describe('the id of the deployment') },
      },
    },
    async ({ principal, params }, reply) => {
      const { id } = await deploy(parts, principal, params.variant, { is: 'environment-of', environment: params.environment })
      // A text is sent as it is: the quotes of JSON are ours to write.
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(id))
    },
  )
}

/** So many of them by chance, each as likely as any other. */
function drawn<T>(from: readonly T[], count: number): readonly T[] {
  const left = [...from]
  for (let at = 0; at < Math.min(count, left.length); at++) {
    const other = at + randomInt(left.length - at)
    ;[left[at], left[other]] = [left[other]!, left[at]!]
  }
  return left.slice(0, count)
}
