/** K17: a rule that can never start, or a step of it that can never be reached. */
import type { Behaviour } from '../../model/automation.ts'
import { indexOf } from '../behaviour-index.ts'
import type { Liveness } from '../liveness.ts'
import type { Reaction } from '../reaction.ts'
import { stepKey } from '../behaviour-index.ts'

/** A rule, or where `step` is there, one step of it. */
export interface Part {
  readonly rule: string
  readonly step?: string
}

/** The parts that a finding speaks of: its rules and, where facts or the subject name steps of them, those steps instead. */
export function partsOf(behaviour: Behaviour, rules: readonly string[], names: readonly string[]): readonly Part[] {
  const { byId } = indexOf(behaviour)
  return rules.flatMap((rule): readonly Part[] => {
    const steps = [...(byId.get(rule)?.steps.keys() ?? [])].filter((id) =>
      names.some((name) => name === id || name === `${rule}#${id}` || name === `${rule}/${id}`),
    )
    return steps.length === 0 ? [{ rule }] : steps.map((step) => ({ rule, step }))
  })
}

/** The structure alone rules the part out: no trigger can fire, the guard contradicts all values that can occur, or no branch leads there. */
export function isDead({ automations, steps }: Liveness, { rule, step }: Part): boolean {
  return !automations.has(rule) || (step !== undefined && !steps.has(stepKey(rule, step)))
}

/** After how many answers of unmodelled parts the part first ran, undefined where it did not. */
export function showsAlive(reaction: Reaction, { rule, step }: Part): number | undefined {
  return step === undefined
    ? reaction.started.find(({ automation }) => automation === rule)?.asked
    : reaction.executed.get(stepKey(rule, step))
}
