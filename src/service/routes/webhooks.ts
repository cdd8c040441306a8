/** Webhooks: made by admins, told when a check has finished. Their secret is answered once. */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { App } from '../app.ts'
import { nameShape } from '../names.ts'
import { audit, now, type Parts } from '../parts.ts'
import { notFound } from '../problem.ts'
import { keptWebhookShape, webhookCollection } from '../webhooks.ts'

const webhookShape = z.object({ webhook: z.string(), url: z.string() }).meta({ id: 'Webhook' })

export function webhookRoutes(app: App, parts: Parts): void {
  const { store } = parts
  const named = z.object({ webhook: nameShape })
  app.put(
    '/v1/webhooks/:webhook',
    {
      config: { needs: 'admin' },
      schema: {
        tags: ['administration'],
        summary: 'Names an address that is told of finished checks; the secret that signs is answered once',
        description:
          'Each call carries `Fleetproof-Time` and `Fleetproof-Signature: sha256=` with the HMAC-SHA256 of `<time>.<body>`.\n```sh\ncurl -X PUT -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" $URL/v1/webhooks/pipeline -d \'{"url":"https://ci.example.org/hooks/fleetproof"}\'\n```',
        params: named,
        body: z.object({ url: z.url({ protocol: /^https?$/ }).max(2048) }),
        response: { 200: webhookShape.extend({ secret: z.string() }).describe('kept') },
      },
    },
    async ({ principal, params: { webhook }, body: { url } }, reply) => {
      const secret = randomBytes(32).toString('base64url')
      await store.documents.put(
        principal.tenant,
        webhookCollection,
        webhook,
        { content: { url, secret } },
        { actor: principal.name, now: now(parts) },
      )
      await audit(parts, principal, 'webhook written', `webhook/${webhook}`, { after: { url } })
      return reply.header('cache-control', 'no-store').send({ webhook, url, secret })
    },
  )
  app.get(
    '/v1/webhooks',
    {
      config: { needs: 'admin' },
      schema: {
        tags: ['administration'],
        summary: 'Lists the webhooks, without their secrets',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/v1/webhooks\n```',
        response: { 200: z.object({ items: z.array(webhookShape) }).describe('all of them') },
      },
    },
    async ({ principal }) => ({
      items: (await store.documents.list(principal.tenant, webhookCollection, { limit: 1000 })).map(({ id, content }) => ({
        webhook: id,
        url: keptWebhookShape.parse(content).url,
      })),
    }),
  )
  app.delete(
    '/v1/webhooks/:webhook',
    {
      config: { needs: 'admin' },
      schema: { tags: ['administration'], summary: 'Removes a webhook', params: named, response: { 204: z.null().describe('removed') } },
    },
    async ({ principal, params: { webhook } }, reply) => {
      const gone = await store.documents.remove(principal.tenant, webhookCollection, webhook, { actor: principal.name, now: now(parts) })
      if (gone.is !== 'removed') throw notFound(`there is no webhook \`${webhook}\``)
      await audit(parts, principal, 'webhook removed', `webhook/${webhook}`)
      return reply.code(204).send(null)
    },
  )
}
