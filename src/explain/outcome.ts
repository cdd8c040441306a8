/** What became of every device: what runs today beside it, and the devices without a variant. */
import type { UnassignedDevice } from '../model/assignment.ts'
import { NONE } from '../model/outcome.ts'
import type { ExplainContext } from './context.ts'
import { whyNothing } from './why-nothing.ts'

/** Today's choice by row, -1 where the model does not know; where `current` leaves settings open, those that were chosen. */
export function todayOf({ compiled }: ExplainContext, chosen: Int32Array): Int32Array {
  const { of, same } = compiled.runs
  const first = Int32Array.from(same, (choices) => choices[0] ?? -1)
  const several = same.map((choices) => choices.length > 1)
  const today = new Int32Array(of.length)
  for (let row = 0; row < today.length; row++) {
    const run = of[row]!
    today[row] = several[run] === true && same[run]!.includes(chosen[row]!) ? chosen[row]! : first[run]!
  }
  return today
}

/** In the order of rows. Reasons are worked out when they are first read. */
export function unassignedDevices(context: ExplainContext, counts: ArrayLike<number>, chosen: Int32Array): readonly UnassignedDevice[] {
  const why = whyNothing(context, counts)
  const found: UnassignedDevice[] = []
  for (let row = 0; row < chosen.length; row++) {
    if (chosen[row] !== NONE) continue
    let reasons: UnassignedDevice['reasons'] | undefined
    found.push({
      device: context.fleet.ids[row]!,
      get reasons() {
        reasons ??= why.reasons(row)
        return reasons
      },
    })
  }
  return found
}
