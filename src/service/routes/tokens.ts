/** Tokens of the caller's tenant: made, listed without their secret, revoked. */
import { z } from 'zod'
import type { App } from '../app.ts'
import { forgetPrincipals } from '../find-principal.ts'
import { timeShape } from '../names.ts'
import { audit, now, type Parts } from '../parts.ts'
import { notFound, refusal } from '../problem.ts'

const roleShape = z.enum(['reader', 'operator', 'approver', 'admin'])
const tokenShape = z
  .object({
    id: z.string(),
    name: z.string(),
    role: roleShape,
    created: z.string(),
    expires: z.string().optional(),
    revoked: z.string().optional(),
    lastUsed: z.string().optional(),
  })
  .meta({ id: 'Token' })

export function tokenRoutes(app: App, parts: Parts): void {
  const { store } = parts
  app.post(
    '/v1/tokens',
    {
      // The answer holds the secret, which is kept nowhere: not for a repeated request either.
      config: { needs: 'admin', unkept: true },
      schema: {
        tags: ['administration'],
        summary: 'Makes a token; its secret is answered once and never again',
        description:
          '```sh\ncurl -X POST -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" $URL/v1/tokens -d \'{"name":"pipeline","role":"operator","expires":"2099-01-01T00:00:00Z"}\'\n```',
        body: z.object({ name: z.string().min(1).max(128), role: roleShape, expires: timeShape.optional() }),
        response: { 201: z.object({ token: tokenShape, secret: z.string() }).describe('made') },
      },
    },
    async (request, reply) => {
      const { name, role, expires } = request.body
      if (expires !== undefined && Date.parse(expires) <= parts.clock())
        throw refusal(422, 'service/expired', 'the token would have expired already')
      const { tenant } = request.principal
      const made = await store.tokens.create(
        tenant,
        { name, role, ...(expires === undefined ? {} : { expires: new Date(expires).toISOString() }) },
        now(parts),
      )
      await audit(parts, request.principal, 'token made', `token/${made.token.id}`, { after: made.token })
      return reply.code(201).header('location', `/v1/tokens/${made.token.id}`).header('cache-control', 'no-store').send(made)
    },
  )
  app.get(
    '/v1/tokens',
    {
      config: { needs: 'admin' },
      schema: {
        tags: ['administration'],
        summary: 'Lists the tokens of the tenant, without their secrets',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/v1/tokens\n```',
        response: { 200: z.object({ items: z.array(tokenShape) }).describe('all of them') },
      },
    },
    async ({ principal }) => ({ items: [...(await store.tokens.list(principal.tenant))] }),
  )
  app.delete(
    '/v1/tokens/:token',
    {
      config: { needs: 'admin' },
      schema: {
        tags: ['administration'],
        summary: 'Revokes a token at once',
        params: z.object({ token: z.uuid() }),
        response: { 204: z.null().describe('revoked') },
      },
    },
    async (request, reply) => {
      const { token } = request.params
      if (!(await store.tokens.revoke(request.principal.tenant, token, now(parts))))
        throw notFound('there is no such token, or it is revoked already')
      forgetPrincipals(parts)
      await audit(parts, request.principal, 'token revoked', `token/${token}`)
      return reply.code(204).send(null)
    },
  )
}
