/** Releases as they are kept: the signed snapshot, what was reported for its hash, and what each fleet trusts. */
import { z } from 'zod'
import { releaseContent, signedRelease, signedRoot, trustState, type Release, type TrustState } from '../model/release.ts'
import type { RolloutState } from '../model/rollout.ts'
import { judgeStages, type Evidence, type GateResult, type StageJudgement } from '../plan/release/gates.ts'
import { verifyRelease } from '../plan/release/verify-release.ts'
import type { Document } from '../store/documents.ts'
import { now, type Parts } from './parts.ts'
import { badInput, isRefusal, notFound, refusal } from './problem.ts'
import { startShape } from './rollout-request.ts'

const releaseCollection = 'releases'
const trustCollection = 'trust'

const reported = z.object({ release: z.string(), name: z.string(), passed: z.boolean(), at: z.int(), by: z.string() })
const approval = z.object({ release: z.string(), who: z.string(), roles: z.array(z.string()), at: z.int() })
const done = z.object({ release: z.string(), stage: z.string(), at: z.int() })
/** How a stage was begun; `rollout`: what its rollout is made of. */
const stageRun = z.object({
  stage: z.string(),
  number: z.int(),
  by: z.string(),
  at: z.int(),
  reason: z.string(),
  rollout: startShape.omit({ reason: true }).optional(),
})
export type StageRun = z.output<typeof stageRun>
export type StageRollout = NonNullable<StageRun['rollout']>
const taskRecord = z.object({
  release: z.string(),
  stage: z.string(),
  run: z.int(),
  /** Position in the stage, from 0. */
  task: z.int(),
  is: z.enum(['command', 'webhook', 'check', 'rollout']),
  state: z.enum(['running', 'done', 'failed']),
  by: z.string(),
  at: z.int(),
  ended: z.int().optional(),
  why: z.string(),
})
export type TaskRecord = z.output<typeof taskRecord>
const toldRecord = z.object({ stage: z.string(), at: z.int(), who: z.array(z.string()) })
const open = z.object({ severity: z.enum(['error', 'warning', 'relation']), verdict: z.enum(['conflict', 'possible', 'unknown']) })

export const receivedShape = z.object({
  fleet: z.string().min(1).max(128),
  roots: z.array(signedRoot).max(1000).default([]).describe('newer than the trusted one, oldest first'),
  release: signedRelease,
  content: releaseContent,
  files: z.record(z.string(), z.strictObject({ sha256: z.string(), bytes: z.int().min(0) })).default({}),
})

const keptShape = z.object({
  fleet: z.string(),
  signed: signedRelease,
  content: releaseContent,
  files: receivedShape.shape.files,
  assignment: z.string(),
  author: z.string(),
  tests: z.array(reported),
  approvals: z.array(approval),
  done: z.array(done),
  runs: z.array(stageRun).default([]),
  tasks: z.array(taskRecord).default([]),
  told: z.array(toldRecord).default([]),
  conflicts: z.object({ report: z.string(), open: z.array(open) }).optional(),
})
export type KeptRelease = z.output<typeof keptShape>

export interface FoundRelease {
  readonly release: Release
  readonly kept: KeptRelease
  readonly document: Document
}

export async function trustOf({ store }: Pick<Parts, 'store'>, tenant: string, fleet: string): Promise<TrustState | undefined> {
  const document = await store.documents.get(tenant, trustCollection, fleet)
  return document === undefined ? undefined : trustState.parse(document.content)
}

export async function keepTrust(
  parts: Pick<Parts, 'store' | 'clock'>,
  tenant: string,
  fleet: string,
  trust: TrustState,
  actor: string,
): Promise<void> {
  await parts.store.documents.put(tenant, trustCollection, fleet, { content: trust }, { actor, now: now(parts) })
}

export async function findRelease({ store }: Pick<Parts, 'store'>, tenant: string, hash: string): Promise<FoundRelease> {
  const document = await store.documents.get(tenant, releaseCollection, hash)
  if (document === undefined) throw notFound(`there is no release \`${hash}\``)
  const kept = keptShape.parse(document.content)
  return { release: { hash, content: kept.content }, kept, document }
}

export async function listReleases(
  { store }: Pick<Parts, 'store'>,
  tenant: string,
  limit: number,
  after?: string,
): Promise<readonly FoundRelease[]> {
  const rows = await store.documents.list(tenant, releaseCollection, { limit, ...(after === undefined ? {} : { after }) })
  return rows.map((document) => {
    const kept = keptShape.parse(document.content)
    return { release: { hash: document.id, content: kept.content }, kept, document }
  })
}

