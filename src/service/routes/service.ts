/** Whether the service lives and can work, and what it counts. */
import { z } from 'zod'
import { version } from '../../version.ts'
import type { App } from '../app.ts'
import type { Parts } from '../parts.ts'
import { refusal } from '../problem.ts'

export function serviceRoutes(app: App, { store, metrics }: Parts): void {
  app.get(
    '/health',
    {
      config: { needs: 'nobody' },
      schema: {
        tags: ['service'],
        summary: 'Whether the process lives',
        description: '```sh\ncurl $URL/health\n```',
        response: { 200: z.object({ status: z.literal('alive'), version: z.string() }).describe('it does') },
      },
    },
    () => ({ status: 'alive' as const, version }),
  )
  app.get(
    '/ready',
    {
      config: { needs: 'nobody' },
      schema: {
        tags: ['service'],
        summary: 'Whether the service can work: its store answers',
        description: '```sh\ncurl $URL/ready\n```',
        response: { 200: z.object({ status: z.literal('ready') }).describe('it can') },
      },
    },
    async () => {
      try {
        await store.ping()
      } catch {
        throw refusal(503, 'service/not-ready', 'the store does not answer', { headers: { 'retry-after': '5' } })
      }
      return { status: 'ready' as const }
    },
  )
  app.get(
    '/metrics',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['service'],
        summary: 'Counts and times in the form that Prometheus reads',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/metrics\n```',
        response: { 200: { description: 'text of Prometheus', content: { 'text/plain': { schema: z.string() } } } },
      },
    },
    async (_request, reply) => {
      const text = await metrics.registry.metrics()
      return reply.type(metrics.registry.contentType).serializer(String).send(text)
    },
  )
  app.get(
    '/v1/me',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['service'],
        summary: 'Who I am to the service',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/v1/me\n```',
        response: {
          200: z
            .object({ tenant: z.string(), name: z.string(), role: z.enum(['reader', 'operator', 'approver', 'admin']) })
            .describe('the caller'),
        },
      },
    },
    ({ principal: { tenant, name, role } }) => ({ tenant, name, role }),
  )
}
