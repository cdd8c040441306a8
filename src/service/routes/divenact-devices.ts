/** DivEnact's devices and deployments. */
import { z } from 'zod'
import type { App } from '../app.ts'
import { capabilityOf, isTargeted, safeVariantOf, type Twin } from '../divenact/deployment.ts'
import { deploy, dropAll, dropOfDevice, findDeployment, listDeployments, variantOf } from '../divenact/deployments.ts'
import { deployLast } from '../divenact/last-assignment.ts'
import { findKept, listKept } from '../divenact/documents.ts'
import { findTwin, listTwins, tagTwins } from '../divenact/twins.ts'
import { deviceShape } from '../names.ts'
import { audit, type Parts } from '../parts.ts'
import { refusal } from '../problem.ts'

const tagsShape = z.record(z.string().min(1).max(256), z.unknown())
const twinShape = z.object({ deviceId: z.string(), tags: z.record(z.string(), z.unknown()) })
const twinsOf = (twins: readonly Twin[]): z.output<typeof twinShape>[] =>
  twins.map(({ deviceId, tags }) => ({ deviceId, tags: { ...tags } }))

export function divenactDeviceRoutes(app: App, parts: Parts): void {
  const { store } = parts
  const named = z.object({ id: deviceShape })

  app.get(
    '/api/device',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['divenact'],
        summary: 'All devices of the fleet `divenact` with their tags',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/api/device/\n```',
        response: { 200: z.array(z.object({ id: z.string(), tags: z.record(z.string(), z.unknown()) })).describe('by id') },
      },
    },
    async ({ principal }) => (await listTwins(parts, principal.tenant)).map(({ deviceId, tags }) => ({ id: deviceId, tags: { ...tags } })),
  )

  app.put(
    '/api/device/:id',
    {
      config: { needs: 'operator' },
      schema: {
        tags: ['divenact'],
        summary: 'Tags a device; `environment: safe-mode` also deploys the safe variant of what it runs',
        description:
          '```sh\ncurl -X PUT -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" $URL/api/device/dv1 -d \'{"environment":"testing","capability":"ky016"}\'\n```',
        params: named,
        body: tagsShape,
        response: {
          200: z.object({ id: z.string(), tags: z.record(z.string(), z.unknown()), deployment: z.string().optional() }).describe('tagged'),
        },
      },
    },
    async ({ principal, params: { id }, body }) => {
      await tagTwins(parts, principal.tenant, new Map([[id, body]]))
      await audit(parts, principal, 'device tagged', `device/${id}`, { after: body })
      const twin = (await findTwin(parts, principal.tenant, id))!
      const answer = { id, tags: { ...twin.tags } }
      if (body['environment'] !== 'safe-mode') return answer
      const safe = await safeVariantFor(principal.tenant, twin)
      if (safe === undefined) return answer
      const { id: deployment } = await deploy(parts, principal, safe, { is: 'device', device: id })
      await dropOfDevice(parts, principal, id, deployment)
      return { ...answer, deployment }
    },
  )

  app.get(
    '/api/deployment',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['divenact'],
        summary: 'The deployments in force and whom they are for',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/api/deployment\n```',
        response: { 200: z.array(z.object({ id: z.string(), condition: z.string() })).describe('all of them') },
      },
    },
    async ({ principal }) =>
      (await listDeployments(store, principal.tenant)).map(({ id, targetCondition }) => ({ id, condition: targetCondition })),
  )

  app.get(
    '/api/deployment/:id/targeted',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['divenact'],
        summary: 'The devices that a deployment is for',
        params: named,
        response: { 200: z.array(twinShape).describe('twins') },
      },
    },
    async ({ principal, params }) => {
      const { target } = await findDeployment(store, principal.tenant, params.id)
      return twinsOf((await listTwins(parts, principal.tenant)).filter((twin) => isTargeted(twin, target)))
    },
  )

  app.get(
    '/api/deployment/:id/applied',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['divenact'],
        summary: 'The devices that a deployment is for and that report its variant (attribute `variant`)',
        params: named,
        response: { 200: z.array(twinShape).describe('twins') },
      },
    },
    async ({ principal, params }) => {
      const { target, variant } = await findDeployment(store, principal.tenant, params.id)
      return twinsOf(
        (await listTwins(parts, principal.tenant)).filter((twin) => isTargeted(twin, target) && twin.tags['variant'] === variant),
      )
    },
  )

  app.delete(
    '/api/deployment',
    {
      config: { needs: 'approver' },
      schema: { tags: ['divenact'], summary: 'Takes all deployments back', response: { 200: z.array(z.string()).describe('their ids') } },
    },
    async ({ principal }) => [...(await dropAll(parts, principal))],
  )

  app.post(
    '/api/deployment',
    {
      config: { needs: 'approver' },
      schema: {
        tags: ['divenact'],
        summary: 'Approve and deploy: plans the last assignment that `POST /api/z3` gave, and starts the rollout that carries it out',
        response: { 202: z.object({ rollout: z.string(), deployments: z.array(z.string()), devices: z.int() }).describe('begun') },
      },
    },
    async (request, reply) => reply.code(202).send(await deployLast(parts, request.principal)),
  )

  for (const [path, instead] of [
    ['initdb', 'PUT /api/template/:id and PUT /api/variant/:id write what is needed'],
    ['resetdb', 'DELETE /api/deployment, DELETE /api/template/:id and DELETE /api/variant/:id remove what is named'],
  ] as const)
    app.get(
      `/api/util/${path}`,
      {
        config: { needs: 'reader' },
        schema: {
          tags: ['divenact'],
          summary: 'Not done by a GET: it would destroy data',
          response: { 405: z.null().describe('refused') },
        },
      },
      () => {
        throw refusal(405, 'divenact/destructive', 'nothing is destroyed by a GET', { detail: instead, headers: { allow: '' } })
      },
    )

  /** What the device runs or is deployed to says which template's safe variant is meant; else the one template of its capability. */
  async function safeVariantFor(tenant: string, twin: Twin): Promise<string | undefined> {
    const running = twin.tags['variant']
    const deployed = (await listDeployments(store, tenant)).find(({ target }) => isTargeted(twin, target))?.variant
    const variant = typeof running === 'string' ? running : deployed
    if (variant !== undefined && (await findKept(store, tenant, 'variant', variant)) !== undefined) {
      const { template } = await variantOf(store, tenant, variant)
      return safeVariantOf(template)
    }
    const templates = (await listKept(store, tenant, 'template')).filter((template) => capabilityOf(template) === twin.tags['capability'])
    const safe = templates.map(safeVariantOf).filter((each) => each !== undefined)
    if (safe.length > 1)
      throw refusal(422, 'divenact/which-safe', 'several templates have a safe variant for this device', { detail: safe.join(', ') })
    return safe[0]
  }
}
