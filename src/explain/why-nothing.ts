/** Why a device has no variant: for each variant the smallest cause, in the words of the fleet's owner. */
import type { Reason } from '../model/assignment.ts'
import type { ExplainContext } from './context.ts'
import { limitReader } from './limit-reasons.ts'
import { requirementReader } from './requirement-reasons.ts'
import { mayEnd } from '../compile/eligibility.ts'

export interface WhyNothing {
  /** One reason or more for every variant, in the model's order. */
  readonly reasons: (row: number) => readonly Reason[]
  /** Why not this one; empty where nothing hard stands against it. */
  readonly against: (row: number, variant: number) => readonly Reason[]
}

export function whyNothing(context: ExplainContext, counts: ArrayLike<number>): WhyNothing {
  const { compiled, model } = context
  const requirements = requirementReader(context)
  const limits = limitReader(context, counts)
  const against = (row: number, v: number): readonly Reason[] => {
    const unfit = requirements.reason(row, v)
    if (unfit !== undefined) return [unfit]
    const { first } = compiled.choices
    const possible: number[] = []
    for (let choice = first[v]!; choice < first[v + 1]!; choice++) if (mayEnd(compiled.options, row, choice)) possible.push(choice)
    return limits.reasons(compiled.classes.classOf[row]!, possible, model.variants[v]!.id)
  }
  return {
    against,
    reasons: (row) =>
      model.variants.flatMap((variant, v) => {
        const found = against(row, v)
        return found.length > 0
          ? found
          : [
              {
                kind: 'placement/objective',
                variant: variant.id,
                text: 'possible, but every assignment with it is worse at an earlier level or breaks a constraint elsewhere',
                at: variant.at,
              },
            ]
      }),
  }
}
