// A plan as the store keeps it: its head, and its lines compressed.
import { createGunzip, createGzip } from 'node:zlib'
import { Readable } from 'node:stream'
import { EngineError } from '../../diagnostics/engine-error.ts'
import { planHead, type Plan, type PlanHead } from '../../model/plan.ts'
import { planHeadOf, planPages } from '../../plan/pages.ts'
import { readPlan } from '../../plan/read-plan.ts'

export interface StoredPlan {
  readonly head: PlanHead
  readonly parts: ReadonlyMap<string, Uint8Array>
}

export async function planToStore(plan: Plan): Promise<StoredPlan> {
  const pieces: Uint8Array[] = []
  for await (const piece of Readable.from(planPages(plan)).pipe(createGzip({ level: 1 }))) pieces.push(piece as Uint8Array)
  return { head: planHeadOf(plan), parts: new Map([['changes', Buffer.concat(pieces)]]) }
}

/** Throws `rollout/plan-damaged` where head and lines do not belong together. */
export async function planFromStore(head: unknown, parts: ReadonlyMap<string, Uint8Array>): Promise<Plan> {
  const shaped = planHead.safeParse(head)
  const changes = parts.get('changes')
  if (!shaped.success || changes === undefined) throw new EngineError('rollout/plan-damaged', 'the stored plan has no head or no changes')
  const read = await readPlan(shaped.data, Readable.from([changes]).pipe(createGunzip()), 'changes')
  if (!read.ok) throw new EngineError('rollout/plan-damaged', `the stored plan cannot be read: ${read.diagnostics[0]?.message ?? ''}`)
  return read.value
}
