/** Why one device runs what it runs: for every variant whether it could, what stands against it, and what it would be worth. */
import { isChange } from '../../constraints/problem-reading.ts'
import { mayEnd } from '../compile/eligibility.ts'
import type { Reason, Repair } from '../model/assignment.ts'
import type { Choice } from '../model/outcome.ts'
import type { ExplainContext } from './context.ts'
import type { Asked, WhyNot } from './why-not.ts'

/** `runs`: the device has it. `possible`: nothing hard stands against this one move. `excluded`: `reasons` do. */
export interface VariantExplanation {
  readonly variant: string
  readonly status: 'runs' | 'possible' | 'excluded'
  readonly reasons: readonly Reason[]
  /** Best preference among the settings that the device may have with it; absent where it may have none. */
  readonly preference?: number
  /** Whether running it differs from today. */
  readonly changes?: boolean
  /** What it would cost, or what breaks, if the device had it, everything else being settled anew; absent where that was not solved. */
  readonly instead?: WhyNot
}

export interface Explanation {
  readonly device: string
  readonly row: number
  readonly chosen: Choice
  readonly before: Choice | 'unknown'
  /** `leave` says that the device is left alone; nothing else was considered. */
  readonly left: boolean
  readonly variants: readonly VariantExplanation[]
  /** The same for running nothing, where the device runs something. */
  readonly nothing?: WhyNot
  /** What would give a device without a variant one, each solved again; smallest first. */
  readonly repairs?: readonly Repair[]
}

/** What can be told without solving anything again. */
export function explainDevice({ context, chosen, why }: Asked, row: number): Explanation {
  const { compiled, model, fleet } = context
  const { choices, runs, left } = compiled
  const now = chosen[row]!
  const today = runs.same[runs.of[row]!]!
  const variants = model.variants.map((variant, v): VariantExplanation => {
    const possible: number[] = []
    for (let choice = choices.first[v]!; choice < choices.first[v + 1]!; choice++)
      if (mayEnd(compiled.options, row, choice)) possible.push(choice)
    const worth = possible.map((choice) => preferenceOf(context, row, choice))
    const facts =
      possible.length === 0
        ? {}
        : {
            preference: Math.max(...worth),
            changes: !possible.some((choice) => today.includes(choice) || !isChange(today[0] ?? -1, choice)),
          }
    if (choices.variant[now] === v) return { variant: variant.id, status: 'runs', reasons: [], ...facts }
    const reasons = left[row] === 1 ? [] : why.against(row, v)
    return { variant: variant.id, status: left[row] === 1 || reasons.length > 0 ? 'excluded' : 'possible', reasons, ...facts }
  })
  const before = today[0]
  return {
    device: fleet.ids[row]!,
    row,
    chosen: choices.list[now]!,
    before: before === undefined ? 'unknown' : choices.list[before]!,
    left: left[row] === 1,
    variants,
  }
}

function preferenceOf({ compiled }: ExplainContext, row: number, choice: number): number {
  const preference = compiled.preferences[choice]!
  return typeof preference === 'number' ? preference : preference[row]!
}
