// How many devices end as each choice, now and before: what every assignment report begins with.
import type { AssignmentResult } from '../model/assignment.ts'
import { NONE, UNMANAGED } from '../model/outcome.ts'

export type Assigned = Extract<AssignmentResult, { status: 'assigned' }>

export interface VariantCount {
  /** The variant's id, `unmanaged`, or `no variant`. */
  readonly name: string
  readonly after: number
  readonly before: number
}

/** Variants in the model's order, then `unmanaged` and `no variant` where they occur; modes of one variant are added up. */
export function countVariants(result: Assigned): readonly VariantCount[] {
  const { choices, chosen } = result.assignment
  const after = new Float64Array(choices.length)
  const before = new Float64Array(choices.length)
  let unknownBefore = 0
  for (const choice of chosen) after[choice]!++
  for (const choice of result.current) {
    if (choice < 0) unknownBefore++
    else before[choice]!++
  }
  const order: string[] = []
  const counts = new Map<string, { after: number; before: number }>()
  choices.forEach((choice, index) => {
    if (choice.variant === undefined) return
    const count = counts.get(choice.variant) ?? { after: 0, before: 0 }
    if (!counts.has(choice.variant)) order.push(choice.variant)
    counts.set(choice.variant, { after: count.after + after[index]!, before: count.before + before[index]! })
  })
  const rows: VariantCount[] = order.map((name) => ({ name, ...counts.get(name)! }))
  const outside = { name: 'unmanaged', after: after[UNMANAGED] ?? 0, before: (before[UNMANAGED] ?? 0) + unknownBefore }
  const none = { name: 'no variant', after: after[NONE] ?? 0, before: before[NONE] ?? 0 }
  return [...rows, ...[outside, none].filter((row) => row.after > 0 || row.before > 0)]
}

/** Devices whose choice differs from what they run. */
export function countChanges(result: Assigned): number {
  const { chosen, choices } = result.assignment
  let changes = 0
  for (let row = 0; row < chosen.length; row++) {
    const choice = chosen[row]!
    const current = result.current[row]!
    if (choices[choice]!.outcome === 'unmanaged') continue
    if (choice !== current && !(current < 0 && choice === NONE)) changes++
  }
  return changes
}