/** Whoever changed it in between is not overwritten: then this is refused, and may be tried again. */
export async function keepRelease(
  parts: Pick<Parts, 'store' | 'clock'>,
  tenant: string,
  hash: string,
  kept: KeptRelease,
  by: { readonly actor: string; readonly etag?: string },
): Promise<void> {
  const condition = by.etag === undefined ? ({ is: 'absent' } as const) : ({ is: 'etag', etag: by.etag } as const)
  const written = await parts.store.documents.put(
    tenant,
    releaseCollection,
    hash,
    { content: kept, parent: kept.fleet },
    { actor: by.actor, now: now(parts), condition },
  )
  if (written.is === 'refused') throw refusal(409, 'release/changed-meanwhile', 'the release was changed or sent meanwhile; ask again')
}

/** Changes what is known of a release; whoever wrote in between is taken into account. `to` may refuse. */
export async function changeRelease(
  parts: Pick<Parts, 'store' | 'clock'>,
  tenant: string,
  hash: string,
  actor: string,
  to: (kept: KeptRelease) => KeptRelease,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { kept, document } = await findRelease(parts, tenant, hash)
    const next = to(kept)
    try {
      await keepRelease(parts, tenant, hash, next, { actor, etag: document.etag })
      return
    } catch (error) {
      if (!isRefusal(error) || attempt === MOST_ATTEMPTS) throw error
    }
  }
}

const MOST_ATTEMPTS = 10

/** Signed by whom the fleet trusts, whole, not expired and not older than what was seen; answers what to remember. */
export function verified(
  { clock }: Pick<Parts, 'clock'>,
  trust: TrustState,
  { fleet, roots, release, content, files }: z.output<typeof receivedShape>,
): TrustState {
  const read = verifyRelease(trust, { roots, release, content, files }, { fleet, now: clock(), source: 'release' })
  if (!read.ok) throw badInput(read.diagnostics, 'the release is refused')
  return read.value.trust
}

export interface Stages {
  readonly stages: readonly StageJudgement[]
  readonly at?: string
}

/** Every stage of the release, judged from what was reported for its hash; rollouts tell for themselves. */
export async function judged(parts: Pick<Parts, 'store' | 'clock'>, tenant: string, { release, kept }: FoundRelease): Promise<Stages> {
  const rows = (await parts.store.rollouts.list(tenant, { limit: 1000, fleet: kept.fleet })).filter(
    (row) => row.release === release.hash && row.back_of === null,
  )
  const rollouts = [...rows].reverse().map(({ stage, state }) => ({ release: release.hash, stage, state: state as RolloutState }))
  // A stage whose only task is its rollout is done when that is.
  const byRollout = rows
    .filter(({ state, stage }) => state === 'succeeded' && onlyRollouts(release, stage))
    .map(({ stage, updated }) => ({ release: release.hash, stage, at: Date.parse(updated) }))
  const evidence: Evidence = {
    author: kept.author,
    tests: kept.tests,
    approvals: kept.approvals,
    rollouts,
    tasksDone: [...kept.done, ...byRollout],
    now: parts.clock(),
    ...(kept.conflicts === undefined ? {} : { conflicts: { release: release.hash, open: kept.conflicts.open } }),
  }
  const { stages, at } = judgeStages(release, release.content.stages, evidence)
  return { stages, ...(at === undefined ? {} : { at }) }
}

const onlyRollouts = ({ content }: Release, name: string): boolean =>
  content.stages.find((stage) => stage.name === name)?.tasks.every(({ is }) => is === 'rollout') ?? false

/** Refused while the release stands before the stage, or a gate at its entry is shut. */
export function mayEnter({ stages, at }: Stages, name: string): void {
  const stage = stages.find((one) => one.stage === name)
  if (stage === undefined) throw notFound(`the release has no stage \`${name}\``)
  const here = stages.findIndex((one) => one.stage === at)
  if (here >= 0 && here < stages.indexOf(stage))
    throw refusal(409, 'release/stage', `the release has not left stage \`${at ?? ''}\``, {
      gates: shown([...stages[here]!.entry, ...stages[here]!.exit]),
    })
  const shut = stage.entry.filter(({ passed }) => !passed)
  if (shut.length > 0)
    throw refusal(409, 'release/gate', `a gate of stage \`${name}\` is shut: ${shut[0]!.why}`, { gates: shown(stage.entry) })
}

export const shown = (gates: readonly GateResult[]) => gates.map(({ gate, passed, why }) => ({ gate: { ...gate }, passed, why }))
