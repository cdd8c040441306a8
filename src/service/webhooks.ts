/** Webhooks of a tenant: who is told when a check has finished. What is to be told is kept first, so that a restart tells it, too. */
import { z } from 'zod'
import type { Document } from '../store/documents.ts'
import { now, type Parts } from './parts.ts'
import { deliver } from './webhook.ts'

export const webhookCollection = 'webhooks'
const deliveryCollection = 'webhook-deliveries'

export const keptWebhookShape = z.object({ url: z.string(), secret: z.string() })
const deliveryShape = z.object({ job: z.string(), webhook: z.string() })
const resultShape = z.object({ report: z.string(), verdict: z.string() })
const MOST_WEBHOOKS = 20

/** Keeps that the tenant's webhooks are told when the job has ended, and waits for it in the background. */
export async function watchCheck(parts: Parts, tenant: string, job: string): Promise<void> {
  const hooks = await parts.store.documents.list(tenant, webhookCollection, { limit: MOST_WEBHOOKS })
  for (const { id: webhook } of hooks) {
    const id = `${job}.${webhook}`
    await parts.store.documents.put(
      tenant,
      deliveryCollection,
      id,
      { content: { job, webhook }, state: 'open' },
      { actor: 'service', now: now(parts) },
    )
    tell(parts, tenant, id, { job, webhook })
  }
}

/** After a start: what was not told yet. A receiver may hear of a check twice, never not at all. */
export async function resumeDeliveries(parts: Parts): Promise<void> {
  for (const { id: tenant } of await parts.store.tenants.list())
    for (const { id, content } of await parts.store.documents.list(tenant, deliveryCollection, { limit: 1000, state: 'open' }))
      tell(parts, tenant, id, deliveryShape.parse(content))
}

function tell(parts: Parts, tenant: string, id: string, delivery: z.output<typeof deliveryShape>): void {
  tellNow(parts, tenant, id, delivery).catch((error: unknown) => {
    if (!parts.stopping.aborted) parts.log.error(error, 'a webhook was not told')
  })
}

async function tellNow(parts: Parts, tenant: string, id: string, { job, webhook }: z.output<typeof deliveryShape>): Promise<void> {
  const ended = await parts.jobs.finished(tenant, job, parts.stopping)
  const hook: Document | undefined = await parts.store.documents.get(tenant, webhookCollection, webhook)
  const result = resultShape.safeParse(ended?.result)
  const state = hook === undefined || ended === undefined ? 'dropped' : await send(hook, ended.status)
  await parts.store.documents.put(
    tenant,
    deliveryCollection,
    id,
    { content: { job, webhook }, state },
    { actor: 'service', now: now(parts) },
  )

  async function send({ content }: Document, status: string): Promise<string> {
    const told = await deliver(
      keptWebhookShape.parse(content),
      'check.finished',
      {
        event: 'check.finished',
        id,
        check: job,
        status,
        ...(result.success ? { verdict: result.data.verdict, report: `/v1/checks/${result.data.report}` } : {}),
      },
      { now: () => Math.floor(parts.clock() / 1000) },
    )
    parts.log.info({ webhook, job, ...told }, 'webhook')
    return told.is
  }
}
