/** A plan from a stored assignment, as the engine's thread makes it: with its columns packed for the store, so that no other thread does. */
import { createHash } from 'node:crypto'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { planToStore, type StoredPlan } from '../../deploy/rollout/stored-plan.ts'
import { planRollout } from '../../engine-plan.ts'
import type { AssignInputs } from '../../engine.ts'
import { readFleetSource } from '../../formats/read-fleet-source.ts'
import { textsOf } from '../../jobs/texts.ts'
import type { Plan } from '../../model/plan.ts'
import { plainPolicy, readWavePolicy } from '../../plan/read-policy.ts'
import { planJson } from '../../report/plan-json.ts'
import type { Solvers } from '../../solve/solvers.ts'
import { readBundleDevices } from '../../verify/bundle-devices.ts'
import type { Answer, Question } from './questions.ts'

export interface Planned {
  /** As `plan --json` answers. */
  readonly json: Readonly<Record<string, unknown>>
  /** Content hash of the release, or of the assigned lines. */
  readonly release: string
  /** Absent where no plan is safe. */
  readonly made?: { readonly plan: Plan; readonly stored: StoredPlan }
  readonly diagnostics: readonly Diagnostic[]
}

export async function planned(
  { subject, policy, quota, release }: Extract<Question, { readonly is: 'plan' }>,
  inputs: AssignInputs,
  assigned: AsyncIterable<Uint8Array>,
  solvers: Solvers,
): Promise<Answer> {
  const { openBehaviour } = textsOf(subject.model.name, subject.sources)
  const read = await readFleetSource(inputs.model, inputs.open, inputs.devices === undefined ? {} : { devices: inputs.devices })
  if (!read.ok) return { is: 'wrong', diagnostics: read.diagnostics }
  const { model, fleet } = read.value
  const hash = createHash('sha256')
  const assignment = await readBundleDevices(model, fleet, hashed(assigned, hash), 'assignment')
  if (!assignment.ok) return { is: 'wrong', diagnostics: assignment.diagnostics }
  const waves = policy === undefined ? undefined : readWavePolicy({ name: policy.name, text: policy.text }, model)
  if (waves?.ok === false) return { is: 'wrong', diagnostics: waves.diagnostics }
  const name = release ?? hash.digest('hex')
  const outcome = await planRollout(
    {
      model,
      fleet,
      assignment: assignment.value,
      policy: waves?.value ?? plainPolicy,
      behaviours: { open: openBehaviour },
      release: name,
      ...(quota === undefined ? {} : { quota }),
    },
    solvers,
  )
  if (!outcome.ok) return { is: 'wrong', diagnostics: outcome.diagnostics }
  const result = outcome.value
  const value: Planned = {
    json: planJson(result),
    release: name,
    diagnostics: [...read.diagnostics, ...(waves?.diagnostics ?? []), ...outcome.diagnostics],
    ...(result.is === 'planned' ? { made: { plan: result.plan, stored: await planToStore(result.plan) } } : {}),
  }
  return { is: 'answer', value }
}

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: ReturnType<typeof createHash>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
}
