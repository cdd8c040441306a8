/** The rollout of a stage of a release: planned from its assignment, kept, not yet started. */
import { artefactsBeside } from '../deploy/rollout/artefacts.ts'
import { createRollout, type Actor } from '../deploy/rollout/manage.ts'
import type { RolloutRow } from '../store/rollouts.ts'
import type { Parts } from './parts.ts'
import { planAssignment } from './plan-assignment.ts'
import type { FoundRelease, StageRollout } from './releases.ts'
import { managed } from './rollout-answer.ts'
import { deployerOf } from './rollout-deployers.ts'
import { policyText, rolloutIdOf } from './rollout-request.ts'

export async function makeStageRollout(
  parts: Parts,
  tenant: string,
  { release, kept }: FoundRelease,
  { stage, id, waves, quota, needsApproval, deployer: asked }: StageRollout & { readonly stage: string },
  actor: Actor,
): Promise<RolloutRow> {
  const deployer = deployerOf(parts.deployers, asked)
  const { made, fleet, beside } = await planAssignment(parts, tenant, {
    assignment: kept.assignment,
    release: release.hash,
    ...policyText(waves),
    ...(quota === undefined ? {} : { quota }),
  })
  return managed(
    await createRollout(
      parts.store,
      tenant,
      {
        id: id ?? rolloutIdOf(made.stored.head.changesSha256),
        fleet,
        release: release.hash,
        plan: made.plan,
        stored: made.stored,
        beside: new Map([...beside, ...artefactsBeside(release.content)]),
        stage,
        needsApproval,
        deployer,
      },
      actor,
    ),
  )
}
