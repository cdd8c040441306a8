/** Why a device has no variant: for each variant the smallest cause, in the words of the fleet's owner. */
import type { Reason } from '../model/assignment.ts'
import type { ExplainContext } from './context.ts'
import { limitReader, type LimitReader } from './limit-reasons.ts'
import { requirementReader, type RequirementReader } from './requirement-reasons.ts'
import { worthReader } from './worse-than-nothing.ts'
import { mayEnd } from '../compile/eligibility.ts'

export interface WhyNothing {
  readonly requirements: RequirementReader
  readonly limits: LimitReader
  /** One reason or more for every variant, in the model's order. */
  readonly reasons: (row: number) => readonly Reason[]
  /** What takes the variant, in the modes that are meant, away from the device by itself: its requirement, its rules, or a constraint such as a pin; empty where nothing does. */
  readonly barred: (row: number, variant: number, meant?: (choice: number) => boolean) => readonly Reason[]
  /** Why not this one; empty where nothing hard stands against it. */
  readonly against: (row: number, variant: number) => readonly Reason[]
}

export function whyNothing(context: ExplainContext, counts: ArrayLike<number>): WhyNothing {
  const { compiled, model } = context
  const requirements = requirementReader(context)
  const limits = limitReader(context, counts)
  const worth = worthReader(context)
  const possible = (row: number, v: number): readonly number[] => {
    const { first } = compiled.choices
    const found: number[] = []
    for (let choice = first[v]!; choice < first[v + 1]!; choice++) if (mayEnd(compiled.options, row, choice)) found.push(choice)
    return found
  }
  const against = (row: number, v: number): readonly Reason[] => {
    const unfit = requirements.reason(row, v)
    if (unfit !== undefined) return [unfit]
    return limits.reasons(compiled.classes.classOf[row]!, possible(row, v), model.variants[v]!.id)
  }
  const barred: WhyNothing['barred'] = (row, v, meant = () => true) => {
    const unfit = requirements.reason(row, v, meant)
    if (unfit !== undefined) return [unfit]
    return limits.takers(compiled.classes.classOf[row]!, possible(row, v).filter(meant), model.variants[v]!.id)
  }
  const otherwise = (row: number, v: number): Reason => {
    const { id: variant, at } = model.variants[v]!
    const text = worth.worseThanNothing(compiled.classes.classOf[row]!, possible(row, v))
    return {
      kind: 'placement/objective',
      variant,
      text: text ?? 'possible, but with it other devices would break a constraint or be worse off',
      at,
    }
  }
  return {
    requirements,
    limits,
    barred,
    against,
    reasons: (row) =>
      model.variants.flatMap((_, v) => {
        const found = against(row, v)
        return found.length > 0 ? found : [otherwise(row, v)]
      }),
  }
}
