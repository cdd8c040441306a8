/** Approvers are told, by the tenant's web hooks and by mail, when a release waits for them: once for each stage, and who was told stands with the release and in the audit. */
import { sendMail } from './mail.ts'
import { audit, type Parts } from './parts.ts'
import { changeRelease, findRelease, judged } from './releases.ts'
import { deliver } from './webhook.ts'
import { keptWebhookShape, webhookCollection } from './webhooks.ts'

/** Tells whoever was not told yet; never throws for a receiver that cannot be reached: what became of it is kept. */
export async function tellApprovers(parts: Parts, tenant: string, hash: string): Promise<void> {
  const found = await findRelease(parts, tenant, hash)
  const { stages, at } = await judged(parts, tenant, found)
  const stage = stages.find((one) => one.stage === at)
  const shut = [...(stage?.entry ?? []), ...(stage?.tasksDone === true ? stage.exit : [])].find(
    ({ gate, passed }) => gate.is === 'approval' && !passed,
  )
  if (stage === undefined || shut === undefined || found.kept.told.some((one) => one.stage === stage.stage)) return
  const { fleet } = found.kept
  const said = { event: 'approval.wanted', release: hash, fleet, stage: stage.stage, why: shut.why }
  const told: string[] = []
  for (const { id, content } of await parts.store.documents.list(tenant, webhookCollection, { limit: 20 })) {
    const now = (): number => Math.floor(parts.clock() / 1000)
    const sent = await deliver(keptWebhookShape.parse(content), 'approval.wanted', { ...said, id: `${hash}.${stage.stage}` }, { now })
    told.push(`webhook ${id}: ${sent.is === 'delivered' ? 'told' : sent.why}`)
  }
  if (parts.mail !== undefined) told.push(...(await sendMail(parts.mail, said)))
  const record = { stage: stage.stage, at: parts.clock(), who: told }
  await changeRelease(parts, tenant, hash, 'service', (kept) => ({ ...kept, told: [...kept.told, record] }))
  await audit(parts, { tenant, name: 'service' }, 'approvers told', `release/${hash}`, { after: { stage: stage.stage, who: told } })
}
